import type { Call } from './client.ts';
import type { Failure } from './failure.ts';

/** What a command was asked for, as far as it takes it. */
export type Asked = {
  /** Its first operand, and never empty where it takes one. */
  readonly operand: string;
  readonly identifier: string;
  readonly resource: string | undefined;
  readonly scopes: readonly string[];
  readonly graceSeconds: number;
  /** Of the original request. */
  readonly method: string | undefined;
  readonly requestUrl: string | undefined;
  readonly clientAddress: string | undefined;
  /** The public id of a session. */
  readonly session: string | undefined;
  /** Paths of what holds a credential; `-` is standard input. */
  readonly tokenFile: string | undefined;
  readonly cookieFile: string | undefined;
};

export type Outcome = {
  /** The API's own answer; absent where that is empty. */
  readonly answer?: unknown;
  /** The same for people; the first row is the head. */
  readonly table?: readonly (readonly string[])[];
  /** What whoever reads it should know, for standard error. */
  readonly note?: string;
  /** What came after the part that was done, and was not. */
  readonly failure?: Failure;
};

/** Rejects with a `Failure` where nothing was done. */
export type Action = (call: Call, asked: Asked) => Promise<Outcome>;
