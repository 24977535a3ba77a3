import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../../src/config/schema.ts';
import type { Policy } from '../../src/decision/policy.ts';
import type { Facts } from '../../src/decision/resolve.ts';
import { CannotTell, type Session } from '../../src/decision/session.ts';
import { mintToken } from '../../src/decision/token.ts';
import { composeGateSettings } from '../../src/gate-settings.ts';
import { listen } from '../../src/lib/listen.ts';
import { createDecisions } from '../../src/proxy/decisions.ts';
import type { DecisionEvent, Gate } from '../../src/proxy/gate.ts';
import { send } from '../support/http.ts';
import { requirementsOf } from '../support/policies.ts';
import { portOf } from '../support/server.ts';
import { sessionOf } from '../support/sessions.ts';

const { token, id } = mintToken('ada');
const session: Session = sessionOf({
  id,
  createdAt: 0,
  lastSeenAt: 0,
  authenticatedAt: 0,
  expiresAt: 10_000,
  idleSeconds: 600,
});
const NOW = 300;

type Changes = Partial<Gate> & Partial<Facts>;

/** A decision listener whose ports are the test's: what they throw, nothing here is prepared for. */
async function withGate(
  changes: Changes,
  use: (ask: (more?: readonly string[]) => ReturnType<typeof send>) => Promise<void>,
  settings = composeGateSettings(settingsSchema.parse({})),
) {
  const events: DecisionEvent[] = [];
  const reports: unknown[] = [];
  const { find = async () => session, findByJwt = async () => undefined, ...ports } = changes;
  const gate: Gate = {
    facts: { find, findByJwt },
    touch: async () => undefined,
    assert: boom,
    clock: () => NOW,
    overload: { admit: () => true, leave: () => undefined },
    connections: { max: 100, dropped: () => undefined },
    observe: (event) => void events.push(event),
    observeUnrouted: () => undefined,
    observeRefused: () => undefined,
    report: (error) => void reports.push(error),
    ...ports,
  };
  const { server } = createDecisions(gate, settings);
  await listen(server, { host: '127.0.0.1', port: 0 });
  const port = portOf(server);
  const headers = ['Cookie', `session=${token.reveal()}`];
  try {
    await use((more = []) => send(port, { path: '/auth-request/default', headers: [...headers, ...more] }));
  } finally {
    server.close();
  }
  return { events, reports };
}

const boom = () => {
  throw new Error('boom');
};

describe('LSN-06 an error where none was expected', () => {
  it.each<[string, Changes]>([
    ['from the store, at once', { find: boom }],
    ['from the store, later', { find: async () => boom() }],
    ['that is no Error', { find: () => Promise.reject('text') }],
    ['from the clock', { clock: boom }],
  ])('%s, is 503 and never a success', async (_, changes) => {
    await withGate(changes, async (ask) => {
      for (const _again of [1, 2]) {
        const reply = await ask();
        expect(reply.status).toBe(503);
        expect(reply.headers['retry-after']).toBe('1');
        expect(reply.headers['cache-control']).toBe('no-store');
        expect(reply.headers).not.toHaveProperty('www-authenticate');
        expect(reply.headers).not.toHaveProperty('set-cookie');
        expect(reply.headers).not.toHaveProperty('x-auth-subject');
      }
    });
  });

  it('that comes after the answer changes nothing of it', async () => {
    const { reports } = await withGate(
      { observe: boom, touch: () => Promise.reject(new Error('boom')) },
      async (ask) => {
        expect((await ask()).status).toBe(200);
        expect((await ask()).status).toBe(200);
      },
    );
    expect(reports).toHaveLength(2);
  });

  it('in the touch itself, thrown and not rejected, changes nothing of the answer', async () => {
    await withGate({ touch: boom }, async (ask) => {
      expect((await ask()).status).toBe(200);
      expect((await ask()).status).toBe(200);
    });
  });

  it("an error of ours and a store that can't tell are told apart", async () => {
    const doubts = await withGate(
      { find: () => Promise.reject(new CannotTell('row_unreadable', 'corrupt')) },
      async (ask) => {
        await ask();
      },
    );
    expect(doubts.events).toMatchObject([{ decision: { outcome: 'unavailable', reason: 'row_unreadable' } }]);
    const faults = await withGate({ find: boom }, async (ask) => {
      await ask();
    });
    expect(faults.events).toMatchObject([{ decision: { outcome: 'unavailable', reason: 'fault' } }]);
  });
});

describe('an error in what reads the request', () => {
  const settings = composeGateSettings(settingsSchema.parse({}));
  const original = ['X-Original-URL', 'https://a.example/', 'X-Original-Method', 'GET'];

  it.each<[string, Policy]>([
    ['that looks for a rule', { name: 'default', tenant: 'default', findRule: boom, places: [] }],
    [
      'that asks where the client is',
      { name: 'default', tenant: 'default', requirements: requirementsOf({ isClientInside: boom }) },
    ],
  ])('PATH-20 %s is 503 and never a success', async (_, policy) => {
    const broken = { ...policy, asksForClient: true, stripsCredentials: false };
    const { reports } = await withGate({}, async (ask) => expect((await ask(original)).status).toBe(503), {
      ...settings,
      policies: [broken],
    });
    expect(reports).toHaveLength(1);
  });
});

describe('a session that grew too large for proxies', () => {
  it('HDR-12 is forbidden, without an identity', async () => {
    const large = { ...session, claims: { name: 'n'.repeat(3_100) } };
    const { events } = await withGate({ find: async () => large }, async (ask) => {
      const reply = await ask();
      expect(reply.status).toBe(403);
      expect(reply.headers).not.toHaveProperty('x-auth-subject');
    });
    expect(events).toMatchObject([{ decision: { outcome: 'forbid', reason: 'identity_too_large' } }]);
  });
});

describe('noting that a session was used', () => {
  it('SES-10 is one write, however many requests ask at once', async () => {
    let touches = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const touch = () => {
      touches += 1;
      return promise;
    };
    await withGate({ touch }, async (ask) => {
      const replies = await Promise.all(Array.from({ length: 50 }, ask));
      expect(replies.every(({ status }) => status === 200)).toBe(true);
      resolve();
    });
    expect(touches).toBe(1);
  });

  it('is remembered where the store takes no writes: who is active stays in, who is not does not', async () => {
    let now = NOW;
    let touches = 0;
    const touch = async () => {
      touches += 1;
      throw new CannotTell('store_refused', 'OOM');
    };
    await withGate({ touch, clock: () => now }, async (ask) => {
      for (now of [NOW, NOW + 500, NOW + 1_000, NOW + 1_599]) expect((await ask()).status).toBe(200);
      expect(touches).toBe(4);
      now = NOW + 1_599 + 600;
      expect((await ask()).status).toBe(401);
    });
  });

  it('is offered to the store again once it takes writes, as a touch of the row that the store has', async () => {
    let now = NOW;
    const touched: Array<[row: number, lastSeenAt: number]> = [];
    const touch = async (row: Session, lastSeenAt: number) => {
      touched.push([row.lastSeenAt, lastSeenAt]);
      if (touched.length === 1) throw new CannotTell('store_refused', 'OOM');
    };
    await withGate({ touch, clock: () => now }, async (ask) => {
      for (now of [NOW, NOW + 500]) await ask();
    });
    expect(touched).toEqual([
      [0, NOW],
      [0, NOW + 500],
    ]);
  });

  it('does not keep the answer waiting', async () => {
    await withGate({ touch: () => new Promise(() => undefined) }, async (ask) => {
      expect((await ask()).status).toBe(200);
    });
  });
});
