import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cookieOf, createSession, send } from '../support/http.ts';
import { freshAddress, present } from '../support/issuer.ts';
import { startOnFile } from '../support/settings-file.ts';

/** Asks over connections that are kept: the answer, and the client's port of the connection. */
function keepAsking(port: number, headers: readonly string[], maxSockets: number) {
  const agent = new Agent({ keepAlive: true, maxSockets });
  onTestFinished(() => agent.destroy());
  return async () => {
    const outgoing = request({
      agent,
      host: '127.0.0.1',
      port,
      path: '/auth-request/default',
      headers: ['Host', 'postern', ...headers],
    });
    outgoing.end();
    const [response]: IncomingMessage[] = await once(outgoing, 'response');
    const { statusCode = 0, socket } = response ?? {};
    const answered = { status: statusCode, port: socket?.localPort };
    response?.resume();
    if (response !== undefined) await once(response, 'end');
    return answered;
  };
}

const CONNECTIONS = 8;
const ENOUGH = 50;

describe('LIF-06 under load', () => {
  it('every request is answered, by the old policy or the new, and by the new alone once the log says so', async () => {
    const postern = await startOnFile('policies: { default: {} }\n');
    const session = await createSession(postern.ports.admin, { subject: 'ada' });
    const ask = keepAsking(postern.ports.decision, cookieOf(session), CONNECTIONS);
    const warm = Promise.withResolvers<void>();
    let isTold = false;
    let asked = 0;
    const run = async () => {
      const answers: { readonly status: number; readonly isAfter: boolean; readonly port: unknown }[] = [];
      while (answers.filter(({ isAfter }) => isAfter).length < ENOUGH) {
        const isAfter = isTold;
        answers.push({ ...(await ask()), isAfter });
        asked += 1;
        if (asked === CONNECTIONS * ENOUGH) warm.resolve();
      }
      return answers;
    };
    const running = Promise.all(Array.from({ length: CONNECTIONS }, run));
    await Promise.race([warm.promise, running]);
    await postern.replace('policies: { default: { roles: [staff] } }\n');
    await postern.signal('SIGHUP');
    await postern.reloaded('applied');
    isTold = true;
    const all = await running;
    for (const answers of all) {
      const statuses = answers.map(({ status }) => status);
      const old = statuses.filter((status) => status === 200);
      expect(old.length).toBeGreaterThan(0);
      // Never back to the old one, and nothing else.
      expect(statuses).toEqual([...old, ...new Array<number>(statuses.length - old.length).fill(403)]);
      expect(answers.filter(({ isAfter, status }) => isAfter && status !== 403)).toEqual([]);
    }
    expect(new Set(all.flat().map(({ port }) => port)).size).toBe(CONNECTIONS);
  });
});

describe('LIF-06 trust that is taken away', () => {
  it('FWD-01 ends with the next request, on a connection that is open', async () => {
    const postern = await startOnFile('policies: { default: { anonymous: true } }\n');
    const ask = keepAsking(postern.ports.decision, [], 1);
    const before = await ask();
    expect(before.status).toBe(200);
    await postern.replace("policies: { default: { anonymous: true } }\ntrustedProxies: ['192.0.2.0/24']\n");
    expect(await postern.reloaded('applied')).toMatchObject({ changed: ['trustedProxies'] });
    expect(await ask()).toEqual({ status: 403, port: before.port });
    expect(await postern.metrics()).toContain('outcome="malformed-request",reason="untrusted_peer"} 1\n');
  });

  it('TOK-08 is taken from the word on where the clients of the issuer are, too', async () => {
    const tenants = 'tenants: { default: { signingAlg: ES256 } }\n';
    const postern = await startOnFile(tenants);
    const fail = async () => {
      const asked = { form: { grant_type: 'client_credentials' }, from: freshAddress() };
      return (await present(postern.ports, { ...asked, basic: `${crypto.randomUUID()}:wrong` })).status;
    };
    const statuses: number[] = [];
    for (let index = 0; index < 21; index += 1) statuses.push(await fail());
    expect(new Set(statuses)).toEqual(new Set([401]));
    await postern.replace(`${tenants}trustedProxies: [192.0.2.1]\n`);
    await postern.reloaded('applied');
    for (let index = 0; index < 20; index += 1) expect(await fail()).toBe(401);
    expect(await fail()).toBe(429);
  });

  it('FWD-04 names the risk again where everybody is trusted from now on', async () => {
    const postern = await startOnFile('{}\n');
    await postern.replace("trustAnybody: true\ntrustedProxies: ['0.0.0.0/0']\n");
    expect(await postern.reloaded('applied')).toMatchObject({ changed: ['trustAnybody', 'trustedProxies'] });
    await postern.logged(({ level, setting }) => level === 40 && setting === 'trustAnybody');
  });
});

describe('LIF-07 a gateway secret that is another', () => {
  const OLD = 'the-old-gateway-secret-of-the-tests';
  const NEW = 'the-new-gateway-secret-of-the-tests';

  it.each([
    ['in the settings', (secret: string) => `gatewaySecret: ${secret}\n`, 'postern.yaml', {}],
    [
      'in its own file',
      (secret: string) => `${secret}\n`,
      'gateway',
      { POSTERN_GATEWAY_SECRET_FILE: './gateway' },
    ],
  ])('%s holds from the next request on, and is told nowhere', async (_, write, name, environment) => {
    const place = (folder: string) => writeFile(join(folder, name), write(OLD));
    const postern = await startOnFile('', environment, place);
    const ask = async (secret: string) => {
      const headers = ['X-Postern-Gateway', secret];
      return (await send(postern.ports.decision, { path: '/auth-request/default', headers })).status;
    };
    expect([await ask(OLD), await ask(NEW)]).toEqual([401, 403]);
    await writeFile(join(postern.folder, name), write(NEW));
    expect(await postern.reloaded('applied')).toMatchObject({ changed: ['gatewaySecret'] });
    expect([await ask(OLD), await ask(NEW)]).toEqual([403, 401]);
    const told = JSON.stringify(postern.log) + postern.errorText() + (await postern.metrics());
    expect(told).not.toContain('gateway-secret-of-the-tests');
  });
});
