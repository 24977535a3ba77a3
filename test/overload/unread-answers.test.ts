import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setInterval } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createGuardedServer, type Patience } from '../../src/lib/http-server.ts';
import { closeGently, listen } from '../../src/lib/listen.ts';
import { until } from '../support/key-host.ts';
import { portOf } from '../support/server.ts';

const PATIENCE: Patience = {
  headers: 5_000,
  request: 10_000,
  checks: 1_000,
  reading: { everyMilliseconds: 10, looks: 8 },
};
const PER_CONNECTION = 8 * 1024 * 1024;
const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

const ended: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

/** A guarded server whose answers are as large as an allow can be, and what its side of a connection looks like. */
async function start() {
  let answered = 0;
  const server = createGuardedServer(
    (_, response) => {
      answered += 1;
      response.writeHead(200, { 'Content-Length': 0, 'X-Identity': 'x'.repeat(3_000) }).end();
    },
    {
      takesBodies: false,
      refused: () => undefined,
      connections: { max: 10, dropped: () => undefined },
    },
    PATIENCE,
  );
  await listen(server, { host: '127.0.0.1', port: 0 });
  const client = connect(portOf(server), '127.0.0.1');
  client.on('error', () => undefined);
  const [served]: Socket[] = await once(server, 'connection');
  if (served === undefined) throw new Error('nobody was served');
  ended.push(async () => {
    client.destroy();
    await closeGently(server);
  });
  return { client, served, answered: () => answered };
}

describe('DOS-02 whoever asks and does not read', () => {
  it('is disconnected, and what was written for him is bounded', async () => {
    const { client, served, answered } = await start();
    client.pause();
    let most = 0;
    client.write(REQUEST.repeat(100_000));
    await until(() => {
      most = Math.max(most, served.writableLength);
      return served.destroyed;
    });
    expect(answered()).toBeLessThan(100_000);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(PER_CONNECTION);
  });

  it('is disconnected too when he reads a little now and then', async () => {
    const { client, served } = await start();
    client.pause();
    client.write(REQUEST.repeat(100_000));
    await until(() => {
      client.read(1);
      return served.destroyed;
    });
  });

  it('stays while he reads on, however much there is for him', async () => {
    const { client, served, answered } = await start();
    client.resume();
    client.write(REQUEST.repeat(20_000));
    await until(() => answered() === 20_000 && served.writableLength === 0);
    expect(served.destroyed).toBe(false);
  });

  it('stays when there is nothing to read', async () => {
    const { client, served } = await start();
    client.resume();
    client.write(REQUEST);
    await once(client, 'data');
    // As many ticks of the same length as would end it, and some more.
    const ticks = setInterval(PATIENCE.reading.everyMilliseconds, undefined)[Symbol.asyncIterator]();
    for (let tick = 0; tick < 4 * PATIENCE.reading.looks; tick += 1) await ticks.next();
    await ticks.return?.();
    expect(served.destroyed).toBe(false);
  });
});
