import { existsSync } from 'node:fs';
import type { z } from 'zod';
import { type Environment, type Override, readEnvironment } from './environment.ts';
import { readSettingsFile, type SettingsFile } from './file.ts';
import { nearest } from './nearest.ts';
import { namesAt } from './outline.ts';
import { deadRuleProblems } from './rule-problems.ts';
import { type Settings, settingsSchema } from './schema.ts';

export type Loaded =
  | {
      readonly ok: true;
      readonly settings: Settings;
      readonly source: string;
      /** The paths of what was read: the settings, and secrets with a file of their own. */
      readonly files: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly string[] };

const DEFAULT_FILE = './postern.yaml';
const NO_FILE: SettingsFile = {
  value: {},
  problems: [],
  placeOf: () => 'settings',
  lineOf: () => 'settings',
};

/**
 * The settings from the file (`path`, `POSTERN_CONFIG`, else `./postern.yaml` where it exists) and the
 * environment above it; or every problem there is, each with its place. No problem quotes a secret.
 */
export function loadSettings(path: string | undefined, environment: Environment): Loaded {
  const named = path ?? environment.POSTERN_CONFIG;
  const chosen = named ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined);
  const file = chosen === undefined ? NO_FILE : readSettingsFile(chosen);
  const { overrides, problems, files } = readEnvironment(environment);
  const value = overrides.reduce((below, { leaf, value }) => setAt(below, leaf.path, value), file.value);
  const checked = settingsSchema.safeParse(value);
  const found = [
    ...file.problems,
    ...problems,
    ...tenantProblems(value, file),
    ...deadRuleProblems(value, file),
  ];
  if (file.problems.length === 0 && !checked.success) {
    found.push(...checked.error.issues.flatMap((issue) => describe(issue, file, overrides)));
  }
  if (!checked.success || found.length > 0) return { ok: false, problems: found };
  return {
    ok: true,
    settings: checked.data,
    source: chosen ?? 'defaults',
    files: chosen === undefined ? files : [chosen, ...files],
  };
}

function setAt(value: unknown, [name, ...rest]: readonly string[], leaf: unknown): unknown {
  if (name === undefined) return leaf;
  // Where the file holds something else than a group, the schema has to see it, and refuses it.
  if (!isGroup(value)) return value === undefined ? { [name]: setAt(undefined, rest, leaf) } : value;
  return { ...value, [name]: setAt(value[name], rest, leaf) };
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describe(issue: z.core.$ZodIssue, file: SettingsFile, overrides: readonly Override[]): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const near = nearest(key, namesAt(issue.path));
      const hint = near === undefined ? '' : `; did you mean ${near}?`;
      const place = [...issue.path, key];
      return `${file.placeOf(place)}: ${place.join('.')}: no such setting${hint}`;
    });
  }
  const [cause] = issue.code === 'invalid_key' ? issue.issues : [];
  const override = overrides.find(({ leaf }) => leaf.path.every((name, depth) => issue.path[depth] === name));
  const place = override?.source ?? file.placeOf(issue.path);
  return [`${place}: ${issue.path.join('.')}: ${cause?.message ?? issue.message}`];
}

/** Apart from the schema, whose rules on the whole are silent while any part of it is wrong. */
function tenantProblems(value: unknown, file: SettingsFile): string[] {
  if (!isGroup(value)) return [];
  const tenants = isGroup(value.tenants) ? Object.keys(value.tenants) : ['default'];
  return namingTenants(value).flatMap(([place, group]) => {
    const tenant = isGroup(group) ? (group.tenant ?? 'default') : 'default';
    if (typeof tenant !== 'string' || tenants.includes(tenant)) return [];
    const path = [...place, 'tenant'];
    const near = nearest(tenant, tenants);
    const hint = near === undefined ? 'name it under tenants' : `did you mean ${near}?`;
    return [`${file.placeOf(path)}: ${path.join('.')}: there is no tenant "${tenant}"; ${hint}`];
  });
}

/** Each policy and each issuer, with its place. */
function namingTenants(value: Record<string, unknown>): [place: PropertyKey[], group: unknown][] {
  const policies = isGroup(value.policies) ? value.policies : { default: {} };
  const issuers: unknown[] = Array.isArray(value.issuers) ? value.issuers : [];
  return [
    ...Object.entries(policies).map(([name, policy]): [PropertyKey[], unknown] => [
      ['policies', name],
      policy,
    ]),
    ...issuers.map((issuer, index): [PropertyKey[], unknown] => [['issuers', index], issuer]),
  ];
}
