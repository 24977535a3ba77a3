import { CLOSE, lines, sendRaw, statusesOf } from './http.ts';

/** A client's request, as a proxy got it. */
export type Original = {
  readonly uri: string;
  readonly method?: string;
  readonly scheme?: string;
  readonly host?: string;
};

/** A subrequest: its head, line by line. */
export type Subrequest = { readonly line: string; readonly headers: readonly string[] };

export type DialectName = 'auth-request' | 'forward-auth' | 'ext-authz';

type Write = (policy: string, original: Required<Original>) => Subrequest;

/** How the proxies of each family write what they were asked for. */
const WRITERS: Readonly<Record<DialectName, Write>> = {
  'auth-request': (policy, { method, scheme, host, uri }) => ({
    line: `GET /auth-request/${policy} HTTP/1.1`,
    headers: ['Host: postern', `X-Original-URL: ${scheme}://${host}${uri}`, `X-Original-Method: ${method}`],
  }),
  'forward-auth': (policy, { method, scheme, host, uri }) => ({
    line: `GET /forward-auth/${policy} HTTP/1.1`,
    headers: [
      'Host: postern',
      `X-Forwarded-Method: ${method}`,
      `X-Forwarded-Proto: ${scheme}`,
      `X-Forwarded-Host: ${host}`,
      `X-Forwarded-Uri: ${uri}`,
    ],
  }),
  'ext-authz': (policy, { method, scheme, host, uri }) => ({
    line: `${method} /ext-authz/${policy}${uri} HTTP/1.1`,
    headers: [`Host: ${host}`, `X-Forwarded-Proto: ${scheme}`],
  }),
};

export const DIALECT_NAMES: readonly DialectName[] = ['auth-request', 'forward-auth', 'ext-authz'];

export function subrequestOf(dialect: DialectName, policy: string, original: Original): Subrequest {
  return WRITERS[dialect](policy, {
    method: 'GET',
    scheme: 'https',
    host: 'app.example.com',
    ...original,
  });
}

/** The status of the answer; on the socket, since every client library would tidy something up. */
export async function askRaw(
  port: number,
  { line, headers }: Subrequest,
  more: readonly string[] = [],
): Promise<number> {
  const head = lines(line, ...headers, ...more, CLOSE, '');
  const [status] = statusesOf(await sendRaw(port, Buffer.from(head, 'latin1')));
  return status ?? 0;
}
