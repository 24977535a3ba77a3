import { z } from 'zod';
import { basicOf, type Client } from '../management.ts';
import { ADMIN_TOKEN, type Ports } from '../postern.ts';

const PATIENCE_MILLISECONDS = 5_000;

/** What was answered; undefined where nothing was, and nobody knows whether it was done. */
export type Told = { readonly status: number; readonly text: string } | undefined;

export type Api = ReturnType<typeof createApi>;

const madeSession = z.object({ id: z.string(), token: z.string() });
const registered = z.object({ clientId: z.string(), secret: z.string() });
const handedOut = z.object({ access_token: z.string() });

/** The calls that change something. A refusal is a value here: while a fault lasts, 503 is what is right. */
export function createApi(breach: (text: string) => void) {
  const counts = { calls: 0, refused: 0 };
  const send = async (url: string, init: RequestInit): Promise<Told> => {
    counts.calls += 1;
    const told = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MILLISECONDS) })
      .then(async (response) => ({ status: response.status, text: await response.text() }))
      .catch(() => undefined);
    if (told === undefined || told.status >= 300) counts.refused += 1;
    if (told !== undefined && told.status >= 500 && told.status !== 503)
      breach(`an API answered ${told.status}`);
    return told;
  };
  const manage = ({ admin }: Ports, method: string, path: string, body?: object) =>
    send(`http://127.0.0.1:${admin}/management/v4/default/${path}`, {
      method,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
  const issue = (ports: Ports, client: Client, path: string, form: Record<string, string>) =>
    send(`http://127.0.0.1:${ports.public}/oauth/v4/default/${path}`, {
      method: 'POST',
      headers: { authorization: basicOf(client) },
      body: new URLSearchParams(form),
    });
  return {
    counts,
    create: async (ports: Ports, subject: string) =>
      read(madeSession, await manage(ports, 'POST', 'sessions', { subject, idleSeconds: 30 })),
    rotate: async (ports: Ports, id: string) =>
      read(madeSession, await manage(ports, 'POST', `sessions/${id}/rotate`, {})),
    revoke: async (ports: Ports, id: string) =>
      isDone(await manage(ports, 'DELETE', `sessions/${encodeURIComponent(id)}`)),
    revokeSubject: async (ports: Ports, subject: string) =>
      isDone(await manage(ports, 'DELETE', `sessions?subject=${encodeURIComponent(subject)}`)),
    register: async (ports: Ports) =>
      read(registered, await manage(ports, 'POST', 'applications', { name: 'soak' })),
    getToken: async (ports: Ports, client: Client) =>
      read(handedOut, await issue(ports, client, 'token', { grant_type: 'client_credentials' })),
    revokeToken: async (ports: Ports, client: Client, token: string) =>
      isDone(await issue(ports, client, 'revoke', { token })),
  };
}

const isDone = (told: Told) => told !== undefined && told.status < 300;

function read<Schema extends z.ZodType>(schema: Schema, told: Told): z.output<Schema> | undefined {
  return told !== undefined && told.status < 300 ? schema.parse(JSON.parse(told.text)) : undefined;
}
