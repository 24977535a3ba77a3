import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ADMIN_TOKEN, type Ports } from './postern.ts';

export type Client = { readonly clientId: string; readonly secret: string };

const INDICATOR = 'https://api.example.com/orders';
const SCOPE = 'orders:read';

/** A call to the management API that has to succeed; gives its body. */
async function call(ports: Ports, method: string, path: string, body: object): Promise<unknown> {
  const response = await askPatiently(`http://127.0.0.1:${ports.admin}/management/v4/default/${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} was refused: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

const created = z.object({ id: z.string() });
const registered = z.object({ clientId: z.string(), secret: z.string() });
const session = z.object({ id: z.string(), token: z.string() });
const answered = z.object({ access_token: z.string() });

/** An application that is granted a scope of an API resource. */
export async function registerClient(ports: Ports): Promise<Client> {
  const client = registered.parse(await call(ports, 'POST', 'applications', { name: 'bench' }));
  const { id } = created.parse(
    await call(ports, 'POST', 'resources', { name: 'Orders', indicator: INDICATOR }),
  );
  await call(ports, 'POST', `resources/${id}/scopes`, { name: SCOPE });
  const grants = [{ resource: INDICATOR, scopes: [SCOPE] }];
  await call(ports, 'PUT', `applications/${client.clientId}/grants`, { grants });
  return client;
}

export async function createSession(ports: Ports, subject: string) {
  return session.parse(await call(ports, 'POST', 'sessions', { subject }));
}

export const TOKEN_PATH = '/oauth/v4/default/token';
export const TOKEN_FORM = `grant_type=client_credentials&resource=${encodeURIComponent(INDICATOR)}`;

export function basicOf({ clientId, secret }: Client): string {
  return `Basic ${btoa(`${clientId}:${secret}`)}`;
}

/** Enough to keep the one core busy: more would only make each wait longer for the store. */
const AT_A_TIME = 4;

/** Access tokens from the token endpoint, one by one. */
export async function getTokens(ports: Ports, client: Client, count: number): Promise<string[]> {
  // By itself: for the first one of all, a key is made.
  const tokens = [await getToken(ports, client)];
  let asked = 1;
  const goOn = async () => {
    while (asked < count) {
      asked += 1;
      tokens.push(await getToken(ports, client));
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, goOn));
  return tokens;
}

async function getToken(ports: Ports, client: Client): Promise<string> {
  const response = await askPatiently(`http://127.0.0.1:${ports.public}${TOKEN_PATH}`, {
    method: 'POST',
    headers: { authorization: basicOf(client), 'content-type': 'application/x-www-form-urlencoded' },
    body: TOKEN_FORM,
  });
  if (!response.ok) throw new Error(`no token was given: ${response.status} ${await response.text()}`);
  return answered.parse(await response.json()).access_token;
}

const ATTEMPTS = 20;

/** Nothing is measured here: on a busy machine, a store that was too slow is asked again. */
async function askPatiently(url: string, init: RequestInit, attempts = ATTEMPTS): Promise<Response> {
  const response = await fetch(url, init);
  if (response.status !== 503 || attempts <= 1) return response;
  await response.text();
  await sleep(50);
  return askPatiently(url, init, attempts - 1);
}
