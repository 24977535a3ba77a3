import { once } from 'node:events';
import type { Case } from '../case.ts';
import { type Connection, openConnection, type Reply } from '../load/connection.ts';
import { byCookie } from '../load/questions.ts';
import { createSession } from '../management.ts';
import { percentile } from '../measure/statistics.ts';
import { ADMIN_TOKEN, type Ports } from '../postern.ts';

const MOST_MILLISECONDS = 10_000;

export const P9: Case = {
  id: 'P9',
  title: 'revocation at one replica until the other denies',
  figure: 'p99 at most 10 ms',
  run: async (bench) => {
    const { startPostern, options } = bench;
    const settings = { storePrefix: 'replicas' };
    const asked = await startPostern({ nearCache: true, settings });
    const told = await startPostern({ nearCache: true, settings, core: 'load' });
    const failure = new AbortController();
    const open = (port: number) => openConnection(port, (error) => failure.abort(error));
    const connections = { asked: open(asked.ports.decision), told: open(told.ports.admin) };
    const measured: number[] = [];
    for (let count = 0; count < (options.short ? 100 : 300); count += 1) {
      const { id, token } = await createSession(told.ports, `user-${count}`);
      const isDenied = denied(connections.asked, asked.ports, token, failure.signal);
      await isDenied.warm();
      const started = performance.now();
      const [at] = await Promise.all([isDenied.at(), revoke(connections.told, told.ports, id)]);
      measured.push(at - started);
    }
    for (const { close } of Object.values(connections)) close();
    return [
      {
        what: 'p99, from the call to the first denial',
        unit: 'ms',
        values: [percentile(measured, 99)],
        limit: { atMost: 10 },
        measured: { milliseconds: measured },
      },
      { what: 'p50', unit: 'ms', values: [percentile(measured, 50)] },
    ];
  },
};

function denied(connection: Connection, { decision }: Ports, token: string, failed: AbortSignal) {
  const { before, after } = byCookie(decision, []);
  const ask = async () => (await reply(connection, before + token + after, failed)).status;
  return {
    /** So that whatever the replica keeps of a session, it has of this one. */
    warm: async () => {
      for (let count = 0; count < 3; count += 1) expectStatus(await ask(), 200);
    },
    /** Asks without a pause until it is denied; gives when that was. */
    at: async () => {
      const end = performance.now() + MOST_MILLISECONDS;
      for (;;) {
        const status = await ask();
        const now = performance.now();
        if (status === 401) return now;
        expectStatus(status, 200);
        if (now > end) throw new Error('a revoked session still passes');
      }
    },
  };
}

async function revoke(connection: Connection, { admin }: Ports, id: string): Promise<void> {
  const request = [
    `DELETE /management/v4/default/sessions/${id} HTTP/1.1`,
    `Host: 127.0.0.1:${admin}`,
    `Authorization: Bearer ${ADMIN_TOKEN}`,
    '\r\n',
  ].join('\r\n');
  expectStatus((await reply(connection, request, AbortSignal.timeout(MOST_MILLISECONDS))).status, 204);
}

function reply(connection: Connection, request: string, failed: AbortSignal): Promise<Reply> {
  return Promise.race([
    new Promise<Reply>((resolve) => connection.ask(request, resolve)),
    once(failed, 'abort').then(() => Promise.reject(failed.reason)),
  ]);
}

function expectStatus(status: number, expected: number): void {
  if (status !== expected) throw new Error(`an answer was ${status} and not ${expected}`);
}
