import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { CannotTell } from '../../src/decision/session.ts';
import { createRedis } from '../support/redis.ts';
import { freePort } from '../support/server.ts';
import { sessionOf } from '../support/sessions.ts';
import { locationOf } from '../support/stores.ts';
import { type Watched, watchStore } from '../support/watched-store.ts';
import { SHOWN } from './certificates.ts';

const ALL = Object.values(SHOWN)
  .map(({ cert }) => cert)
  .join('\n');

/** A Redis over TLS that shows one of the certificates, and the file of whom we trust. */
async function setUp(shown: keyof typeof SHOWN) {
  const folder = await mkdtemp(join(tmpdir(), 'postern-tls-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, { key, cert }] of Object.entries(SHOWN)) {
    await writeFile(join(folder, `${name}.key`), key);
    await writeFile(join(folder, `${name}.pem`), cert);
  }
  await writeFile(join(folder, 'all.pem'), ALL);
  const ca = join(folder, 'ca.pem');
  const filesOf = (name: string) => [
    ['tls-cert-file', join(folder, `${name}.pem`)],
    ['tls-key-file', join(folder, `${name}.key`)],
    ['tls-ca-cert-file', join(folder, 'all.pem')],
  ];
  const port = await freePort();
  const files = filesOf(shown).flatMap(([name, path]) => [`--${name}`, String(path)]);
  const redis = await createRedis(['--tls-port', String(port), '--tls-auth-clients', 'optional', ...files]);
  onTestFinished(redis.close);
  await redis.start();
  return {
    trust: (text: string) => writeFile(ca, text),
    rotate: (name: keyof typeof SHOWN) =>
      redis.client.call('CONFIG', 'SET', ...filesOf(name).flat().map(String)),
    /** So that the next connection is made. */
    cut: () => redis.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'),
    open: (): Watched => {
      const tlsFiles = { ca, cert: join(folder, 'good.pem'), key: join(folder, 'good.key') };
      const watched = watchStore({ ...locationOf(`rediss://127.0.0.1:${port}`), tlsFiles });
      onTestFinished(watched.store.close);
      return watched;
    },
  };
}

it.each<[what: string, shown: keyof typeof SHOWN, code: string]>([
  ['has expired', 'expired', 'CERT_HAS_EXPIRED'],
  ['is of another host', 'elsewhere', 'ERR_TLS_CERT_ALTNAME_INVALID'],
])('RDS-28 a server whose certificate %s is none, until it shows another one', async (_, shown, code) => {
  const { trust, rotate, open } = await setUp(shown);
  await trust(ALL);
  const { store, next } = open();
  expect(await next('down')).toBe(code);
  await expect(store.findRow('default', sessionOf().id)).rejects.toThrow(CannotTell);
  const up = next('up');
  await rotate('good');
  await up;
  expect(await store.findRow('default', sessionOf().id)).toBeUndefined();
});

it('RDS-28 a certificate that nobody vouches for is none, until the file of the authorities has its own', async () => {
  const { trust, open } = await setUp('good');
  await trust(SHOWN.elsewhere.cert);
  const { next } = open();
  expect(await next('down')).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  const up = next('up');
  await trust(SHOWN.good.cert);
  await up;
});

it('RDS-28 a file that is half written leaves what was read before, and the next whole one counts', async () => {
  const { trust, cut, open } = await setUp('good');
  await trust(SHOWN.good.cert);
  const { next } = open();
  await next('up');
  await trust(SHOWN.good.cert.slice(0, 200));
  const again = next('up');
  await cut();
  await again;
  await trust(SHOWN.elsewhere.cert);
  const untrusted = next('down');
  await cut();
  await untrusted;
  const mended = next('up');
  await trust(SHOWN.good.cert);
  await mended;
});

it('RDS-28 files that cannot be read at the start are told of', async () => {
  const { trust, open } = await setUp('good');
  expect(open).toThrow(/the files of "storeTls" can't be used: .*ca\.pem/);
  await trust('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----');
  expect(open).toThrow(`the files of "storeTls" can't be used`);
});
