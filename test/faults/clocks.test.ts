import { expect, it, onTestFinished } from 'vitest';
import { metric, untilCoherent, untilHot } from '../coherence/pair.ts';
import { startFaultyStore } from '../support/faulty-store.ts';
import { createSession } from '../support/http.ts';
import { decisionOn, getToken, registerApplication } from '../support/issuer.ts';

const HOUR = 3_600;

/** A Postern that holds in memory what it reads. */
async function startHolding() {
  const site = await startFaultyStore(1_000);
  onTestFinished(site.close);
  await untilCoherent(site.postern);
  return site.postern;
}

it.each([HOUR, -HOUR])('RDS-30 a clock that jumps by %i s ends no session, held or not', async (seconds) => {
  const postern = await startHolding();
  const { ports } = postern;
  const held = await createSession(ports.admin, { subject: 'ada', idleSeconds: 0 });
  const read = await createSession(ports.admin, { subject: 'eve', idleSeconds: 0 });
  await untilHot(postern, held.token);
  postern.advance(seconds);
  for (const { token } of [held, read]) expect(await decisionOn(ports, token)).toBe(200);
});

it('RDS-30 a token of a clock that was ahead is taken within the leeway, and not by an hour', async () => {
  const { ports, advance } = await startHolding();
  const token = await getToken(ports, await registerApplication(ports));
  for (const [seconds, status] of [
    [-30, 200],
    [-HOUR, 401],
    [HOUR - 60, 200],
    [HOUR, 401],
  ] as const) {
    advance(seconds);
    expect([seconds, await decisionOn(ports, token)]).toEqual([seconds, status]);
    advance(-seconds);
  }
});

it('RDS-30 changes go on to be told, and to be heard in time: no silence is measured by a clock that jumps', async () => {
  const postern = await startHolding();
  const { token } = await createSession(postern.ports.admin, { subject: 'ada', idleSeconds: 0 });
  for (const seconds of [HOUR, -2 * HOUR, HOUR]) {
    postern.advance(seconds);
    expect(await metric(postern, 'postern_cache_coherent')).toBe(1);
    const silence = await metric(postern, 'postern_cache_staleness_seconds');
    expect(Math.abs(silence)).toBeLessThan(HOUR / 2);
    await untilHot(postern, token);
  }
  expect(await postern.metrics()).not.toMatch(/^postern_cache_flushes_total\{/m);
});
