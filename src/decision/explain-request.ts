import type { Decision } from './decide.ts';
import type { Step } from './explain.ts';
import { segmentsOf } from './path.ts';
import type { Place } from './place.ts';
import type { Policy } from './policy.ts';
import { UNREADABLE } from './reasons.ts';
import { emptyTree, leavesFor, lowestOf, plant } from './rule-tree.ts';
import { type Asked, selectByRule, soughtOf } from './select.ts';
import type { Target } from './target.ts';

/** What of a decision does not depend on who it is: the request, its rule, and where the client is. */
export function explainRequest(policy: Policy, asked: Asked, decision: Decision): readonly Step[] {
  const isDoubted = decision.reason === 'request_ambiguous';
  return [
    explainTarget(policy, asked),
    ...explainRule(policy, asked, isDoubted),
    ...explainNetwork(policy, asked),
  ];
}

function explainTarget({ findRule }: Policy, asked: Asked): Step {
  const { target } = asked;
  const say = (ok: boolean | undefined, says: string): Step => ({ step: 'request', ok, says });
  if (typeof target === 'object')
    return say(true, `${print(target)}, in canonical form.${preflightOf(asked)}`);
  if (findRule !== undefined)
    return say(false, `It can't be read in one way: ${UNREADABLE[target ?? 'request_missing']}.`);
  return say(undefined, 'Not read: the policy does not go by it.');
}

function preflightOf(asked: Asked): string {
  const sought = soughtOf(asked);
  return typeof sought !== 'object' || sought === asked.target
    ? ''
    : ` It is a preflight for ${sought.method}.`;
}

function explainRule(policy: Policy, asked: Asked, isDoubted: boolean): Step[] {
  const sought = soughtOf(asked);
  const say = (ok: boolean | undefined, says: string): Step => ({ step: 'rule', ok, says });
  if (policy.findRule === undefined)
    return [say(undefined, `None: ${policy.name} asks the same of every request.`)];
  if (typeof sought !== 'object') return [];
  const { places } = policy;
  const selected = selectByRule(policy, asked);
  if (!('outcome' in selected)) {
    const { rule = 0, isAmbiguous, requirements } = selected;
    const [place] = places.slice(rule - 1, rule).map(printPlace);
    const found = say(true, `Rule ${rule} of ${places.length} is the first that fits: ${place}.`);
    // What is denied anyway is denied for its own reason.
    const doubt = say(
      isDoubted ? false : undefined,
      `It allows nothing here: ${UNREADABLE.request_ambiguous}.`,
    );
    const closed = say(false, 'It lets nobody pass.');
    return [found, ...(requirements.deny === true ? [closed] : []), ...(isAmbiguous ? [doubt] : [])];
  }
  const near = findNear(places, sought).map((says) => say(undefined, says));
  return [say(false, `None of the ${places.length} rules fits.`), ...near];
}

const MOST_NEAR = 5;

/** The rules that would fit but for the method or the host. */
function findNear(places: readonly Place[], sought: Target): readonly string[] {
  const segments = segmentsOf(sought.path);
  const fits = (place: Place) => doesFit(place, sought, segments);
  const near = places.flatMap((place, index) => {
    const { methods, host, path } = place;
    if (!fits({ path })) return [];
    const but = [
      ...(fits({ path, methods }) ? [] : [`the method ${sought.method}`]),
      ...(fits({ path, host }) ? [] : [`the host ${sought.host}`]),
    ];
    return [`Rule ${index + 1} is near, but not for ${but.join(' and ')}: ${printPlace(place)}.`];
  });
  return near.length > MOST_NEAR
    ? [...near.slice(0, MOST_NEAR), `${near.length - MOST_NEAR} more are near.`]
    : near;
}

/** As deep as the rule goes, however deep the path is: ten thousand rules may be asked. */
function doesFit(place: Place, { host, method }: Target, segments: readonly string[]): boolean {
  const tree = emptyTree();
  plant(tree, place, 0);
  return lowestOf(leavesFor(tree, host, { segments, isOpen: false }), method) !== undefined;
}

function explainNetwork(policy: Policy, asked: Asked): Step[] {
  const selected = selectByRule(policy, asked);
  const isInside = 'outcome' in selected ? undefined : selected.requirements.isClientInside;
  if (isInside === undefined) return [];
  const { clientAddress } = asked;
  const ok = isInside(clientAddress);
  const client =
    clientAddress === undefined
      ? 'The address of the client is not known, and so'
      : `The client ${clientAddress} is`;
  return [{ step: 'network', ok, says: `${client} ${ok ? '' : 'not '}in one of clientNetworks.` }];
}

function print({ method, scheme, host, port, path }: Target): string {
  const authority = port === undefined ? host : `${host}:${port}`;
  return `${method} ${scheme === undefined ? '' : `${scheme}://`}${authority}${path}`;
}

function printPlace({ methods = [], host = '', path }: Place): string {
  return `${methods.join(', ')} ${host}${path}`.trimStart();
}
