import { stringifySetCookie } from 'cookie';
import type { Secret } from '../lib/secret.ts';

/** The session cookie, as the settings have it. It is always `HttpOnly`. */
export type CookieSettings = {
  readonly name: string;
  /** Those that it can be set for; where there are none, it goes to the host that sets it. */
  readonly domains: readonly string[];
  readonly path: string;
  readonly secure: boolean;
  readonly sameSite: 'lax' | 'strict' | 'none';
};

/** The value of the `Set-Cookie` that hands a browser its session. */
export function setCookie(
  settings: CookieSettings,
  domain: string | undefined,
  token: Secret,
  maxAgeSeconds: number,
): string {
  return write(settings, domain, token.reveal(), maxAgeSeconds);
}

/** The value of the `Set-Cookie` that makes a browser forget it, for a logout. */
export function clearCookie(settings: CookieSettings, domain: string | undefined): string {
  return write(settings, domain, '', 0);
}

function write(
  { name, path, secure, sameSite }: CookieSettings,
  domain: string | undefined,
  value: string,
  maxAge: number,
): string {
  return stringifySetCookie({
    name,
    path,
    secure,
    sameSite,
    ...(domain !== undefined && { domain }),
    value,
    maxAge,
    httpOnly: true,
  });
}
