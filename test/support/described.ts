import { z } from 'zod';
import { manage, type Reply, send } from './http.ts';
import type { Ports } from './postern.ts';

type Schema = Parameters<typeof z.fromJSONSchema>[0];
type Responses = { [status: string]: { content?: { [type: string]: { schema: Schema } } } };
type Document = {
  paths: { [path: string]: { [method: string]: { responses: Responses } } };
  components: { schemas: { problem: Schema } };
};

export type Called = Reply & {
  /** The answer's JSON, whatever it is. */
  readonly json: ReturnType<typeof JSON.parse>;
};

/**
 * Calls the management API of one tenant, and throws where an answer is not what the server's own OpenAPI document
 * says of it: its status, its members and, for a problem, its shape.
 */
export async function describedCalls(ports: Ports, tenant = 'default') {
  const document: Document = JSON.parse((await send(ports.admin, { path: '/openapi.json' })).body);
  return async (method: string, path: string, body?: unknown): Promise<Called> => {
    const reply = await manage(ports.admin, method, `/${tenant}${path}`, body);
    const json = reply.body === '' ? undefined : JSON.parse(reply.body);
    const schema =
      reply.status < 400
        ? schemaOf(document, method, `/management/v4/${tenant}${path}`, reply.status)
        : document.components.schemas.problem;
    const fits = schema === undefined ? json === undefined : z.fromJSONSchema(schema).safeParse(json).success;
    if (!fits)
      throw new Error(`${method} ${path} answered ${reply.status} ${reply.body}, which is not described`);
    return { ...reply, json };
  };
}

export type Call = Awaited<ReturnType<typeof describedCalls>>;

function schemaOf({ paths }: Document, method: string, target: string, status: number): Schema | undefined {
  const [path = ''] = target.split('?');
  const fitting = Object.keys(paths).filter((one) => patternOf(one).test(path));
  const [best = ''] = fitting.toSorted((left, right) => holes(left) - holes(right));
  const response = paths[best]?.[method.toLowerCase()]?.responses[status];
  if (response === undefined) throw new Error(`${method} ${path} answered ${status}, which is not described`);
  return response.content?.['application/json']?.schema;
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`);
}

function holes(path: string): number {
  return path.split('{').length;
}
