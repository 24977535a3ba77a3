import { z } from 'zod';
import { findDeadRules } from '../decision/dead-rules.ts';
import { faultsOfPlace } from '../decision/place.ts';
import type { SettingsFile } from './file.ts';

const place = z
  .object({
    methods: z.array(z.string()).optional(),
    host: z.string().optional(),
    path: z.string(),
  })
  .refine((written) => faultsOfPlace(written).length === 0);

const group = z.record(z.string(), z.unknown()).catch({});
const items = z.array(z.unknown()).catch([]);

/**
 * The rules that can never match. Apart from the schema, whose rules on the whole are silent while any part of it is
 * wrong; a rule whose own place is, is told of there, and left out here.
 */
export function deadRuleProblems(value: unknown, file: SettingsFile): readonly string[] {
  const policies = Object.entries(group.parse(group.parse(value).policies));
  return policies.flatMap(([name, policy]) => {
    const rules = items.parse(group.parse(policy).rules);
    return problemsOf(['policies', name, 'rules'], rules, file);
  });
}

function problemsOf(path: readonly PropertyKey[], rules: readonly unknown[], file: SettingsFile): string[] {
  const sound = rules.flatMap((rule, index) => {
    const read = place.safeParse(rule);
    return read.success ? [{ index, place: read.data }] : [];
  });
  const indexOf = (found: number) => sound[found]?.index ?? found;
  return findDeadRules(sound.map((rule) => rule.place)).map((dead) => {
    const at = [...path, indexOf(dead.index)];
    // Rules are counted from 1 on in the log, and in an explanation.
    const by = `rule ${indexOf(dead.by) + 1} (${file.lineOf([...path, indexOf(dead.by)])})`;
    const why = dead.duplicate ? `the same as ${by}` : `${by} takes all of it first`;
    return `${file.placeOf(at)}: ${at.join('.')}: rule ${indexOf(dead.index) + 1} can never match: ${why}`;
  });
}
