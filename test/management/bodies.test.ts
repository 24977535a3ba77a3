import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { composeManagement, pathTo, rowsOf } from '../support/management.ts';

const { ask, routes, calls, events, close } = composeManagement();
const taking = rowsOf(routes.filter(({ body }) => body !== undefined));

beforeEach(() => {
  calls.length = 0;
  events.length = 0;
});
afterAll(close);

it('there are routes that take a body', () => {
  expect(taking.length).toBeGreaterThan(1);
});

describe('ADM-03 what a page of another site can send is refused, and nothing is done', () => {
  it.each(taking)('%s', async (_, route) => {
    const types = [
      'application/x-www-form-urlencoded',
      'Application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/plain',
      'text/plain; application/json',
      'text/plain, application/json',
      'application/jsonp',
      '',
    ];
    for (const type of types) {
      const body = new TextEncoder().encode('{"subject":"ada"}');
      const reply = await ask(route.method, pathTo(route), body, { 'Content-Type': type });
      expect([type, reply.status]).toEqual([type, 415]);
    }
    expect(calls).toEqual([]);
    expect(events.map(({ status }) => status)).toEqual(types.map(() => 415));
  });
});

describe('ADM-11 a member that nobody knows is refused by its name, and nothing is done', () => {
  it.each(taking)('%s', async (_, route) => {
    for (const name of ['__proto__', 'constructor', 'prototype', 'tenantId', 'isAdmin']) {
      const reply = await ask(route.method, pathTo(route), `{"${name}":{"isAdmin":true}}`);
      const text = await reply.text();
      expect([name, reply.status]).toEqual([name, 400]);
      expect(text).toMatch(name === '__proto__' ? 'named __proto__' : `Unrecognized key: \\"${name}\\"`);
    }
    expect(calls).toEqual([]);
    expect(Object.prototype).not.toHaveProperty('isAdmin');
  });
});

describe('ADM-11 nor is one that nobody knows taken deeper inside', () => {
  const application = '/applications/f4a1';
  it.each([
    ['PUT', `${application}/grants`, '{"grants":[{"resource":"urn:a","scopes":[],"NAME":1}]}'],
    ['PUT', `${application}/roles`, '{"roles":{"ids":[],"NAME":1}}'],
    ['POST', '/applications', '{"name":"a","jwks":{"keys":[],"NAME":1}}'],
    ['PUT', application, '{"jwks":{"keys":[],"NAME":1}}'],
    ['POST', '/roles', '{"name":"a","access":[{"resource":"urn:a","scopes":[],"NAME":1}]}'],
    ['PUT', '/roles/r1', '{"name":"a","access":[{"application_id":"a","scopes":[],"NAME":1}]}'],
    ['PUT', '/config/tokens', '{"access":{"expires_in":60,"NAME":1}}'],
  ])('%s %s %s', async (method, path, body) => {
    for (const name of ['__proto__', 'constructor', 'isAdmin']) {
      const reply = await ask(method, `/management/v4/default${path}`, body.replace('NAME', name));
      expect([name, reply.status, await reply.text()]).toEqual([name, 400, expect.stringContaining(name)]);
    }
    expect(calls).toEqual([]);
  });
});

describe('a body that cannot be read', () => {
  it.each(taking)('is refused, and nothing is done: %s', async (_, route) => {
    for (const [body, status] of [
      ['{', 400],
      ['[]', 400],
      ['null', 400],
      ['"text"', 400],
      ['{} {}', 400],
      [`"${'x'.repeat(64 * 1024)}"`, 413],
    ] as const) {
      const reply = await ask(route.method, pathTo(route), body);
      expect([body.slice(0, 5), reply.status]).toEqual([body.slice(0, 5), status]);
    }
    expect(calls).toEqual([]);
  });
});
