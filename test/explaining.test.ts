import { expect, it } from 'vitest';
import { settingsSchema } from '../src/config/schema.ts';
import type { Session } from '../src/decision/session.ts';
import { composeExplain } from '../src/explaining.ts';
import { composeGateSettings } from '../src/gate-settings.ts';
import { systemClock } from '../src/lib/clock.ts';
import { sessionOf } from './support/sessions.ts';

const gateOf = (policies: Record<string, object>) => composeGateSettings(settingsSchema.parse({ policies }));

const explainWith = (settings: Parameters<typeof composeExplain>[0]['settings'], session: Session) =>
  composeExplain({
    settings,
    facts: { find: async () => session, findByJwt: async () => session },
    clock: systemClock,
  });

it('an explanation goes by the settings that are in force when it is asked for', async () => {
  let gate = gateOf({ a: {}, gone: {} });
  const explain = explainWith(() => gate, sessionOf());
  expect(await explain('default', { policy: 'a' })).toMatchObject({ outcome: 'challenge' });
  gate = gateOf({ a: { anonymous: true } });
  expect(await explain('default', { policy: 'a' })).toMatchObject({ outcome: 'allow' });
  expect(await explain('default', { policy: 'gone' })).toBeUndefined();
});

it('an explanation tells of an identity that is too large for proxies, which the gate refuses after all else', async () => {
  const session = sessionOf({ roles: ['x'.repeat(4_000)] });
  const gate = gateOf({ a: {} });
  const explained = await explainWith(() => gate, session)('default', {
    policy: 'a',
    credential: { sessionId: session.id },
  });
  expect(explained).toMatchObject({ outcome: 'forbid', reason: 'identity_too_large' });
  expect(explained?.steps.find(({ ok }) => ok === false)?.step).toBe('identity');
});

it.each([
  [
    'https://app.example.com/x',
    'A browser that navigates (GET or HEAD) is sent to log in, and back to https://app.example.com.',
  ],
  [
    'https://app.example.com:8443/x',
    'No browser is sent to log in: login.hosts does not name app.example.com:8443.',
  ],
  ['https://evil.example/x', 'No browser is sent to log in: login.hosts does not name evil.example.'],
  [
    'http://app.example.com/x',
    'No browser is sent to log in: the request came by http, and login.allowHttp is not set.',
  ],
])('an explanation says whether a browser would be sent to log in: %s', async (url, says) => {
  const login = { url: 'https://login.example.com/', hosts: ['app.example.com'] };
  const gate = composeGateSettings(
    settingsSchema.parse({ login, policies: { default: {}, api: { loginUrl: 'none' } } }),
  );
  const explain = explainWith(() => gate, sessionOf());
  const request = { method: 'GET', url };
  const explained = await explain('default', { policy: 'default', request });
  expect(explained?.steps.at(-2)).toEqual({ step: 'login', ok: undefined, says });
  const ofApi = await explain('default', { policy: 'api', request });
  expect(ofApi?.steps.map(({ step }) => step)).not.toContain('login');
});
