import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAsSafeAs } from '../../../../src/oauth/jwt/foreign/location.ts';
import { type KeyHost, startKeyHost } from '../../../support/key-host.ts';
import { keysOf } from '../../../support/keys-under-test.ts';
import { createSigner } from '../../../support/tokens.ts';

const { jwk } = createSigner('ES256', 'a');
const DISCOVERY = '/.well-known/openid-configuration';

let host: KeyHost;
beforeAll(async () => {
  host = await startKeyHost();
});
afterAll(() => host.close());

const source = () => ({ issuer: host.url, jwksUri: `${host.url}/keys`, algorithms: ['ES256'] as const });
const answer =
  (text: string | Uint8Array, status = 200, headers = {}): RequestListener =>
  (_, response) =>
    void response.writeHead(status, headers).end(text);
const padded = (length: number) => {
  const text = JSON.stringify({ keys: [jwk] });
  return text + ' '.repeat(length - text.length);
};

describe('JWT-20 what an issuer answers instead of its keys', () => {
  it.each<[string, string, RequestListener]>([
    ['500', 'answered 500', answer(padded(500), 500)],
    ['404', 'answered 404', answer(padded(500), 404)],
    ['204', 'answered 204', answer('', 204)],
    ['203 from a proxy', 'answered 203', answer(padded(500), 203)],
    ['a page', 'no JSON', answer('<html>', 200, { 'Content-Type': 'text/html' })],
    ['nothing', 'no JSON', answer('')],
    ['other JSON', 'no JWK set', answer('[]')],
    ['null', 'no JWK set', answer('null')],
    ['a set that is none', 'no JWK set', answer('{"keys":{"0":{}}}')],
    ['an empty set', 'no key among them', answer('{"keys":[]}')],
    ['a set of secrets', 'no key among them', answer('{"keys":[{"kty":"oct","k":"AA","alg":"HS256"}]}')],
    ['64 KiB and a byte', 'more than 65536 bytes', answer(padded(65_537))],
    [
      'a little that unpacks to much',
      'more than 65536 bytes',
      answer(gzipSync(padded(10_000_000)), 200, { 'Content-Encoding': 'gzip' }),
    ],
    ['half an answer', '', (_, response) => void response.write('{', () => response.destroy())],
    ['an end of the connection', '', ({ socket }) => void socket.destroy()],
  ])('%s is a fetch that failed, and leaves the keys that were known', async (_, reason, listener) => {
    host.answerWith(listener);
    const keys = keysOf(source());
    await expect(keys.kidOf('a')).rejects.toMatchObject({ doubt: 'issuer_unavailable' });
    expect(keys.lastFailure()).toContain(reason);
    host.serve({ '/keys': { keys: [jwk] } });
    keys.advance(31);
    expect(await keys.kidOf('a')).toBe('a');
    host.answerWith(listener);
    keys.advance(301);
    expect(await keys.kidOf('a')).toBe('a');
    await keys.failed(2);
    expect(await keys.kidOf('a')).toBe('a');
  });

  it('10 MB are not read to their end', async () => {
    const closed = Promise.withResolvers<boolean>();
    host.answerWith((_, response) => {
      response.on('close', () => closed.resolve(response.writableFinished));
      response.write('{"keys":[');
      const more = () => {
        while (!response.destroyed && response.write(' '.repeat(16_384)));
      };
      response.on('drain', more);
      more();
    });
    const keys = keysOf(source());
    await expect(keys.kidOf('a')).rejects.toMatchObject({ doubt: 'issuer_unavailable' });
    expect(keys.lastFailure()).toContain('more than 65536 bytes');
    expect(await closed.promise).toBe(false);
  });

  it.each<[string, RequestListener]>([
    ['no answer', () => undefined],
    ['a head and no body', (_, response) => void response.write('{')],
  ])('%s is waited for until the time is over', async (_, listener) => {
    host.answerWith(listener);
    const keys = keysOf(source(), { timeoutMilliseconds: 50 });
    await expect(keys.kidOf('a')).rejects.toMatchObject({ doubt: 'issuer_unavailable' });
    expect(keys.lastFailure()).toContain('timeout');
  });

  it('a redirect is not followed, wherever it leads', async () => {
    const elsewhere = await startKeyHost();
    elsewhere.serve({ '/keys': { keys: [jwk] } });
    for (const location of [`${elsewhere.url}/keys`, 'http://169.254.169.254/latest/meta-data']) {
      host.answerWith(answer('', 302, { Location: location }));
      const keys = keysOf(source());
      await expect(keys.kidOf('a')).rejects.toMatchObject({ doubt: 'issuer_unavailable' });
      expect(keys.lastFailure()).toContain('redirect');
    }
    expect(elsewhere.asked).toEqual([]);
    await elsewhere.close();
  });

  it('64 KiB of JSON are read, whatever they are called', async () => {
    host.answerWith(answer(padded(65_536), 200, { 'Content-Type': 'application/octet-stream' }));
    expect(await keysOf(source()).kidOf('a')).toBe('a');
  });
});

