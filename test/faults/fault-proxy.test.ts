import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import * as faults from '../support/faults.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { bulk, createSplitter, NIL } from '../support/resp.ts';

let redis: TestRedis;
let proxy: FaultProxy;
beforeAll(async () => {
  redis = await startRedis();
  proxy = await startFaultProxy(Number(new URL(redis.url).port));
});
afterAll(async () => {
  await proxy.close();
  await redis.close();
});
beforeEach(() => proxy.clear());

/** A bare client: what it says is inline, as by hand, and what it hears is kept byte by byte. */
async function dial(): Promise<{ socket: Socket; say: (...words: string[]) => void; heard: Buffer[] }> {
  const socket = connect(proxy.port, '127.0.0.1');
  const heard: Buffer[] = [];
  socket.on('data', (chunk) => heard.push(chunk));
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  const say = (...words: string[]) => {
    socket.write(Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...words.map(bulk)]));
  };
  return { socket, say, heard };
}

type Line = Awaited<ReturnType<typeof dial>>;

async function until({ socket, heard }: Line, text: string): Promise<void> {
  while (!Buffer.concat(heard).includes(text)) await once(socket, 'data');
}

const textOf = ({ heard }: Line) => Buffer.concat(heard).toString();

describe('the fault proxy', () => {
  it('without a fault, or after it, hands everything on', async () => {
    const line = await dial();
    proxy.set(faults.blackhole());
    line.say('ECHO', 'lost');
    await vi.waitUntil(() => [...proxy.connections].some(({ sent }) => sent.length > 0), 20_000);
    proxy.clear();
    line.say('ECHO', 'found');
    await until(line, 'found');
    expect(textOf(line)).toBe('$5\r\nfound\r\n');
  });

  it('slows down without changing the order, and what comes after waits for what was slow', async () => {
    const line = await dial();
    proxy.set(faults.latency(5, { jitter: 30 }));
    const words = Array.from({ length: 20 }, (_, index) => `word${index};`);
    for (const word of words) line.say('ECHO', word);
    await until(line, 'word0;');
    proxy.clear();
    line.say('ECHO', 'last');
    await until(line, 'last');
    expect(textOf(line).match(/word\d+;|last/g)).toEqual([...words, 'last']);
  });

  it('cuts replies into pieces, and throttles them', async () => {
    for (const fault of [faults.slice(1), faults.throttle(100_000)]) {
      const line = await dial();
      proxy.set(fault);
      line.say('ECHO', 'x'.repeat(2_000));
      await until(line, 'x\r\n');
      expect(line.heard.length).toBeGreaterThan(3);
      expect(createSplitter()(Buffer.concat(line.heard))).toHaveLength(1);
    }
  });

  it('rewrites and drops replies by what they answer', async () => {
    const line = await dial();
    proxy.set(faults.rewrite((reply, command) => (command?.[1] === 'evil' ? NIL : reply)));
    for (const word of ['good', 'evil', 'end']) line.say('ECHO', word);
    await until(line, 'end');
    expect(textOf(line)).toBe('$4\r\ngood\r\n$-1\r\n$3\r\nend\r\n');
    line.heard.length = 0;
    proxy.set(faults.dropOne('ECHO'));
    for (const word of ['first', 'second']) line.say('ECHO', word);
    await until(line, 'second');
    expect(textOf(line)).toBe('$6\r\nsecond\r\n');
  });

  it('truncates, resets and refuses', async () => {
    const cut = await dial();
    proxy.set(faults.truncate(3));
    cut.say('ECHO', 'word');
    await once(cut.socket, 'end');
    expect(textOf(cut)).toBe('$4\r');
    const thrown = await dial();
    const closed = new Promise((resolve) => thrown.socket.once('close', resolve));
    proxy.set(faults.refuse);
    await closed;
    await expect(dial()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('strikes those alone that are chosen by what they sent', async () => {
    const [subscriber, other] = [await dial(), await dial()];
    subscriber.say('SUBSCRIBE', 'news');
    await until(subscriber, 'subscribe');
    proxy.set(faults.blackhole(), ({ sent }) => sent.some(([name]) => name === 'SUBSCRIBE'));
    await redis.client.publish('news', 'unheard');
    other.say('ECHO', 'word');
    await until(other, 'word');
    proxy.clear();
    await redis.client.publish('news', 'heard');
    await until(subscriber, 'heard');
    expect(textOf(subscriber)).not.toContain('unheard');
  });
});
