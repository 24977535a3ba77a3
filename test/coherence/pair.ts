import { bearerOf, send } from '../support/http.ts';
import { type Input, type Ports, startInProcess } from '../support/postern.ts';
import { startRedis } from '../support/redis.ts';
import { untilReady } from '../support/site.ts';
import { until } from './cached.ts';

/** What a test asks of one: by its listeners alone, so that it does not matter whose process it is. */
export type Asked = { readonly ports: Ports };

export const decide = async ({ ports }: Asked, token: string, path = '/auth-request/default') =>
  (await send(ports.decision, { path, headers: bearerOf({ token }) })).status;

/** A metric of this name, without labels or with just these; NaN where there is none. */
export async function metric({ ports }: Asked, name: string, labels = ''): Promise<number> {
  const { body } = await send(ports.admin, { path: '/metrics' });
  const line = body.split('\n').find((text) => text.startsWith(`${name}${labels} `));
  return Number(line?.split(' ').at(-1) ?? Number.NaN);
}

export const readsOf = (asked: Asked, result: 'hit' | 'miss') =>
  metric(asked, 'postern_cache_reads_total', `{result="${result}"}`);

export async function untilCoherent(asked: Asked): Promise<void> {
  await untilReady(asked.ports.admin);
  await until(async () => (await metric(asked, 'postern_cache_coherent')) === 1);
}

/** Until it is allowed, and from memory: a decision that reads nothing makes hits and no miss. */
export async function untilHot(asked: Asked, token: string, path?: string): Promise<void> {
  await until(async () => {
    const [hits, misses] = [await readsOf(asked, 'hit'), await readsOf(asked, 'miss')];
    const status = await decide(asked, token, path);
    return (
      status === 200 && (await readsOf(asked, 'hit')) > hits && (await readsOf(asked, 'miss')) === misses
    );
  });
}

/** Until it is denied, and then never allowed again. */
export async function untilDenied(asked: Asked, token: string): Promise<void> {
  await until(async () => (await decide(asked, token)) === 401);
  for (let again = 0; again < 50; again += 1) {
    // That it can't tell, on a busy machine, is no allow.
    if ((await decide(asked, token)) === 200) throw new Error('what was denied is allowed');
  }
}

/** Two in the test's own process on one Redis. */
export async function startPair(input: Input = {}) {
  const redis = await startRedis();
  const settings = { storeUrl: redis.url, ...input };
  const [one, other] = [await startInProcess(settings), await startInProcess(settings)];
  for (const asked of [one, other]) await untilCoherent(asked);
  return {
    redis,
    one,
    other,
    close: async () => {
      await one.close();
      await other.close();
      await redis.close();
    },
  };
}
