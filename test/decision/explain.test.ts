import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision, Reason } from '../../src/decision/decide.ts';
import type { Step } from '../../src/decision/explain.ts';
import { CHECKS, type Policy } from '../../src/decision/policy.ts';
import {
  answer,
  asked,
  explainAll,
  JWT,
  policy,
  rawHeaders,
  requirements,
  TOKEN,
} from '../support/questions.ts';

/** The step that has to say it. */
function placeOf({ outcome, reason }: Decision): Step['step'] {
  const own: Partial<Record<Reason, Step['step']>> = {
    no_rule: 'rule',
    rule_denies: 'rule',
    client_network: 'network',
    request_ambiguous: 'rule',
    no_credential: 'credential',
    foreign: 'credential',
  };
  if (outcome === 'malformed-request') return own[reason] ?? 'request';
  if (outcome === 'malformed-credential') return 'credential';
  if (outcome === 'challenge') return own[reason] ?? 'session';
  return own[reason] ?? 'requirement';
}

describe('an explanation', () => {
  it('ends with what was decided, and the first step that says no is why it was denied', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(rawHeaders, asked, policy, answer, async (headers, what, by, found) => {
        const { resolved, steps } = await explainAll(headers, what, by, found);
        const { decision } = resolved;
        seen.add(`${decision.outcome}: ${decision.reason}`);
        const isPassed = decision.outcome === 'allow';
        expect(steps.at(-1)).toEqual({
          step: 'decision',
          ok: isPassed,
          says: `${decision.outcome}: ${decision.reason}`,
        });
        const denying = steps.find(({ ok }) => ok === false)?.step;
        const isSaid = !isPassed && decision.outcome !== 'unavailable';
        expect(denying).toBe(isSaid ? placeOf(decision) : isPassed ? undefined : 'decision');
      }),
      { numRuns: 5_000 },
    );
    // Otherwise the property says little.
    expect(seen.size).toBeGreaterThan(25);
  });

  it('has a step for each requirement, and the first that is not met is the reason', async () => {
    await fc.assert(
      fc.asyncProperty(requirements, answer, async (stated, found) => {
        const by: Policy = { name: 'p', tenant: 'default', requirements: stated };
        const what = { target: undefined, clientAddress: undefined, preflightFor: undefined };
        const { resolved, steps } = await explainAll(['Authorization', `Bearer ${TOKEN}`], what, by, found);
        if (resolved.selected === undefined) return;
        const checks = CHECKS.filter(({ isAsked }) => isAsked(stated));
        const said = steps.filter(
          ({ step, says }) => step === 'requirement' && !says.startsWith('anonymous'),
        );
        expect(said.map(({ says }) => says.split(' ')[0])).toEqual(
          checks.map(({ requirement }) => requirement),
        );
        const { decision } = resolved;
        if (!('session' in decision)) expect(said.every(({ ok }) => ok === undefined)).toBe(true);
        else if (decision.outcome === 'allow') expect(said.every(({ ok }) => ok === true)).toBe(true);
        else expect(checks[said.findIndex(({ ok }) => ok === false)]?.reason).toBe(decision.reason);
      }),
      { numRuns: 2_000 },
    );
  });

  it('LOG-01 never has a token or a cookie in it', async () => {
    await fc.assert(
      fc.asyncProperty(rawHeaders, asked, policy, answer, async (headers, what, by, found) => {
        const text = JSON.stringify((await explainAll(headers, what, by, found)).steps);
        for (const hidden of [TOKEN, TOKEN.slice(2), JWT, 'not-ours', 'not/ours'])
          expect(text).not.toContain(hidden);
      }),
    );
  });
});
