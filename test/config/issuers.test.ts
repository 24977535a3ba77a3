import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-issuers-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function load(text: string, environment: Record<string, string> = {}) {
  const path = join(folder, `${crypto.randomUUID()}.yaml`);
  await writeFile(path, text);
  const loaded = loadSettings(path, environment);
  return loaded.ok
    ? { issuers: loaded.settings.issuers, problems: [] }
    : { issuers: [], problems: loaded.problems.map((problem) => problem.replace(path, 'FILE')) };
}

describe('the foreign issuers', () => {
  it('are none without a word', async () => {
    expect((await load('')).issuers).toEqual([]);
  });

  it('need an issuer and an audience, and have the rest by default', async () => {
    const { issuers } = await load('issuers: [{ issuer: https://issuer.example/oidc, audience: api }]');
    expect(issuers).toEqual([
      {
        issuer: 'https://issuer.example/oidc',
        audience: 'api',
        tenant: 'default',
        algorithms: ['RS256'],
        typ: ['at+jwt', 'jwt'],
        maxTokenSeconds: 86_400,
        subjectType: 'user',
        bearerPair: false,
        claims: { subject: 'sub', scope: 'scope', roles: 'roles', email: 'email', name: 'name' },
      },
    ]);
  });

  it('are as the file says', async () => {
    const { issuers } = await load(`
tenants: { default: {}, acme: {} }
issuers:
  - issuer: http://localhost:8080/
    jwksUri: http://localhost:8080/keys
    tenant: acme
    audience: api
    algorithms: [ES384, EdDSA]
    typ: [none]
    maxTokenSeconds: 600
    subjectType: client
    bearerPair: true
    claims: { roles: groups }
`);
    expect(issuers).toMatchObject([
      {
        issuer: 'http://localhost:8080/',
        tenant: 'acme',
        typ: ['none'],
        claims: { roles: 'groups', subject: 'sub' },
      },
    ]);
  });

  it('are not set by the environment', async () => {
    const { problems } = await load('', { POSTERN_ISSUERS: 'https://issuer.example' });
    expect(problems).toEqual(['POSTERN_ISSUERS: no such setting']);
  });
});

describe('what is wrong with a foreign issuer', () => {
  it('is told all at once, each with its place', async () => {
    const { problems } = await load(`
tenants: { default: {}, acme: {} }
issuers:
  - issuer: https://issuer.example
    audence: api
    audience: api
  - issuer: https://other.example
    tenant: acm
    claims: { role: groups }
  - { issuer: https://issuer.example, audience: api, tenant: nowhere-near }
`);
    expect(problems.toSorted()).toEqual(
      [
        'FILE:5:5: issuers.0.audence: no such setting; did you mean audience?',
        'FILE:7:5: issuers.1.audience: Invalid input: expected string, received undefined',
        'FILE:8:5: issuers.1.tenant: there is no tenant "acm"; did you mean acme?',
        'FILE:9:15: issuers.1.claims.role: no such setting; did you mean roles?',
        'FILE:10:54: issuers.2.tenant: there is no tenant "nowhere-near"; name it under tenants',
      ].toSorted(),
    );
  });

  it('is that it is named twice', async () => {
    const { problems } = await load(`
issuers:
  - { issuer: https://issuer.example, audience: api }
  - { issuer: https://issuer.example, audience: other }
`);
    expect(problems).toEqual(['FILE:4:7: issuers.1.issuer: this issuer is there already']);
  });

  it.each([
    'issuer.example',
    '/oidc',
    'file:///etc/passwd',
    'https://issuer.example?a=b',
    'https://issuer.example/#a',
    'https://user:word@issuer.example',
    'https://user@issuer.example',
    'https://',
    'HTTPS://issuer.example',
    ' https://issuer.example',
    'https://issuer.example/a b',
  ])('is no URL of one: %j', async (issuer) => {
    const { problems } = await load(`issuers: [{ issuer: '${issuer}', audience: api }]`);
    expect(problems).toEqual([expect.stringContaining('issuers.0.issuer: must be an http or https URL')]);
    const withKeys = await load(
      `issuers: [{ issuer: https://issuer.example, audience: api, jwksUri: '${issuer}' }]`,
    );
    expect(withKeys.problems).toEqual([expect.stringContaining('issuers.0.jwksUri: must be an http')]);
  });

  it('is that its keys come over http and it does not', async () => {
    const keys = 'jwksUri: http://issuer.example/keys';
    const { problems } = await load(`issuers: [{ issuer: https://issuer.example, audience: api, ${keys} }]`);
    expect(problems).toEqual([expect.stringContaining('issuers.0.jwksUri: must be https, as the issuer is')]);
    expect((await load(`issuers: [{ issuer: http://a.example, audience: api, ${keys} }]`)).problems).toEqual(
      [],
    );
  });

  it.each([
    'algorithms: [HS256]',
    'algorithms: [none]',
    'algorithms: []',
    'audience: ""',
    'typ: []',
    'typ: [""]',
    'maxTokenSeconds: 0',
    'subjectType: machine',
    'claims: { subject: "" }',
  ])('JWT-03 is a value that it can not have: %s', async (text) => {
    const rest = text.startsWith('audience') ? '' : 'audience: api, ';
    const { problems } = await load(`issuers: [{ issuer: https://issuer.example, ${rest}${text} }]`);
    expect(problems).toEqual([expect.stringContaining(`issuers.0.${text.split(':')[0]}`)]);
  });

  it.each(['3', '{}', '[3]', '[null]'])('is another shape: %s', async (text) => {
    expect((await load(`issuers: ${text}`)).problems).not.toEqual([]);
  });
});
