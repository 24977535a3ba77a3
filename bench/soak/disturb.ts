import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../measure/zipf.ts';
import { DISTURBANCES, type Disturbance } from './faults.ts';
import type { Seen } from './record.ts';
import type { Site } from './site.ts';
import type { Weather } from './weather.ts';
import type { World } from './world.ts';

export type Parts = {
  readonly site: Site;
  readonly world: World;
  readonly weather: Weather;
  readonly seen: Seen;
  readonly random: Random;
};

export type FaultFigures = { readonly times: number; readonly longestRecovery: number };

const FIRST_CALM = 3_000;
const CALM = 3_000;
/** In milliseconds: so long without a 503, and with an allow in the last half of it, and it is got over. */
const PROOF = 1_000;
const MOST_RECOVERY = 5_000;
const LOOK = 50;

/** One fault after the other until it is over, each for 1 to 5 s and with a calm behind it; what came of each kind. */
export async function disturb(parts: Parts, over: AbortSignal): Promise<Record<string, FaultFigures>> {
  const { site, world, weather, random } = parts;
  const figures: Record<string, FaultFigures> = {};
  let bag: Disturbance[] = [];
  await sleep(FIRST_CALM);
  while (!over.aborted) {
    if (bag.length === 0) bag = shuffled(DISTURBANCES, random);
    const disturbance = bag.pop();
    if (disturbance === undefined) break;
    const { kind, begin, end } = disturbance;
    const replicas = drawReplicas(site, random);
    const struck = { redis: site.redis, replicas, world };
    weather.begin(kind);
    await begin(struck);
    await sleep(1_000 + random() * 4_000);
    await end(struck);
    const longestRecovery = await recovered(parts, performance.now(), kind);
    const { times = 0, longestRecovery: before = 0 } = figures[kind] ?? {};
    figures[kind] = { times: times + 1, longestRecovery: Math.max(before, longestRecovery) };
    weather.calm();
    await sleep(CALM);
  }
  return figures;
}

/** In milliseconds, until the last 503 of the replica that took longest. */
async function recovered({ seen }: Parts, endedAt: number, kind: string): Promise<number> {
  const latest = () => Math.max(endedAt, ...seen.last.map(({ unavailableAt }) => unavailableAt));
  for (;;) {
    await sleep(LOOK);
    const now = performance.now();
    const isAllowed = seen.last.every(({ allowedAt }) => now - allowedAt < PROOF / 2);
    if (isAllowed && now - latest() >= PROOF) return latest() - endedAt;
    if (now - endedAt < MOST_RECOVERY + PROOF) continue;
    seen.breach(`not got over ${MOST_RECOVERY} ms after it: ${kind}`);
    return now - endedAt;
  }
}

/** One of them, or all. */
function drawReplicas({ replicas }: Site, random: Random): Site['replicas'] {
  const place = Math.floor(random() * (replicas.length + 1));
  return place === replicas.length ? replicas : replicas.slice(place, place + 1);
}

/** Each kind comes once before one comes again. */
function shuffled<Value>(values: readonly Value[], random: Random): Value[] {
  return values
    .map((value) => ({ value, at: random() }))
    .sort((left, right) => left.at - right.at)
    .map(({ value }) => value);
}
