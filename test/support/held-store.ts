import { settingsSchema } from '../../src/config/schema.ts';
import type { Session } from '../../src/decision/session.ts';
import { mintToken } from '../../src/decision/token.ts';
import { composeGateSettings } from '../../src/gate-settings.ts';
import { closeGently, listen } from '../../src/lib/listen.ts';
import { createOverload, type Overloaded } from '../../src/lib/overload.ts';
import { createDecisions } from '../../src/proxy/decisions.ts';
import { send } from './http.ts';
import { portOf } from './server.ts';
import { sessionOf } from './sessions.ts';

const { token, id } = mintToken('ada');
const session = sessionOf({ id, createdAt: 0, lastSeenAt: 0, authenticatedAt: 0, expiresAt: 10_000 });

/** A decision listener that takes on so many requests, before a store that answers when the test says so. */
export async function startHeld(inFlight: number) {
  let held = Promise.withResolvers<Session>();
  let asked = 0;
  const shed: Overloaded[] = [];
  const overload = createOverload(
    { inFlight, lateMilliseconds: 400 },
    { shed: (why) => void shed.push(why), changed: () => undefined },
  );
  const { server } = createDecisions(
    {
      facts: {
        find: () => {
          asked += 1;
          return held.promise;
        },
        findByJwt: async () => undefined,
      },
      touch: async () => undefined,
      assert: async () => undefined,
      clock: () => 300,
      overload,
      connections: { max: 1_000, dropped: () => undefined },
      observe: () => undefined,
      observeUnrouted: () => undefined,
      observeRefused: () => undefined,
      report: () => undefined,
    },
    composeGateSettings(settingsSchema.parse({})),
  );
  await listen(server, { host: '127.0.0.1', port: 0 });
  const port = portOf(server);
  return {
    port,
    shed,
    asked: () => asked,
    cookie: `session=${token.reveal()}`,
    ask: (path = '/auth-request/default') =>
      send(port, { path, headers: ['Cookie', `session=${token.reveal()}`] }),
    answer: () => held.resolve(session),
    fail: () => held.reject(new Error('boom')),
    hold: () => {
      held = Promise.withResolvers();
      // Where nobody waits for it, its failure is nobody's.
      held.promise.catch(() => undefined);
    },
    close: () => closeGently(server),
  };
}
