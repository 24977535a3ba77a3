import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { Secret } from '../lib/secret.ts';
import type { Endpoint } from './endpoint.ts';
import { EXIT, Failure } from './failure.ts';
import { printable } from './table.ts';

/** One call on a tenant. Rejects with a `Failure` where it did not succeed, or its answer is not as the schema has it. */
export type Call = <Schema extends z.ZodType>(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  /** Below the tenant; what in it came from a person must be encoded. */
  path: string,
  answer: Schema,
  body?: unknown,
) => Promise<z.output<Schema>>;

export type Caller = {
  readonly endpoint: Endpoint;
  readonly tenant: string;
  readonly adminToken: Secret;
  /** When a call has taken too long. */
  readonly deadline?: () => AbortSignal;
};

const PATIENCE_MILLISECONDS = 10_000;

export function createCall(caller: Caller): Call {
  return async (method, path, answer, body) => {
    const reply = await send(caller, method, path, body);
    if (reply.status < 200 || reply.status > 299) throw refusal(caller, reply);
    const read = answer.safeParse(parseJson(reply.text));
    if (!read.success) throw stranger(caller);
    return read.data;
  };
}

type Reply = { readonly status: number; readonly text: string };

async function send(caller: Caller, method: string, path: string, body: unknown): Promise<Reply> {
  const { endpoint, tenant, adminToken } = caller;
  const { deadline = () => AbortSignal.timeout(PATIENCE_MILLISECONDS) } = caller;
  const signal = deadline();
  const sent = body === undefined ? undefined : JSON.stringify(body);
  try {
    const outgoing = (endpoint.secure ? requestSecurely : request)({
      ...endpoint.to,
      method,
      path: `${endpoint.base}/management/v4/${encodeURIComponent(tenant)}${path}`,
      headers: {
        Authorization: `Bearer ${adminToken.reveal()}`,
        ...(sent !== undefined && {
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(sent),
        }),
      },
      agent: false,
      signal,
    });
    outgoing.end(sent);
    const [response]: IncomingMessage[] = await once(outgoing, 'response');
    if (response === undefined) throw new Error('there was no response');
    return { status: response.statusCode ?? 0, text: await text(response) };
  } catch (error) {
    // Its own error says so only before the answer begins.
    const why = signal.aborted ? 'it took too long' : codeOf(error);
    throw new Failure(EXIT.unavailable, describeSilence(caller, `${method} ${path}`, why), { cause: error });
  }
}

/** These come before anything was sent. */
const UNREACHED = new Set(['ECONNREFUSED', 'ENOENT', 'EACCES', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);

/** Calls that change nothing. */
const READING = /^GET |^POST \/explain$/;

function describeSilence({ endpoint }: Caller, call: string, why: string): string {
  const isHarmless = READING.test(call) || UNREACHED.has(why);
  const doubt = isHarmless ? '' : ' It is not known whether the call took effect: list, and see.';
  return `Nothing answers at ${endpoint.printed} (${why}). Start Postern, or say where its admin listener is with --url.${doubt}`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no answer';
}

const problem = z.object({
  detail: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).default([]),
});

const CODES: ReadonlyMap<number, number> = new Map([
  [401, EXIT.notPermitted],
  [403, EXIT.notPermitted],
  [503, EXIT.unavailable],
]);

function refusal(caller: Caller, { status, text }: Reply): Failure {
  if (status === 401) {
    const message = `${caller.endpoint.printed} does not take the admin token. Set POSTERN_ADMIN_TOKEN_FILE or "adminToken" to that of the server, or run where its ./data/admin-token is.`;
    return new Failure(EXIT.notPermitted, message);
  }
  const read = problem.safeParse(parseJson(text));
  if (!read.success) return stranger(caller);
  const { detail, errors } = read.data;
  const faults = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  return new Failure(CODES.get(status) ?? EXIT.refused, [detail, ...faults].map(printable).join('\n  '));
}

function stranger({ endpoint }: Caller): Failure {
  const message = `What answers at ${endpoint.printed} is not Postern's admin listener. Say where that is with --url.`;
  return new Failure(EXIT.unavailable, message);
}

/** What is no JSON is undefined, as an empty answer is. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
