import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadSettings } from '../../src/config/load.ts';
import { IDENTITY_HEADER_NAMES } from '../../src/proxy/presets.ts';
import { PASSED_ON, SITE_POLICIES } from '../support/site.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

describe('deploy/compose', () => {
  const compose = parse(read('deploy/compose/compose.yaml'));

  it('gives Postern settings that it takes, and policies that the site names', () => {
    const { POSTERN_CONFIG, ...environment } = compose.services.postern.environment;
    expect(POSTERN_CONFIG).toBe('/etc/postern/postern.yaml');
    const given = { ...environment, POSTERN_ADMIN_TOKEN: 'x'.repeat(32) };
    const loaded = loadSettings(join(ROOT, 'deploy/compose/postern.yaml'), given);
    expect(loaded).toMatchObject({ ok: true });
    const policies = loaded.ok ? Object.keys(loaded.settings.policies) : [];
    expect(policies).toEqual(Object.keys(SITE_POLICIES));
  });

  it('mounts files that are there, and an address for each that the site includes', () => {
    const mounts: string[] = Object.values(compose.services).flatMap(
      (service) => Object(service).volumes ?? [],
    );
    const folder = join(ROOT, 'deploy/compose');
    for (const path of mounts
      .map((mount) => mount.split(':')[0] ?? '')
      .filter((path) => path.startsWith('.'))) {
      expect(() => readdirSync(join(folder, path, '..'))).not.toThrow();
      expect(globSync(join(folder, path))).toHaveLength(1);
    }
    expect(readdirSync(join(folder, 'addresses'))).toEqual(
      readdirSync(join(ROOT, 'deploy/nginx/postern/addresses')),
    );
  });
});

describe('deploy/postern.yaml', () => {
  it('has the policies that every site of the folder names', () => {
    const loaded = loadSettings(join(ROOT, 'deploy/postern.yaml'), {});
    expect(loaded).toMatchObject({ ok: true });
    expect(loaded.ok && Object.keys(loaded.settings.policies)).toEqual(Object.keys(SITE_POLICIES));
  });
});

describe('deploy/nginx', () => {
  it('HDR-01 sets every identity header from the answer', () => {
    const identity = read('deploy/nginx/postern/identity.conf');
    const forwarded = [...identity.matchAll(/^proxy_set_header (X-Auth-\S+) \$(\S+);$/gm)];
    expect(forwarded.map(([, name]) => name)).toEqual(PASSED_ON);
    for (const [, name = '', variable] of forwarded) {
      const upstream = name.toLowerCase().replaceAll('-', '_');
      expect(identity).toContain(`auth_request_set $${variable} $upstream_http_${upstream};`);
    }
  });
});

describe('deploy/caddy', () => {
  it('HDR-01 sets every identity header from the answer', () => {
    const identity = read('deploy/caddy/postern/identity.caddy');
    const forwarded = [...identity.matchAll(/^request_header @(\S+) (X-Auth-\S+) \{http\.vars\.(\S+)\}$/gm)];
    expect(forwarded.map(([, , name]) => name)).toEqual(PASSED_ON);
    for (const [, matcher = '', name, variable = ''] of forwarded) {
      expect(identity).toContain(`\t${variable} {http.reverse_proxy.header.${name}}\n`);
      expect(identity).toContain(`@${matcher} not vars ${variable} ""\n`);
    }
  });
});

describe('deploy/haproxy', () => {
  it('HDR-01 sets every identity header from the answer', () => {
    const [, list = ''] = read('deploy/haproxy/postern.lua').match(/IDENTITY = \{([^}]*)\}/) ?? [];
    const names = [...list.matchAll(/"([^"]+)"/g)].map(([, name]) => name);
    expect(names).toEqual(PASSED_ON.map((name) => name.toLowerCase()));
  });
});

describe('the README', () => {
  it('has a row for every identity header', () => {
    const rows = [...read('README.md').matchAll(/^\| `(X-Auth-\S+)` \|/gm)];
    expect(rows.map(([, name]) => name)).toEqual(IDENTITY_HEADER_NAMES);
  });
});
