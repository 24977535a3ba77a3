import { parseArgs } from 'node:util';
import type { Asked } from './action.ts';
import { COMMANDS, type Command, type Values } from './commands.ts';
import {
  type Echoing,
  type Examining,
  PROBING_USAGE,
  readEchoing,
  readExamining,
} from './doctor-arguments.ts';
import { type Endpoint, parseEndpoint } from './endpoint.ts';

export type Invocation =
  | { readonly kind: 'help' }
  | Examining
  | Echoing
  | { readonly kind: 'serve' | 'check'; readonly config: string | undefined }
  | {
      readonly kind: 'manage';
      readonly config: string | undefined;
      readonly command: Command;
      readonly asked: Asked;
      /** Where the settings should not say it. */
      readonly endpoint: Endpoint | undefined;
      readonly tenant: string;
      readonly json: boolean;
    };

export type Managing = Extract<Invocation, { kind: 'manage' }>;

export const USAGE = `Usage: postern [serve | check] [--config FILE]

  serve   answers (the default)
  check   reads the settings and says what is wrong with them: exit 0 or 78

On a server that runs:

${COMMANDS.map(({ name, takes }) => `  ${`${name} ${takes}`.trimEnd()}\n`).join('')}
  --url URL       its admin listener, http://HOST:PORT or unix:/PATH; else "listen.admin" of the settings
  --tenant NAME   default: default
  --json          the answer as JSON, for scripts
  --config FILE   the settings, with the admin token; else ./data/admin-token

${PROBING_USAGE}`;

const COMMON = {
  config: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const MANAGING = {
  ...COMMON,
  url: { type: 'string' },
  tenant: { type: 'string' },
  json: { type: 'boolean' },
  resource: { type: 'string' },
  scope: { type: 'string', multiple: true },
  grace: { type: 'string' },
  method: { type: 'string' },
  'request-url': { type: 'string' },
  'client-address': { type: 'string' },
  session: { type: 'string' },
  'token-file': { type: 'string' },
  'cookie-file': { type: 'string' },
} as const;

/** What is asked for; undefined where it can't be told. */
export function readArguments(args: readonly string[]): Invocation | undefined {
  try {
    const [first = '', ...rest] = args;
    const readProbing = PROBING.get(first);
    if (readProbing !== undefined) return rest.some(asksForHelp) ? { kind: 'help' } : readProbing(rest);
    const { values, positionals } = parseArgs({ args: [...args], options: MANAGING, allowPositionals: true });
    if (values.help === true) return { kind: 'help' };
    const command = COMMANDS.find(({ name }) => wordsOf(name).every((word, at) => positionals[at] === word));
    if (command === undefined) return readPlain(args);
    return readManaging(command, values, positionals.slice(wordsOf(command.name).length));
  } catch {
    // The parser's own message would repeat what was written, and that may be a secret in the wrong place.
    return undefined;
  }
}

/** They need no settings, and share no option with the others. */
const PROBING: ReadonlyMap<string, (args: readonly string[]) => Invocation | undefined> = new Map<
  string,
  (args: readonly string[]) => Invocation | undefined
>([
  ['doctor', readExamining],
  ['echo', readEchoing],
]);

const asksForHelp = (arg: string) => arg === '--help' || arg === '-h';

function readPlain(args: readonly string[]): Invocation | undefined {
  const { values, positionals } = parseArgs({ args: [...args], options: COMMON, allowPositionals: true });
  const [kind = 'serve', ...rest] = positionals;
  if (rest.length > 0) return undefined;
  if (kind === 'help') return { kind };
  return kind === 'serve' || kind === 'check' ? { kind, config: values.config } : undefined;
}

function wordsOf(name: string): readonly string[] {
  return name.split(' ');
}

type Stated = Values & {
  readonly config?: string | undefined;
  readonly url?: string | undefined;
  readonly tenant?: string | undefined;
  readonly json?: boolean | undefined;
};

const OWN = [
  'resource',
  'scope',
  'grace',
  'method',
  'request-url',
  'client-address',
  'session',
  'token-file',
  'cookie-file',
] as const;

function readManaging(command: Command, values: Stated, operands: readonly string[]): Managing | undefined {
  const { config, url, tenant = 'default', json = false, grace = '0' } = values;
  const endpoint = url === undefined ? undefined : parseEndpoint(url);
  const isStrange = OWN.some((name) => values[name] !== undefined && !command.options.includes(name));
  // Empty is what a script has of a variable that was never set.
  const isEmpty = operands.includes('') || OWN.some((name) => values[name] === '');
  const hasOperands = operands.length === command.operands && !isEmpty;
  const isWhole = command.isWhole?.(values) !== false;
  const isWritten = /^\d{1,9}$/.test(grace) && tenant !== '' && (url === undefined || endpoint !== undefined);
  if (isStrange || !hasOperands || !isWhole || !isWritten) return undefined;
  return { kind: 'manage', config, command, asked: askedOf(values, operands), endpoint, tenant, json };
}

function askedOf(values: Values, [operand = '', identifier = '']: readonly string[]): Asked {
  const { resource, scope: scopes = [], grace = '0', method, session } = values;
  return {
    operand,
    identifier,
    resource,
    scopes,
    graceSeconds: Number(grace),
    method,
    requestUrl: values['request-url'],
    clientAddress: values['client-address'],
    session,
    tokenFile: values['token-file'],
    cookieFile: values['cookie-file'],
  };
}
