import { readFileSync } from 'node:fs';
import { nearest } from './nearest.ts';
import { type Leaf, leaves } from './outline.ts';

export type Environment = { readonly [name: string]: string | undefined };

/** A setting that was found in the environment; `source` is the variable that said so. */
export type Override = { readonly leaf: Leaf; readonly value: unknown; readonly source: string };

const PREFIX = 'POSTERN_';

/** The variable of a setting: its path in capitals. `session.cookie.sameSite` is `POSTERN_SESSION_COOKIE_SAME_SITE`. */
export function variableOf({ path }: Leaf): string {
  return PREFIX + path.map((part) => part.replace(/[A-Z]/g, '_$&').toUpperCase()).join('_');
}

/** What Kubernetes injects for a Service of our name. */
const KUBERNETES =
  /^POSTERN_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_[A-Z]+)?)?)$/;

type Found = {
  readonly overrides: readonly Override[];
  readonly problems: readonly string[];
  /** The paths of the files that variables name. */
  readonly files: readonly string[];
};

export function readEnvironment(environment: Environment): Found {
  const overrides: Override[] = [];
  const files: string[] = [];
  const problems: string[] = [];
  const known = new Set([`${PREFIX}CONFIG`]);
  for (const leaf of leaves) {
    const variable = variableOf(leaf);
    const file = `${variable}_FILE`;
    known.add(variable);
    if (leaf.secret) known.add(file);
    const text = environment[variable];
    const path = leaf.secret ? environment[file] : undefined;
    if (text !== undefined && path !== undefined) problems.push(`${variable}: set it or ${file}, not both`);
    else if (text !== undefined) overrides.push({ leaf, value: parseText(leaf, text), source: variable });
    else if (path !== undefined) {
      files.push(path);
      try {
        overrides.push({ leaf, value: readFileSync(path, 'utf8').trimEnd(), source: file });
      } catch (error) {
        problems.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  return { overrides, files, problems: [...problems, ...unknownVariables(environment, known)] };
}

function unknownVariables(environment: Environment, known: ReadonlySet<string>): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !known.has(name) && !KUBERNETES.test(name))
    .map((name) => {
      const near = nearest(name, [...known]);
      return `${name}: no such setting${near === undefined ? '' : `; did you mean ${near}?`}`;
    });
}

/** What is none of its type stays text, and the schema says so. */
function parseText({ type }: Leaf, text: string): unknown {
  if (type === 'list') return text === '' ? [] : text.split(',').map((member) => member.trim());
  if (type === 'integer') return /^-?\d+$/.test(text) ? Number(text) : text;
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  return text;
}
