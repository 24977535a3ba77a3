import { Secret } from '../lib/secret.ts';
import type { Echoed } from './echo.ts';
import type { Identity } from './names.ts';

export type Header = readonly [name: string, value: string | Secret];

/** A request, exactly as it goes out; only `Host` and, where it names none, `Connection: close` are added. */
export type Probe = {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly Header[];
};

export type Reply = {
  readonly kind: 'reply';
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** What the application says that it got; undefined where the answer is not the echo's. */
  readonly echoed: Echoed | undefined;
};

export type Answer =
  | Reply
  | { readonly kind: 'unreachable'; readonly code: string }
  /** The connection was there, and ended without an answer that can be read. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'timeout' };

export type Exchange = { readonly probe: Probe; readonly answer: Answer };

export type Send = (probe: Probe) => Promise<Answer>;

/** The site that is examined. */
export type Site = {
  /** What its clients write in `Host`. */
  readonly host: string;
  /** Asks for a session. */
  readonly protectedPath: string;
  /** Lets everybody pass. */
  readonly publicPath: string | undefined;
  readonly identity: Identity;
  /** A live session's, that may see the protected path. */
  readonly token: Secret | undefined;
};

export function get(target: string, headers: readonly Header[] = []): Probe {
  return { method: 'GET', target, headers };
}

export function withToken(token: Secret, headers: readonly Header[] = []): readonly Header[] {
  return [['Authorization', new Secret(`Bearer ${token.reveal()}`)], ...headers];
}

/** The requests that rightly reach the application, with these headers beside what lets them pass. */
export function passing(site: Site, headers: readonly Header[] = []): readonly Probe[] {
  const { protectedPath, publicPath } = site;
  return [
    ...withSession(site, headers),
    ...(publicPath === undefined || publicPath === protectedPath ? [] : [get(publicPath, headers)]),
  ];
}

export function withSession(
  { protectedPath, token }: Site,
  headers: readonly Header[] = [],
): readonly Probe[] {
  return token === undefined ? [] : [get(protectedPath, withToken(token, headers))];
}

export function carriesToken({ headers }: Probe): boolean {
  return headers.some(([, value]) => value instanceof Secret);
}
