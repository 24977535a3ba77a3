import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { z } from 'zod';
import { type Fault, Problem } from './problems.ts';

/** Of a request's body; a larger one is 413, and is not read to its end. */
export const limitBody = bodyLimit({
  maxSize: 64 * 1024,
  onError: () => {
    throw new Problem(413, 'Content Too Large', 'A body is at most 64 KiB.');
  },
});

/** The JSON body as the schema has it; an absent one counts as `{}`. */
export async function readBody<Schema extends z.ZodType>(
  context: Context,
  schema: Schema,
): Promise<z.output<Schema>> {
  const text = await readText(context);
  const type = context.req.header('Content-Type') ?? '';
  if (text !== '' && !/^application\/json *(?:;|$)/i.test(type)) {
    throw new Problem(415, 'Unsupported Media Type', 'Send Content-Type: application/json.');
  }
  return check(schema, parseJson(text === '' ? '{}' : text), 'body');
}

/** A client that goes away in the midst of its body is no fault of ours. */
async function readText({ req }: Context): Promise<string> {
  try {
    return await req.text();
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(400, 'Bad Request', 'The body could not be read to its end.');
  }
}

/** The query as the schema has it; a parameter that is given twice is refused. */
export function readQuery<Schema extends z.ZodType>(context: Context, schema: Schema): z.output<Schema> {
  const entries = Object.entries(context.req.queries());
  return check(
    schema,
    Object.fromEntries(entries.map(([name, values]) => [name, values.length === 1 ? values[0] : values])),
    'query',
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, refuseProto);
  } catch (error) {
    if (error instanceof Problem) throw error;
    // The parser's own message quotes the body.
    throw new Problem(400, 'Bad Request', 'The body is not JSON.');
  }
}

/** The schema library passes over this name without a word, where it refuses every other that it does not know. */
function refuseProto(name: string, value: unknown): unknown {
  if (name === '__proto__') throw new Problem(400, 'Bad Request', 'The body has a member named __proto__.');
  return value;
}

function check<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(
    (issue): Fault => ({ path: issue.path.join('.'), message: issue.message }),
  );
  throw new Problem(400, 'Bad Request', `The ${what} is not as it must be; "errors" says where.`, faults);
}
