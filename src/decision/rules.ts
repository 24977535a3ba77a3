import { segmentsOf } from './path.ts';
import { faultsOfPlace, type Place } from './place.ts';
import { emptyTree, leavesFor, lowestOf, plant } from './rule-tree.ts';
import type { Target } from './target.ts';

export type Found<Rule> = {
  readonly index: number;
  readonly rule: Rule;
  /** Whether a server could read the request so that another rule applies, or none: then nothing may be allowed by this one. */
  readonly isAmbiguous: boolean;
};

/** What of a target rules depend on. */
export type Sought = Pick<Target, 'method' | 'host' | 'path' | 'otherPath'>;

/** `undefined` where no rule applies. */
export type FindRule<Rule> = (target: Sought) => Found<Rule> | undefined;

/** The first rule whose place fits, however many there are. Throws a TypeError for a place with faults. */
export function createFindRule<Rule>(rules: readonly (readonly [Place, Rule])[]): FindRule<Rule> {
  const tree = emptyTree();
  for (const [index, [place]] of rules.entries()) {
    // A rule that can never apply would leave what it guards to the next one.
    const [fault] = faultsOfPlace(place);
    if (fault !== undefined) throw new TypeError(`rule ${index}: ${fault.member}: ${fault.message}`);
    plant(tree, place, index);
  }

  const indexAt = (path: string, { method, host }: Sought) =>
    lowestOf(leavesFor(tree, host, { segments: segmentsOf(path), isOpen: false }), method);

  return (target) => {
    const { path, otherPath } = target;
    const index = indexAt(path, target);
    const found = index === undefined ? undefined : rules[index];
    if (index === undefined || found === undefined) return undefined;
    const isAmbiguous = otherPath !== undefined && indexAt(otherPath, target) !== index;
    return { index, rule: found[1], isAmbiguous };
  };
}
