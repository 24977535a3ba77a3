import { manage, type Reply, send } from './http.ts';
import type { Ports } from './postern.ts';

export type Registered = { readonly clientId: string; readonly secret: string };

/** A call to the management API that has to succeed; gives its body. */
export async function succeed(ports: Ports, method: string, path: string, body?: unknown) {
  const reply = await manage(ports.admin, method, path, body);
  if (reply.status >= 300) throw new Error(`${method} ${path} was refused: ${reply.status} ${reply.body}`);
  return reply.body === '' ? undefined : JSON.parse(reply.body);
}

export async function registerApplication(
  ports: Ports,
  body: object = {},
  tenant = 'default',
): Promise<Registered> {
  return succeed(ports, 'POST', `/${tenant}/applications`, { name: 'testing', ...body });
}

/** Gives the id of the resource. */
export async function declareResource(
  ports: Ports,
  { scopes = [], ...body }: { indicator: string; scopes?: readonly string[]; [member: string]: unknown },
  tenant = 'default',
): Promise<string> {
  const { id } = await succeed(ports, 'POST', `/${tenant}/resources`, { name: body.indicator, ...body });
  for (const name of scopes) await succeed(ports, 'POST', `/${tenant}/resources/${id}/scopes`, { name });
  return id;
}

export async function grant(
  ports: Ports,
  { clientId }: Registered,
  resource: string,
  scopes: readonly string[],
  tenant = 'default',
): Promise<void> {
  await succeed(ports, 'PUT', `/${tenant}/applications/${clientId}/grants`, {
    grants: [{ resource, scopes }],
  });
}

/** The issuer, byte for byte. */
export function issuerOf(ports: Ports, tenant = 'default'): string {
  return `http://127.0.0.1:${ports.public}/oauth/v4/${tenant}`;
}

/** A request to an endpoint of the issuer, authenticated by Basic. */
export async function askIssuer(
  ports: Ports,
  endpoint: 'token' | 'introspect' | 'revoke',
  { clientId, secret }: Registered,
  parameters: Record<string, string>,
  tenant = 'default',
): Promise<Reply> {
  return send(ports.public, {
    method: 'POST',
    path: `/oauth/v4/${tenant}/${endpoint}`,
    headers: [
      ...['Authorization', `Basic ${btoa(`${clientId}:${secret}`)}`],
      ...['Content-Type', 'application/x-www-form-urlencoded'],
    ],
    body: new URLSearchParams(parameters).toString(),
  });
}

export async function getToken(
  ports: Ports,
  client: Registered,
  parameters: Record<string, string> = {},
  tenant = 'default',
): Promise<string> {
  const asked = { grant_type: 'client_credentials', ...parameters };
  const reply = await askIssuer(ports, 'token', client, asked, tenant);
  if (reply.status !== 200) throw new Error(`no token was given: ${reply.status} ${reply.body}`);
  return JSON.parse(reply.body).access_token;
}

/** The same token with another claim, under the signature that it had. */
export function tamper(token: string): string {
  const [header, claims = '', signature] = token.split('.');
  const read = JSON.parse(Buffer.from(claims, 'base64url').toString());
  const written = JSON.stringify({ ...read, scope: 'everything' });
  return [header, Buffer.from(written).toString('base64url'), signature].join('.');
}

/** What a policy lets through: the identity headers of the decision, and its status. */
export async function decide(ports: Ports, token: string, policy = 'default'): Promise<Reply> {
  const headers = ['Authorization', `Bearer ${token}`];
  return send(ports.decision, { path: `/auth-request/${policy}`, headers });
}

/** The status of a decision on a token. */
export async function decisionOn(ports: Ports, token: string, policy = 'default'): Promise<number> {
  return (await decide(ports, token, policy)).status;
}

let hosts = 0;

/** An address that no request came from before, so that no failure is counted together with another. */
export function freshAddress(): string {
  hosts += 1;
  return `198.18.${hosts >> 8}.${hosts & 255}`;
}

export type Presented = {
  readonly endpoint?: 'token' | 'introspect' | 'revoke';
  readonly tenant?: string;
  /** As `client:secret`, before Basic encodes it. */
  readonly basic?: string;
  readonly form?: Record<string, string> | string;
  readonly json?: unknown;
  readonly headers?: readonly string[];
  /** Where the request comes from, as the proxy before the issuer says. */
  readonly from?: string;
};

/** A request to an endpoint of the issuer as a client may send it, and a reply that was read as JSON. */
export async function present(ports: Ports, asked: Presented) {
  const { endpoint = 'token', tenant = 'default', basic, form, json, headers = [] } = asked;
  const [type, body] =
    json === undefined
      ? ['application/x-www-form-urlencoded', new URLSearchParams(form).toString()]
      : ['application/json', typeof json === 'string' ? json : JSON.stringify(json)];
  const reply = await send(ports.public, {
    method: 'POST',
    path: `/oauth/v4/${tenant}/${endpoint}`,
    headers: [
      ...['X-Forwarded-For', asked.from ?? freshAddress()],
      ...(headers.includes('Content-Type') ? [] : ['Content-Type', type]),
      ...(basic === undefined ? [] : ['Authorization', `Basic ${btoa(basic)}`]),
      ...headers,
    ],
    body: typeof form === 'string' ? form : body,
  });
  return { ...reply, json: reply.body === '' ? undefined : JSON.parse(reply.body) };
}

export const basicOf = ({ clientId, secret }: Registered): string => `${clientId}:${secret}`;

/** Status and error code, which is what most refusals differ in. */
export async function refusalOf(reply: Promise<{ status: number; json: { error?: string } }>) {
  const { status, json } = await reply;
  return [status, json.error];
}

/** The parts of a JSON Web Token that anybody can read. */
export function decodeToken(token: string) {
  const [header, claims] = token
    .split('.', 2)
    .map((part) => JSON.parse(atob(part.replaceAll('-', '+').replaceAll('_', '/'))));
  return { header, claims };
}