describe('an issuer that says itself where its keys are', () => {
  const discovered = (issuer: string) => ({ issuer, algorithms: ['ES256'] as const });

  it('is asked for it, below a path and with a slash behind it too', async () => {
    for (const path of ['', '/oidc', '/oidc/']) {
      const issuer = host.url + path;
      const place = `${path.replace(/\/$/, '')}${DISCOVERY}`;
      host.serve({ [place]: { issuer, jwks_uri: `${host.url}/moved` }, '/moved': { keys: [jwk] } });
      expect(await keysOf(discovered(issuer)).kidOf('a')).toBe('a');
    }
  });

  it('may move them', async () => {
    const { url } = host;
    host.serve({ [DISCOVERY]: { issuer: url, jwks_uri: `${url}/keys` }, '/keys': { keys: [jwk] } });
    const keys = keysOf(discovered(url));
    await keys.kidOf('a');
    host.serve({ [DISCOVERY]: { issuer: url, jwks_uri: `${url}/moved` }, '/moved': { keys: [jwk] } });
    keys.advance(86_401);
    expect(await keys.kidOf('a')).toBe('a');
  });

  it.each([
    ['another issuer', { issuer: 'https://other.example' }],
    ['a slash more', { issuer: 'SELF/' }],
    ['no issuer', { issuer: undefined }],
    ['a list', { issuer: ['SELF'] }],
    ['no jwks_uri', { jwks_uri: undefined }],
    ['a list of them', { jwks_uri: ['SELF/keys'] }],
    ['a relative jwks_uri', { jwks_uri: '/keys' }],
    ['a file', { jwks_uri: 'file:///etc/passwd' }],
    ['data', { jwks_uri: `data:application/json,${JSON.stringify({ keys: [jwk] })}` }],
  ])('is not believed where it names %s', async (_, changes) => {
    const good = { issuer: 'SELF', jwks_uri: 'SELF/keys', ...changes };
    const text = JSON.stringify(good).replaceAll('SELF', host.url);
    host.serve({ [DISCOVERY]: JSON.parse(text), '/keys': { keys: [jwk] } });
    const keys = keysOf(discovered(host.url));
    await expect(keys.kidOf('a')).rejects.toMatchObject({ doubt: 'issuer_unavailable' });
    expect(keys.requests()).toBe(1);
  });

  it('may name http only where it is http itself', () => {
    expect(isAsSafeAs('https://issuer.example', 'https://keys.example')).toBe(true);
    expect(isAsSafeAs('https://issuer.example', 'http://keys.example')).toBe(false);
    expect(isAsSafeAs('http://issuer.example', 'http://keys.example')).toBe(true);
    expect(isAsSafeAs('http://issuer.example', 'ftp://keys.example')).toBe(false);
  });
});
