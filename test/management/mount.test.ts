import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createAdminApp } from '../../src/management/admin.ts';
import type { ManagedEvent } from '../../src/management/mount.ts';
import { Problem } from '../../src/management/problems.ts';
import { type Route, route } from '../../src/management/route.ts';

const named = (method: Route['method'], path: string) =>
  route({
    method,
    path,
    operation: `${method} ${path}`,
    summary: '',
    answers: [{ status: 200, description: '' }],
    handle: async ({ params }) => ({ status: 200, body: { took: `${method} ${path}`, params } }),
  });

function serve(routes: readonly Route[]) {
  const events: ManagedEvent[] = [];
  const reports: unknown[] = [];
  const app = createAdminApp({
    tenants: new Set(['default']),
    authenticate: async () => 'admin',
    routes,
    readiness: async () => ({ ready: true, store: 'up', warnings: [] }),
    metrics: async () => ({ contentType: 'text/plain', text: '' }),
    observe: (event) => void events.push(event),
    report: (error) => void reports.push(error),
  });
  const ask = async (method: string, path: string, body?: string) =>
    app.request(`/management/v4/default${path}`, {
      method,
      headers: { 'Content-Type': 'application/json' },
      ...(body !== undefined && { body }),
    });
  return { ask, events, reports };
}

describe('two routes that fit one path', () => {
  const { ask } = serve([
    named('GET', '/secrets/{name}'),
    named('DELETE', '/secrets/{name}'),
    named('POST', '/secrets/rotate'),
    named('GET', '/secrets/rotate'),
    named('GET', '/{kind}/{name}/first'),
    named('GET', '/{any}/rotate/first'),
  ]);

  it.each([
    ['GET', '/secrets/rotate', 'GET /secrets/rotate'],
    ['GET', '/secrets/rotated', 'GET /secrets/{name}'],
    ['DELETE', '/secrets/rotate', 'DELETE /secrets/{name}'],
    ['GET', '/x/rotate/first', 'GET /{any}/rotate/first'],
    ['GET', '/x/y/first', 'GET /{kind}/{name}/first'],
  ])('are told apart by what is said, not by their order: %s %s', async (method, path, took) => {
    const reply = await ask(method, path);
    expect([reply.status, await reply.json()]).toMatchObject([200, { took }]);
  });

  it('are both among the methods that the path takes', async () => {
    expect((await ask('PUT', '/secrets/rotate')).headers.get('Allow')).toBe('GET, HEAD, POST, DELETE');
    expect((await ask('POST', '/secrets/other')).headers.get('Allow')).toBe('GET, HEAD, DELETE');
  });
});

describe('a route', () => {
  const put = route({
    method: 'PUT',
    path: '/things/{kind}/{name}',
    operation: 'putThing',
    summary: '',
    body: z.strictObject({ size: z.int().transform((size) => size * 2) }),
    query: z.strictObject({ dry: z.stringbool().optional() }),
    answers: [{ status: 201, description: '' }],
    handle: async ({ tenant, actor, params: { kind, name }, body: { size }, query: { dry } }) => {
      if (size > 100) throw new Problem(422, 'Unprocessable Content', 'Too large.');
      if (size < 0) throw new Error('broken');
      const body = { tenant, actor, kind, name, size, dry };
      return { status: 201, body, headers: { Location: '/there' } };
    },
  });

  it('gets what was checked, as the schemas make it, and its reply is what is sent', async () => {
    const { ask } = serve([put]);
    const reply = await ask('PUT', '/things/a%2Fb/%C3%A9?dry=true', '{"size":4}');
    expect([reply.status, reply.headers.get('Location')]).toEqual([201, '/there']);
    expect(reply.headers.get('Content-Type')).toBe('application/json');
    expect(await reply.json()).toEqual({
      tenant: 'default',
      actor: 'admin',
      kind: 'a/b',
      name: 'é',
      size: 8,
      dry: true,
    });
  });

  it('that writes is told of once, however it ends; one that reads is not', async () => {
    const { ask, events, reports } = serve([put, named('GET', '/things')]);
    const bodies = ['{"size":1}', '{"size":60}', '{"size":-1}', '{"size":"1"}', `"${'x'.repeat(70_000)}"`];
    for (const body of bodies) await ask('PUT', '/things/a/b', body);
    await ask('GET', '/things');
    await ask('DELETE', '/things');
    const event = { actor: 'admin', operation: 'putThing', tenant: 'default' };
    expect(events).toEqual([201, 422, 500, 400, 413].map((status) => ({ ...event, status })));
    expect(reports).toHaveLength(1);
  });
});
