import type { z } from 'zod';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Who calls, for the trail of what was changed: `admin` for the admin token, else the client id of an application. */
export type Actor = string;

/** What a call that succeeds looks like. What fails is a problem, and looks the same everywhere. */
export type Answer = {
  readonly status: 200 | 201 | 204;
  readonly description: string;
  readonly schema?: z.ZodType;
};

export type Reply = {
  readonly status: Answer['status'];
  /** Sent as JSON; absent, the answer is empty. */
  readonly body?: unknown;
  readonly headers?: { readonly [name: string]: string };
};

/** A request of somebody who may make it, of a tenant that there is, whose body and query are as they must be. */
export type Call<Params, Body, Query> = {
  readonly tenant: string;
  readonly actor: Actor;
  readonly params: Params;
  readonly body: Body;
  readonly query: Query;
};

/** Where the paths of all routes begin. */
export const BASE = '/management/v4/{tenant}';

type Description = {
  readonly method: Method;
  /** Below `BASE`, as in `/sessions/{id}/rotate`. */
  readonly path: string;
  /** What it is called in the log and the OpenAPI document: one of a kind, as in `rotateSession`. */
  readonly operation: string;
  readonly summary: string;
  readonly answers: readonly Answer[];
};

/** One row of the management API: how it is reached, what it takes and gives, and who does it. */
export type Route = Description & {
  readonly body?: z.ZodType;
  readonly query?: z.ZodType;
  readonly handle: (call: Call<{ readonly [name: string]: string }, unknown, unknown>) => Promise<Reply>;
};

type NamesIn<Path> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;

type Definition<Path extends string, Body extends z.ZodType, Query extends z.ZodType> = Description & {
  readonly path: Path;
  /** An absent body counts as `{}`. */
  readonly body?: Body;
  readonly query?: Query;
  readonly handle: (
    call: Call<{ readonly [Name in NamesIn<Path>]: string }, z.output<Body>, z.output<Query>>,
  ) => Promise<Reply>;
};

/**
 * Ties what `handle` gets to the schemas and the path beside it. From here on they travel as one value, and whoever
 * calls `handle` gives it what came out of these very schemas.
 */
export function route<
  const Path extends string,
  Body extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
>(definition: Definition<Path, Body, Query>): Route;
export function route(definition: Route): Route {
  return definition;
}
