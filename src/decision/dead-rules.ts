import { type Place, patternOf } from './place.ts';
import { emptyTree, leavesFor, lowestOf, plant, type RuleTree } from './rule-tree.ts';

export type DeadRule = {
  readonly index: number;
  /** The rule from which on nothing is left for this one; of a duplicate, the first that is alike. */
  readonly by: number;
  readonly duplicate: boolean;
};

/**
 * The rules that never apply, because one earlier rule takes all that they would take, or for each of their methods
 * one does. Where earlier rules do so only together by their paths or hosts, it is not noticed. No place may have
 * faults.
 */
export function findDeadRules(places: readonly Place[]): readonly DeadRule[] {
  const tree = emptyTree();
  const firstOf = new Map<string, number>();
  return places.flatMap((place, index) => {
    const key = keyOf(place);
    const alike = firstOf.get(key);
    const by = alike ?? takerOf(tree, place);
    if (alike === undefined) firstOf.set(key, index);
    plant(tree, place, index);
    return by === undefined ? [] : [{ index, by, duplicate: alike !== undefined }];
  });
}

function takerOf(tree: RuleTree, { methods, host, path }: Place): number | undefined {
  const leaves = leavesFor(tree, host, patternOf(path));
  let last = -1;
  for (const method of methods ?? [undefined]) {
    const taker = lowestOf(leaves, method);
    if (taker === undefined) return undefined;
    last = Math.max(last, taker);
  }
  return last;
}

/** The same for places that are written differently and are the same. */
function keyOf({ methods, host, path }: Place): string {
  const names = methods === undefined ? null : [...new Set(methods)].sort();
  return JSON.stringify([names, host ?? null, patternOf(path)]);
}
