import { ANY_SEGMENT, isWildcard, type Pattern, type Place, parentOf, patternOf } from './place.ts';

/** Who comes first where patterns end: for any method, and for those that rules name. */
export type Leaf = { any: number | undefined; readonly byMethod: Map<string, number> };

/** Rules by host, then by the segments of their paths: a look-up goes only where a pattern fits. */
export type RuleTree = {
  readonly byHost: Map<string, Node>;
  /** Of `*.example.com`, by `example.com`. */
  readonly byParent: Map<string, Node>;
  readonly anyHost: Node;
};

type Node = {
  readonly bySegment: Map<string, Node>;
  anySegment: Node | undefined;
  /** Of patterns that end here. */
  end: Leaf | undefined;
  /** Of patterns that are open from here on. */
  rest: Leaf | undefined;
};

export function emptyTree(): RuleTree {
  return { byHost: new Map(), byParent: new Map(), anyHost: emptyNode() };
}

/** Rules are planted in their order: where two end at one leaf, the first keeps it. */
export function plant(tree: RuleTree, { methods, host, path }: Place, index: number): void {
  const { segments, isOpen } = patternOf(path);
  const node = segments.reduce(below, rootOf(tree, host));
  const leaf = leafOf(node, isOpen ? 'rest' : 'end');
  if (methods === undefined) leaf.any ??= index;
  for (const method of methods ?? []) {
    if (!leaf.byMethod.has(method)) leaf.byMethod.set(method, index);
  }
}

/**
 * The leaves of all patterns that take a path. A pattern is looked up as a path is, and then gives the leaves of those
 * that take all that it takes: `*`, which is no literal segment, goes only with `*`, and an open one only with `**`;
 * without a host, it goes only with those for any host.
 */
export function leavesFor(tree: RuleTree, host: string | undefined, sought: Pattern): readonly Leaf[] {
  const leaves: Leaf[] = [];
  if (host !== undefined) {
    const parent = parentOf(host);
    collect(tree.byHost.get(host), sought, leaves);
    if (parent !== undefined) collect(tree.byParent.get(parent), sought, leaves);
  }
  collect(tree.anyHost, sought, leaves);
  return leaves;
}

/** The first rule at any of these leaves; without a method, the first that takes all methods. */
export function lowestOf(leaves: readonly Leaf[], method: string | undefined): number | undefined {
  let lowest = Number.POSITIVE_INFINITY;
  for (const { any, byMethod } of leaves) {
    const named = method === undefined ? undefined : byMethod.get(method);
    lowest = Math.min(lowest, any ?? lowest, named ?? lowest);
  }
  return Number.isFinite(lowest) ? lowest : undefined;
}

function rootOf(tree: RuleTree, host: string | undefined): Node {
  if (host === undefined) return tree.anyHost;
  const parent = isWildcard(host) ? parentOf(host) : undefined;
  return parent === undefined ? childOf(tree.byHost, host) : childOf(tree.byParent, parent);
}

function below(node: Node, segment: string): Node {
  if (segment !== ANY_SEGMENT) return childOf(node.bySegment, segment);
  const child = node.anySegment ?? emptyNode();
  node.anySegment = child;
  return child;
}

function leafOf(node: Node, kind: 'end' | 'rest'): Leaf {
  const leaf = node[kind] ?? { any: undefined, byMethod: new Map() };
  node[kind] = leaf;
  return leaf;
}

function childOf(children: Map<string, Node>, key: string): Node {
  const child = children.get(key) ?? emptyNode();
  children.set(key, child);
  return child;
}

/** Level by level, not by recursion: a path may be thousands of segments deep. */
function collect(root: Node | undefined, { segments, isOpen }: Pattern, into: Leaf[]): void {
  let level = root === undefined ? [] : [root];
  for (const segment of segments) {
    const next: Node[] = [];
    for (const { bySegment, anySegment, rest } of level) {
      const child = bySegment.get(segment);
      if (rest !== undefined) into.push(rest);
      if (child !== undefined) next.push(child);
      if (anySegment !== undefined) next.push(anySegment);
    }
    if (next.length === 0) return;
    level = next;
  }
  for (const { end, rest } of level) {
    if (rest !== undefined) into.push(rest);
    if (end !== undefined && !isOpen) into.push(end);
  }
}

function emptyNode(): Node {
  return { bySegment: new Map(), anySegment: undefined, end: undefined, rest: undefined };
}
