import { CLOSE, lines, sendRaw, statusesOf } from './http.ts';

/** A client's request, as a proxy got it. */
export type Original = {
  readonly uri?: string;
  readonly method?: string;
  readonly scheme?: string;
  readonly host?: string;
};

/** A subrequest: name, value, name, value, …; `Host` only where it belongs to the original request. */
export type Asking = {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
};

export const DIALECT_NAMES = ['auth-request', 'forward-auth', 'ext-authz'] as const;
export type DialectName = (typeof DIALECT_NAMES)[number];

type Write = (policy: string, original: Required<Original>) => Asking;

/** How the proxies of each family write what they were asked for. */
const WRITERS: Readonly<Record<DialectName, Write>> = {
  'auth-request': (policy, { method, scheme, host, uri }) => ({
    method: 'GET',
    path: `/auth-request/${policy}`,
    headers: ['X-Original-URL', `${scheme}://${host}${uri}`, 'X-Original-Method', method],
  }),
  'forward-auth': (policy, { method, scheme, host, uri }) => ({
    method: 'GET',
    path: `/forward-auth/${policy}`,
    headers: [
      ['X-Forwarded-Method', method],
      ['X-Forwarded-Proto', scheme],
      ['X-Forwarded-Host', host],
      ['X-Forwarded-Uri', uri],
    ].flat(),
  }),
  'ext-authz': (policy, { method, scheme, host, uri }) => ({
    method,
    path: `/ext-authz/${policy}${uri}`,
    headers: ['Host', host, 'X-Forwarded-Proto', scheme],
  }),
};

/** What a proxy asks with. */
export function askingFor(dialect: DialectName, original: Original, policy = 'default'): Asking {
  const given = { method: 'GET', scheme: 'https', host: 'app.example.com', uri: '/', ...original };
  return WRITERS[dialect](policy, given);
}

/** The same as it stands on the wire, line by line. */
export type Written = { readonly line: string; readonly headers: readonly string[] };

export function writtenOf(dialect: DialectName, policy: string, original: Original): Written {
  const { method, path, headers } = askingFor(dialect, original, policy);
  const fields = headers.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${headers[at + 1] ?? ''}`] : []));
  const host = headers.includes('Host') ? [] : ['Host: postern'];
  return { line: `${method} ${path} HTTP/1.1`, headers: [...host, ...fields] };
}

/** The status of the answer; on the socket, since every client library would tidy something up. */
export async function askRaw(
  port: number,
  { line, headers }: Written,
  more: readonly string[] = [],
): Promise<number> {
  const head = lines(line, ...headers, ...more, CLOSE, '');
  const [status] = statusesOf(await sendRaw(port, Buffer.from(head, 'latin1')));
  return status ?? 0;
}
