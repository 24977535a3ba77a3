import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../src/registry/ports.ts';
import { type Call, describedCalls } from '../support/described.ts';
import { getToken, registerApplication } from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
let call: Call;
beforeAll(async () => {
  postern = await startInProcess();
  call = await describedCalls(postern.ports);
});
afterAll(() => postern.close());

const newest = async (): Promise<AuditEntry> => (await call('GET', '/audit?limit=1')).json.entries[0];

type Step = readonly [action: string, method: string, path: string, body?: object];

/** One call of every kind that changes something, on what the calls before made. */
async function steps(): Promise<readonly Step[]> {
  const { clientId } = await registerApplication(postern.ports);
  const [resource, role] = [
    (await call('POST', '/resources', { name: 'r', indicator: 'urn:r' })).json.id,
    (await call('POST', '/roles', { name: 'r' })).json.id,
  ];
  const application = `/applications/${clientId}`;
  return [
    ['application.create', 'POST', '/applications', { name: 'x' }],
    ['application.change', 'PUT', application, { name: 'y' }],
    ['application.scopes', 'PUT', `${application}/scopes`, { scopes: ['own'] }],
    ['application.grants', 'PUT', `${application}/grants`, { grants: [{ resource: 'urn:r', scopes: [] }] }],
    ['application.roles', 'PUT', `${application}/roles`, { roles: { ids: [role] } }],
    ['secret.create', 'POST', `${application}/secrets`, { name: 'second' }],
    ['secret.delete', 'DELETE', `${application}/secrets/second`],
    ['secret.rotate', 'POST', `${application}/secrets/rotate`],
    ['application.delete', 'DELETE', application],
    ['role.create', 'POST', '/roles', { name: 's' }],
    ['role.change', 'PUT', `/roles/${role}`, { name: 't' }],
    ['role.delete', 'DELETE', `/roles/${role}`],
    ['resource.create', 'POST', '/resources', { name: 's', indicator: 'urn:s' }],
    ['resource.change', 'PATCH', `/resources/${resource}`, { restricted: true }],
    ['scope.create', 'POST', `/resources/${resource}/scopes`, { name: 'a' }],
    ['scope.delete', 'DELETE', `/resources/${resource}/scopes/a`],
    ['resource.delete', 'DELETE', `/resources/${resource}`],
    ['tokens.change', 'PUT', '/config/tokens', { access: { expires_in: 600 } }],
    ['key.rotate', 'POST', '/keys/rotate', { force: true }],
  ];
}

describe('ADM-18 the audit trail', () => {
  it('has one entry for every write, with who, what, when, before and after', async () => {
    const seen = new Set<string>();
    await getToken(postern.ports, await registerApplication(postern.ports));
    for (const [action, method, path, body] of await steps()) {
      const last = await newest();
      expect([action, (await call(method, path, body)).status < 300]).toEqual([action, true]);
      const [entry, before] = (await call('GET', '/audit?limit=2')).json.entries;
      expect(before).toEqual(last);
      expect(entry).toMatchObject({ action, actor: 'admin', target: expect.stringMatching(/./) });
      expect(entry.at).toBeGreaterThanOrEqual(last.at);
      seen.add(entry.id);
      const [wasThere, isThere] = [
        !action.endsWith('.create') || nested(action),
        !action.endsWith('.delete') || nested(action),
      ];
      expect([action, 'before' in entry, 'after' in entry]).toEqual([action, wasThere, isThere]);
      expect(JSON.stringify(entry.before)).not.toBe(JSON.stringify(entry.after));
    }
    expect(seen.size).toBe(19);
  });

  it('shows what was before and after, and not what else there is', async () => {
    const { clientId } = await registerApplication(postern.ports, { name: 'old' });
    await registerApplication(postern.ports, { name: 'unrelated' });
    await call('PUT', `/applications/${clientId}`, { name: 'new' });
    const entry = await newest();
    expect(entry).toMatchObject({ target: clientId, before: { name: 'old' }, after: { name: 'new' } });
    expect(JSON.stringify(entry)).not.toContain('unrelated');
  });

  it('has none for what was refused, and none for reading', async () => {
    const before = await newest();
    await call('POST', '/applications', { name: '' });
    await call('DELETE', '/roles/nothing');
    await call('DELETE', '/resources/management-api');
    await call('GET', '/applications');
    expect(await newest()).toEqual(before);
  });

  it('comes in pages, newest first, without a gap', async () => {
    const all: AuditEntry[] = (await call('GET', '/audit')).json.entries;
    expect(all.length).toBeGreaterThan(10);
    const paged: AuditEntry[] = [];
    let page = (await call('GET', '/audit/?limit=7')).json;
    for (
      ;
      page.cursor !== undefined;
      page = (await call('GET', `/audit?limit=7&cursor=${page.cursor}`)).json
    ) {
      expect(page.entries).toHaveLength(7);
      paged.push(...page.entries);
    }
    expect([...paged, ...page.entries]).toEqual(all);
    expect(all.map(({ at }) => at)).toEqual(all.map(({ at }) => at).toSorted((a, b) => b - a));
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'cursor=x', 'cursor=-1', 'limit=1&limit=2', 'tenant=acme'])(
    'takes no %s',
    async (query) => {
      expect((await call('GET', `/audit?${query}`)).status).toBe(400);
    },
  );
});

describe('ADM-17 the audit trail and the lists', () => {
  it('hold no secret, no digest of one, and no private key', async () => {
    const client = await registerApplication(postern.ports);
    const path = `/applications/${client.clientId}/secrets`;
    const second = (await call('POST', path, { name: 'second' })).json.secret;
    const third = (await call('POST', `${path}/rotate`, { graceSeconds: 60 })).json.secret;
    const token = await getToken(postern.ports, { ...client, secret: third });
    const lists = ['/audit', '/applications', path, '/keys', '/resources'];
    const shown = (await Promise.all(lists.map((list) => call('GET', list))))
      .map(({ body }) => body)
      .join('\n');
    for (const secret of [client.secret, second, third, token]) expect(shown).not.toContain(secret);
    expect(shown).not.toMatch(/"(?:digest|sealed|d|privateKey)":/);
    expect(shown).toContain('rotated-');
  });
});

/** A secret and a scope are shown within what they belong to, which is there before and after. */
function nested(action: string): boolean {
  return action.startsWith('secret.') || action.startsWith('scope.');
}
