import { stringifySetCookie } from 'cookie';
import type { Secret } from '../lib/secret.ts';

/** The session cookie, as the settings have it. It is always `HttpOnly`. */
export type CookieSettings = {
  readonly name: string;
  readonly domain?: string | undefined;
  readonly path: string;
  readonly secure: boolean;
  readonly sameSite: 'lax' | 'strict' | 'none';
};

/** The value of the `Set-Cookie` that hands a browser its session. */
export function setCookie(settings: CookieSettings, token: Secret, maxAgeSeconds: number): string {
  return write(settings, token.reveal(), maxAgeSeconds);
}

/** The value of the `Set-Cookie` that makes a browser forget it, for a logout. */
export function clearCookie(settings: CookieSettings): string {
  return write(settings, '', 0);
}

function write({ domain, ...settings }: CookieSettings, value: string, maxAge: number): string {
  return stringifySetCookie({
    ...settings,
    ...(domain !== undefined && { domain }),
    value,
    maxAge,
    httpOnly: true,
  });
}
