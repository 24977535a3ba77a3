import { describe, expect, it } from 'vitest';
import { PROXIES } from '../../src/doctor/check.ts';
import { CHECKS } from '../../src/doctor/checks/checks.ts';
import { stopped } from '../../src/doctor/checks/stopped.ts';
import { judge } from '../../src/doctor/examine.ts';
import { IDENTITIES } from '../../src/doctor/names.ts';
import type { Answer, Header, Site } from '../../src/doctor/probe.ts';
import { siteOf } from '../support/doctor.ts';

const site = siteOf({ port: 80, token: 'the-token' });
const PUBLIC = site.publicPath ?? '';
const FORGED = 'forged-by-postern-doctor';

const ALL = [...CHECKS, stopped];

function checkOf(id: string) {
  const check = ALL.find((one) => one.id === id);
  if (check === undefined) throw new Error(`there is no check ${id}`);
  return check;
}

/** Of an application that got this. */
function echoed(headers: readonly string[] = [], target = PUBLIC): Answer {
  const echoed = { postern: 'echo' as const, method: 'GET', target, headers: [...headers] };
  return { kind: 'reply', status: 200, headers: [], echoed };
}

function answered(status: number, headers: readonly (readonly [string, string])[] = []): Answer {
  return { kind: 'reply', status, headers, echoed: undefined };
}

/** What becomes of a check when this is the answer to every probe, or to those with or without the token. */
function outcomeOf(id: string, answer: Answer, which: 'all' | 'known' | 'stranger' = 'all'): string {
  const check = checkOf(id);
  const exchanges = check.probes(site).flatMap((probe) => {
    const isKnown = probe.headers.some(([, value]) => typeof value !== 'string');
    return which === 'all' || isKnown === (which === 'known') ? [{ probe, answer }] : [];
  });
  expect(exchanges.length).toBeGreaterThan(0);
  return judge(check, exchanges, site).outcome;
}

describe('a site with other identity headers', () => {
  const remote = siteOf({ port: 80, token: 'the-token', identity: IDENTITIES.remote });

  it('is held against those, and against none that it does not have', () => {
    const answer = (headers: readonly string[]) => (id: string) => {
      const check = checkOf(id);
      const exchanges = check.probes(remote).map((probe) => ({ probe, answer: echoed(headers) }));
      return judge(check, exchanges, remote).outcome;
    };
    expect(answer(['Remote-User', 'ada'])('known')).toBe('ok');
    expect(answer(['X-Auth-Subject', 'ada', 'X-Auth-Subject-Type', 'user'])('known')).toBe('bad');
    expect(answer(['Remote-User', FORGED])('identity')).toBe('bad');
    expect(answer(['X-Auth-Subject', FORGED])('identity')).toBe('ok');
    expect(answer(['Remote-Groups', 'admin'])('anonymous')).toBe('bad');
    expect(answer(['Remote-User', FORGED])('foreign-identity')).toBe('ok');
  });
});

const KNOWN = ['X-Auth-Subject', 'ada', 'X-Auth-Subject-Type', 'user'];
const TIMEOUT: Answer = { kind: 'timeout' };

