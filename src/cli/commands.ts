import type { Action } from './action.ts';
import { createApplication, deleteApplication, listApplications, rotateApplication } from './applications.ts';
import { explainDecision } from './explain.ts';
import { createResource, deleteResource, listResources } from './resources.ts';

/** The options that not all of them have, as they are written behind `--`, with their texts; none is a secret. */
export type Values = {
  readonly resource?: string | undefined;
  readonly scope?: string[] | undefined;
  readonly grace?: string | undefined;
  readonly method?: string | undefined;
  readonly 'request-url'?: string | undefined;
  readonly 'client-address'?: string | undefined;
  readonly session?: string | undefined;
  readonly 'token-file'?: string | undefined;
  readonly 'cookie-file'?: string | undefined;
};

/** A command on a server that runs: how it is written, and what it does. */
export type Command = {
  /** Its words, as in `app create`. */
  readonly name: string;
  /** What follows them. */
  readonly takes: string;
  readonly operands: 0 | 1 | 2;
  /** Beside those that all of them have. */
  readonly options: readonly (keyof Values)[];
  /** Whether the options go together; absent: whatever they are. */
  readonly isWhole?: (values: Values) => boolean;
  readonly action: Action;
};

export const COMMANDS: readonly Command[] = [
  {
    name: 'app create',
    takes: 'NAME [--resource IDENTIFIER [--scope SCOPE]...]',
    operands: 1,
    options: ['resource', 'scope'],
    isWhole: ({ resource, scope }) => scope === undefined || resource !== undefined,
    action: createApplication,
  },
  { name: 'app list', takes: '', operands: 0, options: [], action: listApplications },
  {
    name: 'app rotate',
    takes: 'CLIENT_ID [--grace SECONDS]',
    operands: 1,
    options: ['grace'],
    action: rotateApplication,
  },
  { name: 'app delete', takes: 'CLIENT_ID', operands: 1, options: [], action: deleteApplication },
  {
    name: 'resource create',
    takes: 'NAME IDENTIFIER [--scope SCOPE]...',
    operands: 2,
    options: ['scope'],
    action: createResource,
  },
  { name: 'resource list', takes: '', operands: 0, options: [], action: listResources },
  { name: 'resource delete', takes: 'ID | IDENTIFIER', operands: 1, options: [], action: deleteResource },
  {
    name: 'explain',
    takes:
      'POLICY [--request-url URL [--method METHOD]] [--client-address IP] [--session ID | --token-file FILE | --cookie-file FILE]',
    operands: 1,
    options: ['method', 'request-url', 'client-address', 'session', 'token-file', 'cookie-file'],
    isWhole: isOneQuestion,
    action: explainDecision,
  },
];

function isOneQuestion(values: Values): boolean {
  const credentials = [values.session, values['token-file'], values['cookie-file']];
  const isWhole = values.method === undefined || values['request-url'] !== undefined;
  return isWhole && credentials.filter((stated) => stated !== undefined).length <= 1;
}
