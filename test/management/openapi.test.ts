import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { API } from '../../src/management/openapi.ts';
import { BASE } from '../../src/management/route.ts';
import { composeManagement, pathTo, rowsOf } from '../support/management.ts';

const { ask, routes, calls, close } = composeManagement();
afterAll(close);

type Schema = Parameters<typeof z.fromJSONSchema>[0];
type Parameter = { $ref?: string; name: string; in: string; required: boolean; schema: Schema };
type Content = { [type: string]: { schema: Schema } };
type Operation = {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { required: boolean; content: Content };
  responses: { [status: string]: { content?: Content } };
};
type Path = { parameters: Parameter[] } & { [method: string]: Operation };

/** As a client of the API gets it: without a token. */
let document: { openapi: string; info: object; paths: { [path: string]: Path }; components: object };
beforeAll(async () => {
  const reply = await ask('GET', '/openapi.json', undefined, { Authorization: '' });
  document = JSON.parse(await reply.text());
});

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

const operations = () =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ method: method.toUpperCase(), path, item, operation }];
    }),
  );

const operationOf = (id: string) => {
  const found = operations().find(({ operation }) => operation.operationId === id);
  if (found === undefined) throw new Error(`the document has no ${id}`);
  return found.operation;
};

/** Every object of a JSON value, itself included. */
const objectsIn = (value: unknown): { [name: string]: unknown }[] => {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  if (typeof value !== 'object' || value === null) return [];
  return [{ ...value }, ...Object.values(value).flatMap(objectsIn)];
};

const lookUp = (ref: string) =>
  ref
    .replace('#/', '')
    .split('/')
    .reduce<unknown>((node, name) => Object(node)[name], document);

describe('the OpenAPI document', () => {
  it('is of version 3.1, and of the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toEqual({ title: API.title, version });
  });

  it('has every route, and nothing else', () => {
    const described = operations().map(
      ({ method, path, operation }) => `${method} ${path} ${operation.operationId}`,
    );
    const served = routes.map(({ method, path, operation }) => `${method} ${BASE}${path} ${operation}`);
    expect(described.toSorted()).toEqual(served.toSorted());
    expect(served.length).toBeGreaterThan(5);
  });

  it('says each path once, whatever its parameters are called', () => {
    const shapes = Object.keys(document.paths).map((path) => path.replaceAll(/\{\w+\}/g, '{}'));
    expect(new Set(shapes).size).toBe(shapes.length);
  });

  it('names each operation once', () => {
    const names = operations().map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][A-Za-z]+$/);
  });

  it('refers to nothing that is not in it', () => {
    const refs = objectsIn(document).flatMap(({ $ref }) => (typeof $ref === 'string' ? [$ref] : []));
    expect(refs).toContain('#/components/responses/problem');
    for (const ref of refs) expect([ref, typeof lookUp(ref)]).toEqual([ref, 'object']);
  });

  it('declares every parameter of every path, and no other', () => {
    for (const [path, { parameters }] of Object.entries(document.paths)) {
      const declared = parameters.map(({ $ref, ...inline }) => ($ref === undefined ? inline : lookUp($ref)));
      const expected = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
        name,
        in: 'path',
        required: true,
      }));
      expect(declared).toMatchObject(expected);
      expect(declared).toHaveLength(expected.length);
    }
  });

  it('asks for a body where an absent one is refused', () => {
    expect(operationOf('createSession').requestBody?.required).toBe(true);
    expect(operationOf('rotateSession').requestBody?.required).toBe(false);
    expect(operationOf('revokeSession')).not.toHaveProperty('requestBody');
  });

  it('describes what is sent, and not what it becomes when it is read', () => {
    const sent = objectsIn(operationOf('createSession').requestBody).find(
      ({ subject }) => subject !== undefined,
    );
    expect(sent?.subject).toEqual({ type: 'string', minLength: 1, maxLength: 255 });
  });

  it('declares the query as strings, and says which are needed', () => {
    const said = operationOf('listSessions').parameters?.map(({ name, required, schema }) => [
      name,
      required,
      Object(schema).type,
    ]);
    expect(said).toEqual([
      ['subject', true, 'string'],
      ['cursor', false, 'string'],
      ['limit', false, 'string'],
    ]);
  });
});

const GARBAGE: readonly unknown[] = [
  {},
  [],
  null,
  true,
  1,
  'text',
  { garbage: true },
  { constructor: {} },
  { subject: {} },
  { name: [] },
];

describe('what the document refuses', () => {
  const taking = rowsOf(routes.filter(({ body }) => body !== undefined));

  it.each(taking)('the server refuses with 400: %s', async (_, route) => {
    const schema = operationOf(route.operation).requestBody?.content['application/json']?.schema;
    if (schema === undefined) throw new Error('it has no schema');
    const members = Object.keys(Object(schema).properties ?? {});
    const garbage = [...GARBAGE, ...members.map((name) => ({ [name]: { garbage: true } }))];
    const refused = garbage.filter((body) => !z.fromJSONSchema(schema).safeParse(body).success);
    expect(refused.length).toBeGreaterThan(6);
    calls.length = 0;
    for (const body of refused) {
      const reply = await ask(route.method, pathTo(route), JSON.stringify(body));
      expect([body, reply.status]).toEqual([body, 400]);
      const shape = Object(document.components).schemas.problem;
      expect(z.fromJSONSchema(shape).safeParse(await reply.json())).toMatchObject({ success: true });
    }
    expect(calls).toEqual([]);
  });

  it.each(taking)('ADM-11 every object says which names it takes: %s', (_, route) => {
    const objects = objectsIn(operationOf(route.operation).requestBody).filter(
      ({ type }) => type === 'object',
    );
    expect(objects.length).toBeGreaterThan(0);
    for (const { additionalProperties, propertyNames } of objects) {
      if (additionalProperties !== false) expect(propertyNames).toHaveProperty('pattern');
    }
  });
});

it('what the sessions answer is what the document says', async () => {
  const call = async (operation: string, status: number, method: string, path: string, body?: string) => {
    const reply = await ask(method, `/management/v4/default${path}`, body);
    expect([operation, reply.status]).toEqual([operation, status]);
    const answer = JSON.parse(await reply.text());
    const schema = operationOf(operation).responses[status]?.content?.['application/json']?.schema;
    expect(z.fromJSONSchema(schema ?? false).safeParse(answer)).toMatchObject({ success: true });
    return answer;
  };
  const given = { subject: 'ada', claims: { email: 'ada@example.com', tags: ['a', null, 1] } };
  const { id } = await call('createSession', 201, 'POST', '/sessions', JSON.stringify(given));
  await call('createSession', 201, 'POST', '/sessions', JSON.stringify(given));
  const next = await call('rotateSession', 200, 'POST', `/sessions/${id}/rotate`);
  await call('showSession', 200, 'GET', `/sessions/${next.id}`);
  await call('listSessions', 200, 'GET', '/sessions?subject=ada');
  expect(await call('listSessions', 200, 'GET', '/sessions?subject=ada&limit=1')).toHaveProperty('cursor');
});
