import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settingsSchema } from '../../src/config/schema.ts';
import { composeGateSettings } from '../../src/gate-settings.ts';
import { anyPorts, type InProcess, startInProcess } from '../support/postern.ts';

/** The tail keeps them apart from all else that is told. */
const SECRET = 'a-gateway-secret-of-the-tests.and-its-tail';
const OTHER = 'a-gateway-secret-of-the-tests.and-another-';
const PUBLIC = { rules: [{ path: '/public', anonymous: true }, { path: '/**' }] };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-peers-'));
});
afterAll(() => rm(folder, { recursive: true }));

type Way = { readonly socketPath: string } | { readonly port: number; readonly localAddress: string };

async function ask(way: Way, path: string, headers: readonly string[] = []) {
  const options = { ...way, path, agent: false, headers: ['Host', 'postern', ...headers] };
  const [response]: IncomingMessage[] = await once(request(options).end(), 'response');
  response?.resume();
  return { status: response?.statusCode, names: response?.rawHeaders.join('\n') ?? '' };
}

const over = ({ ports }: InProcess, localAddress = '127.0.0.1') => ({ port: ports.decision, localAddress });

const DIALECTS = [
  ['auth-request', 403],
  ['forward-auth', 400],
] as const;

describe('FWD-01 a peer that is not among the trusted', () => {
  it.each(DIALECTS)('is denied by %s, whatever it forwards, and counted', async (dialect, status) => {
    const postern = await startInProcess({
      trustedProxies: ['127.0.0.2'],
      policies: { open: { anonymous: true }, pub: PUBLIC },
    });
    try {
      const forwarded = [
        ...['X-Forwarded-Method', 'GET', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'a'],
        ...['X-Forwarded-Uri', '/public', 'X-Original-Method', 'GET', 'X-Original-URL', 'https://a/public'],
        ...['X-Forwarded-For', '127.0.0.2'],
      ];
      for (const policy of ['open', 'pub']) {
        const path = `/${dialect}/${policy}`;
        expect((await ask(over(postern, '127.0.0.2'), path, forwarded)).status).toBe(200);
        const denied = await ask(over(postern), path, forwarded);
        expect(denied.status).toBe(status);
        expect(denied.names).not.toMatch(/x-auth-/i);
        expect(await postern.metrics()).toContain(
          `dialect="${dialect}",policy="${policy}",outcome="malformed-request",reason="untrusted_peer"} 1\n`,
        );
      }
    } finally {
      await postern.close();
    }
  });
});

describe('FWD-03 where the settings name nobody', () => {
  const { isTrusted, gatewaySecret } = composeGateSettings(settingsSchema.parse({}));

  it.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])('%s is trusted', (address) => {
    expect(isTrusted(address)).toBe(true);
  });

  it.each([
    '10.0.0.1',
    '172.17.0.1',
    '192.168.1.1',
    '169.254.1.1',
    '0.0.0.0',
    '::',
    'fd00::1',
    'fe80::1',
    undefined,
  ])('%s is not', (address) => {
    expect(isTrusted(address)).toBe(false);
  });

  it('a proxy needs no secret', () => {
    expect(gatewaySecret).toBeUndefined();
  });

  it('a Unix socket is guarded by its file, and needs no trusted address', async () => {
    const socketPath = join(folder, 'open.sock');
    const listen = { ...(await anyPorts()), decision: `unix:${socketPath}` };
    const policies = { open: { anonymous: true } };
    const postern = await startInProcess({ listen, trustedProxies: [], policies });
    expect((await ask({ socketPath }, '/auth-request/open')).status).toBe(200);
    await postern.close();
  });
});

const NAME = 'X-Postern-Gateway';

/** What a proxy, or somebody beside it, may send. */
const SENT: ReadonlyArray<[what: string, headers: readonly string[], passes: boolean]> = [
  ['the secret', [NAME, SECRET], true],
  ['the secret under a name in lower case', [NAME.toLowerCase(), SECRET], true],
  ['nothing', [], false],
  ['an empty one', [NAME, ''], false],
  ['another one of the same length', [NAME, OTHER], false],
  ['the beginning of the secret', [NAME, SECRET.slice(0, -1)], false],
  ['the secret and more', [NAME, `${SECRET}a`], false],
  ['the secret in capitals', [NAME, SECRET.toUpperCase()], false],
  ['the secret twice', [NAME, SECRET, NAME, SECRET], false],
  ['the secret behind a wrong one', [NAME, OTHER, NAME, SECRET], false],
  ['the secret before a wrong one', [NAME, SECRET, NAME.toLowerCase(), OTHER], false],
  ['the secret in a list', [NAME, `${SECRET}, ${SECRET}`], false],
  ['the secret under another name', ['X-Postern_Gateway', SECRET], false],
];

describe.each([
  ['TCP', async () => ({ listen: await anyPorts() }), over],
  [
    'a Unix socket',
    async () => ({ listen: { ...(await anyPorts()), decision: `unix:${join(folder, 'secret.sock')}` } }),
    () => ({ socketPath: join(folder, 'secret.sock') }),
  ],
] as const)('FWD-05 where there is a gateway secret, over %s', (_, where, way) => {
  let postern: InProcess;
  beforeAll(async () => {
    const policies = { open: { anonymous: true } };
    postern = await startInProcess({ ...(await where()), gatewaySecret: SECRET, policies });
  });
  afterAll(() => postern.close());

  it.each(SENT)('%s', async (_what, headers, passes) => {
    for (const [dialect, status] of DIALECTS) {
      const reply = await ask(way(postern), `/${dialect}/open`, headers);
      expect(reply.status).toBe(passes ? 200 : status);
      expect(/x-auth-/i.test(reply.names)).toBe(passes);
    }
  });

  it('what was wrong is counted, and told to nobody', async () => {
    await ask(way(postern), '/auth-request/open', [NAME, OTHER]);
    const metrics = await postern.metrics();
    expect(metrics).toMatch(/outcome="malformed-request",reason="gateway_secret"} \d+\n/);
    expect(metrics).not.toContain('a-gateway-secret-of-the-tests');
  });
});

it('FWD-05 a peer that is not trusted does not pass with the secret either', async () => {
  const policies = { open: { anonymous: true } };
  const postern = await startInProcess({ trustedProxies: ['127.0.0.2'], gatewaySecret: SECRET, policies });
  expect((await ask(over(postern, '127.0.0.2'), '/auth-request/open', [NAME, SECRET])).status).toBe(200);
  expect((await ask(over(postern), '/auth-request/open', [NAME, SECRET])).status).toBe(403);
  await postern.close();
});
