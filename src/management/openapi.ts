import { z } from 'zod';
import { problem } from './problems.ts';
import { type Answer, BASE, type Route } from './route.ts';

/** The version is package.json's. */
export const API = { title: 'Postern management API', version: '0.1.0' };

const TOKEN =
  'The admin token, or an access token for the management API of the tenant with the scope `all`.';

type Schema = z.core.JSONSchema.BaseSchema;

/** The OpenAPI 3.1 document of the routes, made of the very schemas that check what they take. */
export function describeRoutes(routes: readonly Route[]) {
  const paths = Map.groupBy(routes, ({ path }) => path);
  return {
    openapi: '3.1.0',
    info: API,
    security: [{ token: [] }],
    paths: Object.fromEntries([...paths].map(([path, found]) => [BASE + path, describePath(path, found)])),
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: TOKEN },
      },
      parameters: {
        tenant: pathParameter('tenant', 'As the settings name it; `default` unless they name others.'),
      },
      responses: {
        problem: {
          description: 'What is wrong (RFC 9457). 401, 404, 405 and 503 can come from every call.',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/problem' } } },
        },
      },
      schemas: { problem: toSchema(problem, 'output') },
    },
  };
}

function describePath(path: string, routes: readonly Route[]) {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return {
    parameters: [
      { $ref: '#/components/parameters/tenant' },
      ...names.map((name) => pathParameter(name, undefined)),
    ],
    ...Object.fromEntries(routes.map((route) => [route.method.toLowerCase(), describeOperation(route)])),
  };
}

function describeOperation({ operation, summary, body, query, answers }: Route) {
  return {
    operationId: operation,
    summary,
    ...(query && { parameters: queryParameters(toSchema(query, 'input')) }),
    ...(body && {
      requestBody: { required: !body.safeParse({}).success, content: json(toSchema(body, 'input')) },
    }),
    responses: {
      ...Object.fromEntries(answers.map((answer) => [answer.status, describeAnswer(answer)])),
      default: { $ref: '#/components/responses/problem' },
    },
  };
}

function describeAnswer({ description, schema }: Answer) {
  return { description, ...(schema && { content: json(toSchema(schema, 'output')) }) };
}

function queryParameters({ properties = {}, required = [] }: Schema) {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function pathParameter(name: string, description: string | undefined) {
  const schema = { type: 'string' };
  return { name, in: 'path', required: true, schema, ...(description !== undefined && { description }) };
}

function json(schema: Schema) {
  return { 'application/json': { schema } };
}

/** What has no JSON Schema, such as a rule in code, is left out of it: the server may refuse more than the document. */
function toSchema(schema: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
