import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examineAt, examineStoppedAt, idsOf, type Listening, startEcho } from '../support/doctor.ts';
import { createSession } from '../support/http.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';
import { freePort } from '../support/server.ts';
import { type Fault, startSloppyProxy } from '../support/sloppy-proxy.ts';

let postern: InProcess;
let echo: Listening;
let token: string;
beforeAll(async () => {
  postern = await startInProcess({ policies: { default: {}, open: { anonymous: true } } });
  echo = await startEcho();
  ({ token } = await createSession(postern.ports.admin, { subject: 'ada' }));
});
afterAll(async () => {
  await echo.close();
  await postern.close();
});

async function behind<Found>(
  faults: readonly Fault[],
  look: (examined: { port: number; token: string }) => Promise<Found>,
  decision = postern.ports.decision,
): Promise<Found> {
  const proxy = await startSloppyProxy({ decision, app: echo.port }, ...faults);
  return look({ port: proxy.port, token }).finally(proxy.close);
}

describe('PRX-11 a fault of a proxy', () => {
  it('is not found where there is none', async () => {
    const report = await behind([], examineAt);
    expect(idsOf(report, 'bad', 'note', 'unclear', 'skipped')).toEqual([]);
  });

  it.each<[fault: Fault, check: string]>([
    ['checksNothing', 'denied'],
    ['copiesNothing', 'known'],
    ['keepsOtherSpellings', 'identity'],
    ['keepsClientsWhereEmpty', 'anonymous'],
    ['trustsForwarded', 'forwarded'],
    ['honoursHopByHop', 'hop-by-hop'],
    ['choosesByRawPath', 'paths'],
    ['tunnels', 'upgrade'],
    ['checksFirstCredential', 'two-credentials'],
    ['looksAtFewHeaders', 'flood'],
    ['letsDenialsBeStored', 'answer'],
    ['tellsWhoWasDenied', 'answer'],
  ])('%s is found by the check %s', async (fault, check) => {
    const found = idsOf(await behind([fault], examineAt), 'bad');
    expect(found).toContain(check);
  });

  it.each<[fault: Fault, check: string]>([
    ['keepsForeign', 'foreign-identity'],
    ['keepsOtherSpellings', 'aliases'],
    ['choosesByRawPath', 'lax-paths'],
  ])('%s is noted by the check %s', async (fault, check) => {
    expect(idsOf(await behind([fault], examineAt), 'note')).toContain(check);
  });

  it('failsOpen is found once Postern is stopped', async () => {
    const decision = await freePort();
    const closed = await behind([], examineStoppedAt, decision);
    expect(idsOf(closed, 'ok')).toEqual(['stopped']);
    const open = await behind(['failsOpen'], examineStoppedAt, decision);
    expect(idsOf(open, 'bad')).toEqual(['stopped']);
  });
});
