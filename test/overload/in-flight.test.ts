import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOverload, type Overloaded } from '../../src/lib/overload.ts';
import { startHeld } from '../support/held-store.ts';
import { CLOSE, lines, type Reply, sendRaw, statusesOf } from '../support/http.ts';
import { until } from '../support/key-host.ts';

const MOST = 10;

describe('DOS-05 more decisions than can be taken on', () => {
  let held: Awaited<ReturnType<typeof startHeld>>;
  beforeEach(async () => {
    held = await startHeld(MOST);
  });
  afterEach(() => held.close());

  /** Five times what is taken on; resolves once all are answered that do not wait. */
  async function flood() {
    held.hold();
    const replies: Reply[] = [];
    const all = Promise.all(
      Array.from({ length: 5 * MOST }, async () => void replies.push(await held.ask())),
    );
    await until(() => replies.length === 4 * MOST);
    return { replies, all };
  }

  it('are 503 at once, while the store has not answered one', async () => {
    const { replies, all } = await flood();
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([503]));
    for (const { headers, body } of replies) {
      expect(headers).toMatchObject({
        'retry-after': '1',
        'content-length': '0',
        'cache-control': 'no-store',
      });
      expect(body).toBe('');
    }
    expect([held.asked(), held.shed.length]).toEqual([MOST, 4 * MOST]);
    held.answer();
    await all;
    expect(replies.slice(4 * MOST).map(({ status }) => status)).toEqual(Array(MOST).fill(200));
  });

  it.each(['answer', 'fail'] as const)('leave nothing behind when the store does %s', async (how) => {
    for (let round = 0; round < 3; round += 1) {
      const { replies, all } = await flood();
      held[how]();
      await all;
      const late = replies.slice(4 * MOST).map(({ status }) => status);
      expect(late).toEqual(Array(MOST).fill(how === 'answer' ? 200 : 503));
    }
    held.hold();
    held.answer();
    expect((await held.ask()).status).toBe(200);
  });

  it('are not those that are answered without the store: a 404 holds no place', async () => {
    for (let round = 0; round <= MOST; round += 1) expect((await held.ask('/nowhere')).status).toBe(404);
    held.answer();
    expect((await held.ask()).status).toBe(200);
  });

  it('are counted on one connection as on many: pipelined requests are no way around', async () => {
    held.hold();
    const head = (...more: readonly string[]) =>
      lines('GET /auth-request/default HTTP/1.1', 'Host: a', `Cookie: ${held.cookie}`, ...more, '');
    const answered = sendRaw(held.port, head().repeat(49) + head(CLOSE));
    await until(() => held.shed.length === 40);
    expect(held.asked()).toBe(MOST);
    held.answer();
    expect(statusesOf(await answered)).toEqual([...Array(MOST).fill(200), ...Array(40).fill(503)]);
  });
});

describe('the state of a listener', () => {
  const observed = () => {
    const changes: (Overloaded | undefined)[] = [];
    const shed: Overloaded[] = [];
    const overload = createOverload(
      { inFlight: 1, lateMilliseconds: 400 },
      { shed: (why) => void shed.push(why), changed: (why) => void changes.push(why) },
    );
    const measure = (times: number, late = 0) => {
      for (let time = 0; time < times; time += 1) overload.measure(late);
    };
    return { overload, changes, shed, measure };
  };

  it('changes once for a flood, and back once a second has passed without', () => {
    const { overload, changes, shed, measure } = observed();
    for (let burst = 0; burst < 3; burst += 1) {
      expect([overload.admit(), overload.admit(), overload.admit()]).toEqual([true, false, false]);
      overload.leave();
      measure(19);
    }
    expect([changes, overload.state(), shed.length]).toEqual([['in_flight'], 'in_flight', 6]);
    measure(1);
    expect([changes, overload.state()]).toEqual([['in_flight', undefined], undefined]);
    measure(100);
    expect(changes).toHaveLength(2);
  });

  it('is late from the bound on, and not before', () => {
    const { overload, changes, measure } = observed();
    measure(1, 400);
    expect(overload.admit()).toBe(true);
    overload.leave();
    measure(1, 401);
    expect([overload.admit(), overload.state(), changes]).toEqual([false, 'event_loop', ['event_loop']]);
    measure(1, 0);
    expect([overload.admit(), overload.state()]).toEqual([true, 'event_loop']);
  });
});
