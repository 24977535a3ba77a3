import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { judgeAnswer } from '../../bench/soak/judge.ts';
import { readLogs } from '../../bench/soak/logs.ts';
import { createRecord } from '../../bench/soak/record.ts';
import { growthOf, hasGrown, type Sample, timersIn } from '../../bench/soak/resources.ts';
import { createWeather } from '../../bench/soak/weather.ts';
import { createWorld, type End, type Known } from '../../bench/soak/world.ts';

const head = (subject: string) => `HTTP/1.1 200 OK\r\nX-Auth-Subject: ${subject}\r\nContent-Length: 0`;

const known = (end?: End): Known => ({
  kind: 'session',
  text: 'secret',
  id: 'id',
  subject: 'ada',
  identity: { 'x-auth-subject': 'ada' },
  liveSince: 100,
  ...(end && { end }),
});

const answer = (status: number, sentAt = 1_000, calmSince: number | undefined = 0) => ({
  status,
  head: head('ada'),
  sentAt,
  calmSince,
});

describe('an answer in the soak', () => {
  const ended = known({ how: 'api', startedAt: 900, acknowledgedAt: 1_000 });

  it('is a breach where it lets in who has no credential, or one that was made up', () => {
    for (const asked of ['nobody', 'made-up'] as const) {
      expect(judgeAnswer(asked, answer(200)).breach).toBe(`allowed: ${asked}`);
      expect(judgeAnswer(asked, answer(401))).toEqual({});
    }
  });

  it('may allow what has ended for a second, and for five where there was a fault since before', () => {
    const late = (sentAt: number, calmSince?: number) =>
      judgeAnswer(ended, { ...answer(200, sentAt), calmSince }).breach;
    expect(late(2_000, 900)).toBeUndefined();
    expect(late(2_001, 900)).toBe('allowed 1001 ms after its end by api, in a calm');
    expect(late(2_001, 901)).toBeUndefined();
    expect(late(6_000)).toBeUndefined();
    expect(late(6_001)).toBe('allowed 5001 ms after its end by api, with a fault');
  });

  it('says nothing while it is not known whether an end is done', () => {
    const ending = known({ how: 'api', startedAt: 900 });
    for (const status of [200, 401, 503]) expect(judgeAnswer(ending, answer(status, 99_000))).toEqual({});
  });

  it('is a breach where it denies what is live, and was when it was asked', () => {
    expect(judgeAnswer(known(), answer(401, 100)).breach).toBe('denied: a live session');
    expect(judgeAnswer(known(), answer(401, 99))).toEqual({});
    expect(judgeAnswer(ended, answer(401))).toEqual({});
  });

  it('is a breach where it carries the identity of another, or has a status that none should have', () => {
    const other = { ...answer(200), head: head('eve') };
    expect(judgeAnswer(known(), other).breach).toBe("x-auth-subject of a session is another's");
    expect(judgeAnswer(known(), answer(200))).toEqual({});
    expect(judgeAnswer(known(), answer(500)).breach).toBe('an answer was 500');
    expect(judgeAnswer(known(), answer(503))).toEqual({});
  });
});

describe('what was handed out', () => {
  const { liveSince: _, ...made } = known();

  it('has ended when that is acknowledged, and all of it when the store was emptied', async () => {
    const world = createWorld(() => 7);
    world.add(made, world.epoch());
    await world.emptying(async () => expect([world.live.size, world.unsettled.size]).toEqual([0, 1]));
    expect(world.ended.map(({ end }) => end)).toEqual([{ how: 'flushall', startedAt: 7, acknowledgedAt: 7 }]);
  });

  it('counts as neither live nor ended where the store was emptied while it was made', async () => {
    const world = createWorld();
    const begunIn = world.epoch();
    await world.emptying(async () => undefined);
    world.add(made, begunIn);
    expect([world.live.size, world.unsettled.size, world.ended.length]).toEqual([0, 1, 0]);
  });
});

describe('what is reported', () => {
  it('counts every breach, and tells of the first few that are alike', () => {
    const seen = createRecord(createWeather(), 1);
    for (let count = 0; count < 9; count += 1) seen.breach(`allowed ${count} ms after`);
    seen.breach('denied');
    expect([seen.breachCount(), seen.breaches.length]).toEqual([10, 6]);
  });

  it('is a line that is fatal, a fault of our own, or no line of the log at all; but for the greeting', () => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-soak-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, 'postern-a'));
    const file = join(folder, 'postern-a/output.log');
    writeFileSync(file, 'Postern listens\n');
    const logs = readLogs(folder);
    const good = '{"level":50,"store":"down","msg":"store"}';
    const bad = [
      '{"level":60,"msg":"store"}',
      '{"level":50,"msg":"fault"}',
      '(node:1) MaxListenersExceededWarning: 11 listeners',
    ];
    appendFileSync(file, [good, ...bad, ''].join('\n'));
    expect(logs()).toEqual({ lines: 4, breaches: bad.map((line) => `printed: ${line}`) });
  });

  it('has grown where the last quarter is above the second by more than the limit, whatever the first was', () => {
    const sample = (files: number): Sample => ({
      'RSS, MB': 100,
      'heap, MB': 20,
      'open files': files,
      'active handles': 5,
      timers: 5,
    });
    const grown = (files: readonly number[]) =>
      growthOf([files.map(sample)])
        .filter(hasGrown)
        .map(({ resource }) => resource);
    expect(grown([1, 50, 55, 60])).toEqual([]);
    expect(grown([50, 50, 55, 61])).toEqual(['open files']);
    expect(grown([1, 2])).toEqual([]);
  });

  it('counts the timers of a replica, none where its metrics name none, and fails where they tell of no resources', () => {
    const total = 'nodejs_active_resources_total 9';
    const handles = 'nodejs_active_resources{type="TCPSocketWrap"} 7';
    expect(timersIn([handles, 'nodejs_active_resources{type="Timeout"} 2', total].join('\n'))).toBe(2);
    expect(timersIn([handles, total].join('\n'))).toBe(0);
    expect(() => timersIn(handles)).toThrow('nothing says');
  });
});
