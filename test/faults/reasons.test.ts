import { ReplyError } from 'ioredis';
import { expect, it, onTestFinished, vi } from 'vitest';
import { CannotTell } from '../../src/decision/session.ts';
import { isReadOnly } from '../../src/store/redis/errors.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { blackhole } from '../support/faults.ts';
import { startRedis } from '../support/redis.ts';
import { sessionOf } from '../support/sessions.ts';
import { openWatched } from '../support/watched-store.ts';

it('RDS-04 a link that falls silent is told with its reason, once, however often it is made anew', async () => {
  const redis = await startRedis();
  onTestFinished(redis.close);
  const proxy = await startFaultProxy(redis.port);
  onTestFinished(proxy.close);
  const { store, changes, next } = await openWatched(proxy.url);
  onTestFinished(store.close);
  const before = proxy.accepted();
  proxy.set(blackhole());
  await expect(store.findRow('default', sessionOf().id)).rejects.toThrow(CannotTell);
  await vi.waitUntil(() => proxy.accepted() >= before + 2, { timeout: 10_000 });
  const up = next('up');
  proxy.clear();
  await up;
  const silent = ['down', 'a command was not answered in time'];
  expect(changes).toEqual([['up', 'it answers'], silent, ['up', 'it answers']]);
});

it.each<[words: string, readOnly: boolean]>([
  ["READONLY You can't write against a read only replica.", true],
  [
    "ERR Error running script (call to f_0a1b): @user_script:2: @user_script: 2: -READONLY You can't write against a read only replica.",
    true,
  ],
  ['ERR Error running script (call to f_0a1b): @user_script:2: -OOM command not allowed', false],
  ['NOPERM no permissions to access the key postern:READONLY', false],
])('RDS-14 a server that says "%s" takes no writes: %s', (words, readOnly) => {
  expect(isReadOnly(new ReplyError(words))).toBe(readOnly);
});