describe('a check takes', () => {
  it.each<[id: string, what: string, answer: Answer, outcome: string, which?: 'known' | 'stranger']>([
    ['denied', 'a challenge', answered(401), 'ok'],
    ['denied', 'a login page elsewhere', answered(302), 'ok'],
    ['denied', 'a page', answered(200), 'bad'],
    ['denied', 'a request that arrived', echoed(), 'bad'],
    ['denied', 'a Postern that is away', answered(503), 'unclear'],
    ['denied', 'a path that does not exist', answered(404), 'unclear'],
    ['denied', 'a closed connection', { kind: 'closed' }, 'unclear'],
    ['known', 'who it is', echoed(KNOWN), 'ok'],
    ['known', 'a user without a name', echoed(['X-Auth-Subject-Type', 'user']), 'bad'],
    ['known', 'an empty name', echoed(['X-Auth-Subject', '', 'X-Auth-Subject-Type', 'user']), 'bad'],
    ['known', 'a denial', answered(403), 'unclear'],
    ['identity', 'what Postern says', echoed(KNOWN), 'ok'],
    ['identity', 'a forged name', echoed([...KNOWN, 'X.Auth_subject', FORGED]), 'bad'],
    ['identity', 'a forged one beside the true one', echoed(['X-Auth-Subject', `ada, ${FORGED}`]), 'bad'],
    ['identity', 'a forged assertion', echoed(['x-auth-assertion', FORGED]), 'bad'],
    ['identity', 'a forged header of another kind', echoed(['X-Other', FORGED]), 'ok'],
    ['identity', 'a refusal', answered(400), 'ok'],
    ['aliases', 'a forged name with other marks', echoed(['X!Auth!Roles', FORGED]), 'note'],
    ['foreign-identity', "another gate's forged name", echoed(['Remote-User', FORGED]), 'note'],
    ['anonymous', 'nobody', echoed(['X-Auth-Subject-Type', 'anonymous', 'X-Auth-Subject', '']), 'ok'],
    ['anonymous', 'no word', echoed(), 'ok'],
    ['anonymous', 'a user', echoed(['x_auth_subject_type', 'user']), 'bad'],
    ['anonymous', 'a name', echoed(['X-Auth-Email', 'root@example.com']), 'bad'],
    ['anonymous', 'an anonymous with a role', echoed(['X-Auth-Roles', 'anonymous']), 'bad'],
    ['forwarded', 'a denial', answered(401), 'ok'],
    ['forwarded', 'a request that arrived', echoed(), 'bad'],
    ['hop-by-hop', 'a closed connection', { kind: 'closed' }, 'ok'],
    ['hop-by-hop', 'a stranger who arrived', echoed(KNOWN), 'bad', 'stranger'],
    ['hop-by-hop', 'a known user who arrived known', echoed(KNOWN), 'ok', 'known'],
    ['hop-by-hop', 'a known user whose name was lost', echoed(KNOWN.slice(2)), 'bad', 'known'],
    ['hop-by-hop', 'a forged name', echoed([...KNOWN, 'X-Auth-Subject', FORGED]), 'bad', 'known'],
    ['paths', 'a path below the public one', echoed([], '/public/x'), 'ok'],
    ['paths', 'a path elsewhere', echoed([], '/orders/1'), 'bad'],
    ['paths', 'a path with another meaning to some', echoed([], '/public/..%2forders'), 'bad'],
    ['paths', 'a path with another meaning to few', echoed([], '/public/..;/orders'), 'ok'],
    ['lax-paths', 'a path with another meaning to few', echoed([], '/public/..;/orders'), 'note'],
    ['upgrade', 'no upgrade', echoed(['Connection', 'close']), 'ok'],
    ['upgrade', 'a tunnel that is asked for', echoed(['Upgrade', 'h2c']), 'bad'],
    ['upgrade', 'a tunnel', answered(101), 'bad'],
    ['two-credentials', 'a refusal', answered(400), 'ok'],
    ['two-credentials', 'a request that arrived', echoed(KNOWN), 'bad'],
    ['flood', 'a refusal', answered(431), 'ok'],
    ['flood', 'a known user who arrived', echoed(KNOWN), 'ok', 'known'],
    ['flood', 'a forged name', echoed(['X-Auth-Subject', FORGED]), 'bad', 'known'],
    ['answer', 'a denial without a word', answered(401), 'ok'],
    ['answer', 'a denial that no cache keeps', answered(404, [['cache-control', 'no-store']]), 'ok'],
    ['answer', 'a denial that caches may keep', answered(404), 'bad'],
    ['answer', 'a denial that caches shall keep', answered(401, [['Cache-Control', 's-maxage=9']]), 'bad'],
    ['answer', 'a denial that tells who', answered(403, [['x-auth-subject', 'ada']]), 'bad'],
    ['answer', 'a denial that tells nobody', answered(403, [['x-auth-subject', '']]), 'ok'],
    ['steady', 'a request that arrived', echoed(), 'ok'],
    ['steady', 'a limit', answered(429), 'unclear'],
    ['stopped', 'an error', answered(503), 'ok'],
    ['stopped', 'a request that arrived', echoed(), 'bad'],
    ['stopped', 'silence', TIMEOUT, 'bad'],
  ])('%s: %s', (id, _, answer, outcome, which) => {
    expect(outcomeOf(id, answer, which)).toBe(outcome);
  });

  it.each(CHECKS.map(({ id }) => id))('%s: no silence for well', (id) => {
    expect(outcomeOf(id, TIMEOUT)).toBe('unclear');
    expect(outcomeOf(id, { kind: 'unreachable', code: 'ECONNREFUSED' })).toBe('unclear');
  });

  it('one probe that is wrong for more than all that are well, or can not be told', () => {
    const check = checkOf('forwarded');
    const [first, second, third] = check.probes(site);
    if (first === undefined || second === undefined || third === undefined) throw new Error('too few probes');
    const well = { probe: first, answer: answered(401) };
    const silent = { probe: second, answer: TIMEOUT };
    const wrong = { probe: third, answer: echoed() };
    expect(judge(check, [well, silent], site).outcome).toBe('unclear');
    const { outcome, findings } = judge(check, [well, silent, wrong], site);
    expect([outcome, findings.map(({ sent }) => sent)]).toEqual(['bad', [third]]);
  });
});

describe('the checks', () => {
  it('say for every proxy what mends what they find, in one line', () => {
    for (const { mend } of ALL) {
      for (const proxy of [...PROXIES, 'any' as const]) expect(mend[proxy]).toMatch(/^[^\n]{20,300}$/);
    }
  });

  it('have an id and a title of their own each', () => {
    expect(new Set(ALL.map(({ id }) => id)).size).toBe(ALL.length);
    expect(new Set(ALL.map(({ title }) => title)).size).toBe(ALL.length);
  });

  it('ask often enough, and not for long', () => {
    const count = ALL.reduce((sum, check) => sum + check.probes(site).length, 0);
    expect(count).toBeGreaterThan(100);
    expect(count).toBeLessThan(180);
  });

  it('say what they need where they were not given it', () => {
    const bare: Site = { ...site, publicPath: undefined, token: undefined };
    for (const check of ALL) {
      const isSkipped = check.probes(bare).length === 0;
      expect([check.id, check.needs !== '']).toEqual([check.id, isSkipped]);
    }
  });

  it('write the token nowhere but where it is sent', () => {
    const probes = ALL.flatMap((check) => check.probes(site));
    const shown = (headers: readonly Header[]) => headers.map(([name, value]) => `${name}: ${value}`);
    expect(JSON.stringify(probes)).not.toContain('the-token');
    expect(probes.flatMap(({ headers }) => shown(headers)).join()).not.toContain('the-token');
    expect(JSON.stringify(probes)).toContain('[redacted]');
  });
});
