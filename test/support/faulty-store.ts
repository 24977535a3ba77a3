import { vi } from 'vitest';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import type { Command } from './faults.ts';
import { cookieOf, createSession, type NewSession, send } from './http.ts';
import { startInProcess } from './postern.ts';
import { startRedis } from './redis.ts';
import { untilReady } from './site.ts';

export type FaultyStore = Awaited<ReturnType<typeof startFaultyStore>>;

const sentTo = ({ all }: FaultProxy) => all.flatMap(({ sent }) => sent);

/** A read that a decision makes, and no probe: by a script where it may be held. */
export const isRowRead = ([name = '', ...words]: Command) =>
  ['GET', 'EVAL'].includes(name) && words.some((word) => word.includes(':session:'));

/** Postern, which holds nothing in memory unless told → a proxy that does what it is told → real Redis. */
export async function startFaultyStore(maxEntries = 0) {
  const redis = await startRedis();
  const proxy = await startFaultProxy(Number(new URL(redis.url).port));
  const postern = await startInProcess({ storeUrl: proxy.url, cache: { maxEntries } });
  const { decision, admin } = postern.ports;
  await untilReady(admin);
  const ask = (session: Pick<NewSession, 'token'>) =>
    send(decision, { path: '/auth-request/default', headers: cookieOf(session) });
  const statusOf = async (session: NewSession) => (await ask(session)).status;
  return {
    redis,
    proxy,
    postern,
    login: (subject = 'ada') => createSession(admin, { subject }),
    ask,
    statusOf,
    statusOfNobody: async () => (await send(decision, { path: '/auth-request/default' })).status,
    /** Resolves when the session is allowed; gives what was answered before. */
    untilAllowed: async (session: NewSession) => {
      const before = new Set<number>();
      for (;;) {
        const status = await statusOf(session);
        if (status === 200) return before;
        before.add(status);
      }
    },
    untilUnavailable: async (session: NewSession) => {
      while ((await statusOf(session)) === 200);
    },
    untilDown: () =>
      vi.waitUntil(async () => (await postern.metrics()).includes('postern_store_up 0'), 20_000),
    readiness: async () => {
      const { status, body } = await send(admin, { path: '/readyz' });
      return { status, warnings: String(JSON.parse(body).warnings) };
    },
    /** How many commands of this name ever came to the proxy. */
    sent: (name: string) => sentTo(proxy).filter(([sent]) => sent === name).length,
    /** How often a row was asked for, ever. */
    rowReads: () => sentTo(proxy).filter(isRowRead).length,
    close: async () => {
      await postern.close();
      await proxy.close();
      await redis.close();
    },
  };
}
