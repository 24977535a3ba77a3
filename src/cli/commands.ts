import type { Action } from './action.ts';
import { createApplication, deleteApplication, listApplications, rotateApplication } from './applications.ts';
import { createResource, deleteResource, listResources } from './resources.ts';

/** A command on what is declared: how it is written, and what it does. */
export type Command = {
  /** Its two words, as in `app create`. */
  readonly name: string;
  /** What follows them. */
  readonly takes: string;
  readonly operands: 0 | 1 | 2;
  /** Beside those that all of them have. */
  readonly options: readonly ('resource' | 'scope' | 'grace')[];
  readonly action: Action;
};

export const COMMANDS: readonly Command[] = [
  {
    name: 'app create',
    takes: 'NAME [--resource IDENTIFIER [--scope SCOPE]...]',
    operands: 1,
    options: ['resource', 'scope'],
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
];
