import { describe, expect, it } from 'vitest';
import { examine, examineStopped } from '../../src/doctor/examine.ts';
import type { Answer, Probe } from '../../src/doctor/probe.ts';
import { siteOf } from '../support/doctor.ts';

const site = siteOf({ port: 80 });

const echoed = { postern: 'echo' as const, method: 'GET', target: site.publicPath ?? '', headers: [] };

/** A site that denies what it must, and whose answers name this server. */
function answer({ target }: Probe, server = 'x'): Answer {
  const headers = [['Server', server]] as const;
  return target === site.publicPath
    ? { kind: 'reply', status: 200, headers, echoed }
    : { kind: 'reply', status: 401, headers, echoed: undefined };
}

describe('an examination', () => {
  it.each([
    ['nginx/1.28.0', 'nginx'],
    ['openresty', 'nginx'],
    ['Caddy', 'caddy'],
    ['envoy', 'envoy'],
    ['nginxish', undefined],
    ['Apache', undefined],
  ])('knows behind which proxy it is where that says "%s"', async (server, name) => {
    expect(await examine(site, async (probe) => answer(probe, server))).toMatchObject({ server: name });
  });

  it('waits in vain once a check, and goes on with the next one', async () => {
    const sent: Probe[] = [];
    const hangs = (probe: Probe) => probe.headers.some(([name]) => name === 'X-Forwarded-Uri');
    const report = await examine(site, async (probe) => {
      sent.push(probe);
      return hangs(probe) ? { kind: 'timeout' } : answer(probe);
    });
    if ('obstacle' in report) throw new Error(report.message);
    const unclear = report.results.filter(({ outcome }) => outcome === 'unclear');
    expect(unclear.map(({ check }) => check.id)).toEqual(['forwarded', 'hop-by-hop']);
    expect(sent.filter(hangs)).toHaveLength(2);
    expect(report.results.at(-1)?.outcome).toBe('ok');
  });

  it('that ran into a limit says that it proves little', async () => {
    let asked = 0;
    const report = await examine(site, async (probe) => {
      asked += 1;
      return asked < 50 ? answer(probe) : { kind: 'reply', status: 429, headers: [], echoed: undefined };
    });
    if ('obstacle' in report) throw new Error(report.message);
    const { check, outcome } = report.results.at(-1) ?? {};
    expect([check?.id, outcome]).toEqual(['steady', 'unclear']);
  });

  it('with Postern stopped takes silence for something to judge, and no connection for none', async () => {
    const silent = await examineStopped(site, async () => ({ kind: 'timeout' }));
    expect(silent).toMatchObject({ results: [{ outcome: 'bad' }] });
    const away = await examineStopped(site, async () => ({ kind: 'unreachable', code: 'ECONNREFUSED' }));
    expect(away).toMatchObject({ obstacle: 'unreachable' });
  });
});
