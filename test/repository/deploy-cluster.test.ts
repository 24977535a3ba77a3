import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { PASSED_ON, SITE_POLICIES } from '../support/site.ts';

const DEPLOY = join(import.meta.dirname, '../../deploy');
const read = (path: string) => readFileSync(join(DEPLOY, path), 'utf8');
const documents = (path: string): unknown[] => parseAllDocuments(read(path)).map((found) => found.toJS());

const LOWER = PASSED_ON.map((name) => name.toLowerCase());
const POLICIES = Object.keys(SITE_POLICIES);

/** The policies that a file names, in the dialect of its proxy. */
const policiesIn = (path: string, dialect: string) =>
  [...read(path).matchAll(new RegExp(`/${dialect}/([a-z]+)`, 'g'))].map(([, name]) => name ?? '');

const ofKind = (path: string, kind: string) =>
  documents(path).filter((found) => z.looseObject({ kind: z.string() }).parse(found).kind === kind);

describe('what can be told of configurations that do not run here', () => {
  it('nothing fails open, and no policy is named that the site does not have', () => {
    const files = globSync('{traefik,envoy,envoy-gateway,istio,ingress-nginx}/*.yaml', { cwd: DEPLOY });
    expect(files).toHaveLength(8);
    for (const file of files) {
      expect(read(file)).not.toMatch(/(failOpen|failure_mode_allow|insecure|trustForwardHeader): '?true/);
      const named = ['auth-request', 'forward-auth', 'ext-authz'].flatMap((name) => policiesIn(file, name));
      expect(named.filter((name) => !POLICIES.includes(name))).toEqual([]);
    }
  });

  it.each([
    ['traefik/dynamic.yaml', 'forward-auth'],
    ['envoy/envoy.yaml', 'ext-authz'],
    ['envoy-gateway/site.yaml', 'ext-authz'],
    ['istio/mesh.yaml', 'ext-authz'],
    ['ingress-nginx/ingress.yaml', 'auth-request'],
  ])('%s asks for every policy of the site', (file, dialect) => {
    expect(new Set(policiesIn(file, dialect))).toEqual(new Set(POLICIES));
  });
});

describe('deploy/envoy', () => {
  const text = read('envoy/envoy.yaml');

  it('HDR-01 passes on every identity header', () => {
    const listed = text.slice(
      text.indexOf('allowed_upstream_headers:'),
      text.indexOf('allowed_client_headers:'),
    );
    const names = [...listed.matchAll(/^\s+- \{ exact: (\S+) \}$/gm)].map(([, name]) => name);
    expect(names).toEqual([...LOWER, 'cookie']);
  });

  it('a route switches off the checks of other policies, and never its own', () => {
    const routes = text.slice(text.indexOf('routes:'), text.indexOf('local_reply_config'));
    const off = routes
      .split('- match:')
      .map((route) => [...route.matchAll(/postern\.(\w+):/g)].map(([, name]) => name));
    expect(off).toEqual([
      [],
      ['default', 'orders', 'open'],
      ['default', 'open'],
      ['default', 'orders'],
      ['orders', 'open'],
    ]);
    expect(routes.split('- match:')[1]).toContain('direct_response: { status: 400 }');
  });

  it('PRX-03 waits 2 s, and asks three checks alike', () => {
    expect(text.match(/timeout: 2s/g)).toHaveLength(1);
    for (const part of [
      'server_uri: *server',
      'authorization_response: *response',
      'allowed_headers: *asked',
    ])
      expect(text.split(part)).toHaveLength(POLICIES.length);
    expect(text.match(/failure_mode_allow: false/g)).toHaveLength(POLICIES.length);
    expect(text.match(/status_on_error: \{ code: ServiceUnavailable \}/g)).toHaveLength(POLICIES.length);
  });
});

describe('deploy/envoy-gateway', () => {
  const policy = z.looseObject({
    spec: z.looseObject({
      targetRefs: z.array(z.looseObject({ name: z.string() })),
      extAuth: z.strictObject({
        failOpen: z.literal(false),
        timeout: z.literal('2s'),
        headersToExtAuth: z.array(z.string()),
        http: z.looseObject({ headersToBackend: z.array(z.string()) }),
      }),
    }),
  });

  it('HDR-01 every route has a check, which passes on every identity header', () => {
    const checks = ofKind('envoy-gateway/site.yaml', 'SecurityPolicy').map(
      (found) => policy.parse(found).spec,
    );
    const routes = ofKind('envoy-gateway/site.yaml', 'HTTPRoute').map(
      (found) => z.looseObject({ metadata: z.object({ name: z.string() }) }).parse(found).metadata.name,
    );
    expect(checks.flatMap(({ targetRefs }) => targetRefs.map(({ name }) => name))).toEqual(routes);
    for (const { extAuth } of checks) expect(extAuth.http.headersToBackend).toEqual(LOWER);
  });

  it('HDR-05 what the client sends is removed before the check, and not after', () => {
    const strip = read('envoy-gateway/site.yaml').split('---')[0] ?? '';
    for (const name of LOWER) expect(strip).toContain(`- ${name}\n`);
    expect(strip).toContain('withUnderscoresAction: DropHeader');
    expect(read('envoy-gateway/site.yaml')).not.toContain('RequestHeaderModifier');
  });
});

describe('deploy/istio', () => {
  const provider = z.object({
    name: z.string(),
    envoyExtAuthzHttp: z.looseObject({
      timeout: z.literal('2s'),
      failOpen: z.literal(false),
      statusOnError: z.literal('503'),
      headersToUpstreamOnAllow: z.array(z.string()),
    }),
  });
  const mesh = z.looseObject({
    spec: z.object({ meshConfig: z.looseObject({ extensionProviders: z.array(provider) }) }),
  });
  const { extensionProviders } = mesh.parse(parse(read('istio/mesh.yaml'))).spec.meshConfig;

  it('HDR-01 every provider passes on every identity header, and the gateway strips them', () => {
    for (const { envoyExtAuthzHttp } of extensionProviders)
      expect(envoyExtAuthzHttp.headersToUpstreamOnAllow).toEqual(LOWER);
    for (const name of LOWER) expect(read('istio/site.yaml')).toContain(`- ${name}\n`);
    expect(read('istio/site.yaml').match(/headers: [&*]strip/g)).toHaveLength(POLICIES.length);
  });

  it('every workload asks a provider that is there, for every request', () => {
    const policy = z.looseObject({
      spec: z.looseObject({
        action: z.literal('CUSTOM'),
        provider: z.object({ name: z.enum(extensionProviders.map(({ name }) => name)) }),
        rules: z.tuple([z.strictObject({})]),
      }),
    });
    const policies = ofKind('istio/site.yaml', 'AuthorizationPolicy').map((found) => policy.parse(found));
    expect(policies).toHaveLength(POLICIES.length);
  });
});

describe('deploy/ingress-nginx', () => {
  it('HDR-01 every host is checked, and passes on every identity header', () => {
    const ingress = z.looseObject({
      metadata: z.object({ name: z.string(), annotations: z.record(z.string(), z.string()) }),
    });
    for (const found of documents('ingress-nginx/ingress.yaml')) {
      const { annotations } = ingress.parse(found).metadata;
      const at = (name: string) => annotations[`nginx.ingress.kubernetes.io/${name}`];
      expect(at('auth-url')).toMatch(/:4180\/auth-request\/[a-z]+$/);
      expect(at('auth-response-headers')?.split(',')).toEqual(PASSED_ON);
      expect(Object.keys(annotations).filter((name) => /snippet|cache/.test(name))).toEqual([]);
    }
  });
});
