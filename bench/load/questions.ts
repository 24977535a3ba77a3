/** The requests of a load: all alike but for what stands between `before` and `after`. */
export type Questions = {
  readonly port: number;
  readonly before: string;
  readonly after: string;
  /** One a request, in this order, and from the beginning again. */
  readonly credentials: readonly string[];
};

export type Subrequest = {
  readonly policy?: string;
  /** Of the original request. */
  readonly path?: string;
};

/** With a session cookie, as `deploy/nginx` asks. */
export function byCookie(
  port: number,
  credentials: readonly string[],
  subrequest: Subrequest = {},
): Questions {
  return {
    port,
    before: `${subrequestHead(port, subrequest)}Cookie: session=`,
    after: '\r\n\r\n',
    credentials,
  };
}

export function byBearer(
  port: number,
  credentials: readonly string[],
  subrequest: Subrequest = {},
): Questions {
  const before = `${subrequestHead(port, subrequest)}Authorization: Bearer `;
  return { port, before, after: '\r\n\r\n', credentials };
}

export function byNobody(port: number): Questions {
  return { port, before: subrequestHead(port, {}), after: '\r\n', credentials: [''] };
}

/** A request of a browser to the proxy itself, for a path of no location of its own. */
export function throughProxy(port: number, credentials: readonly string[]): Questions {
  const before = `GET /cart HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: session=`;
  return { port, before, after: '\r\n\r\n', credentials };
}

function subrequestHead(port: number, { policy = 'default', path = '/orders' }: Subrequest): string {
  return [
    `GET /auth-request/${policy} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'X-Request-Id: 6d0f4b1a9c2e47588b3d5f7a1c9e0b24',
    `X-Original-URL: https://app.example.com${path}`,
    'X-Original-Method: GET',
    'X-Forwarded-For: 192.0.2.1',
    '',
  ].join('\r\n');
}

/** A POST of a form. */
export function byForm(port: number, path: string, authorization: string, body: string): Questions {
  const before = [
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Authorization: ${authorization}`,
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
  return { port, before, after: '', credentials: [''] };
}
