import { z } from 'zod';
import { settingsSchema } from './schema.ts';

/** One setting that is no group of others, as the schema tells it. */
export type Leaf = {
  readonly path: readonly string[];
  readonly type: string;
  readonly secret: boolean;
  readonly description: string;
  readonly defaultValue: unknown;
};

/** What stands in a file, where that has another name than in JSON Schema. */
const SHAPES = new Map([
  ['array', 'list'],
  ['object', 'map'],
]);

type Node = z.core.JSONSchema.BaseSchema;

const root: Node = z.toJSONSchema(settingsSchema, { io: 'input', unrepresentable: 'any' });

/** Every setting that has a value of its own; tenants, policies and issuers have none, and are set in the file alone. */
export const leaves: readonly Leaf[] = collect(root, []);

/** What a policy can say. */
export const policyLeaves: readonly Leaf[] = collect(nodeAt(['policies', '*']), []);

/** What a rule of a policy can say. */
export const ruleLeaves: readonly Leaf[] = collect(nodeAt(['policies', '*', 'rules', 0]), []);

/** How a tenant can issue. */
export const tenantLeaves: readonly Leaf[] = collect(nodeAt(['tenants', '*']), []);

/** What can be said of a foreign issuer. */
export const issuerLeaves: readonly Leaf[] = collect(nodeAt(['issuers', 0]), []);

/** The names that are known at a place of the settings. */
export function namesAt(path: readonly PropertyKey[]): readonly string[] {
  return Object.keys(nodeAt(path).properties ?? {});
}

function nodeAt(path: readonly PropertyKey[]): Node {
  let node: Node = root;
  for (const name of path) {
    const below = node.properties?.[String(name)] ?? node.additionalProperties ?? node.items;
    if (typeof below !== 'object' || Array.isArray(below)) return {};
    node = below;
  }
  return node;
}

function collect(node: Node, path: readonly string[]): Leaf[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    if (typeof child === 'boolean' || holdsGroups(child)) return [];
    const childPath = [...path, name];
    if (child.properties !== undefined) return collect(child, childPath);
    const { description = '', default: defaultValue } = child;
    return [
      { path: childPath, type: typeOf(child), secret: child.secret === true, description, defaultValue },
    ];
  });
}

function typeOf({ enum: members, anyOf, type }: Node): string {
  if (anyOf !== undefined) return anyOf.map((node) => typeOf(Object(node))).join(', or ');
  return members?.join(', ') ?? SHAPES.get(String(type)) ?? String(type);
}

/** A map of groups by their names, or a list of them. */
function holdsGroups({ additionalProperties, items }: Node): boolean {
  return typeof additionalProperties === 'object' || Object(items).properties !== undefined;
}
