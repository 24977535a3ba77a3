/**
 * Whether the store may be asked. Only `closed` lets operations through; everything else fails them at once.
 *
 * `away`: there is no connection, or none that is trusted. `half-open`: one probe is under way, and nothing else.
 * `resting`: the last probe failed, and the next is not due.
 */
export type Breaker = {
  readonly phase: 'away' | 'half-open' | 'resting' | 'closed';
  /** The number of the newest probe: what an older one brings no longer counts. */
  readonly probe: number;
  readonly probing: boolean;
  /** How many probes in a row this connection left unanswered. */
  readonly missed: number;
};

/** What a probe brought: `foreign` is a reply that was meant for another command. */
export type Finding = 'answered' | 'refused' | 'unanswered' | 'foreign';

export type Sign =
  | { readonly type: 'connected' | 'lost' }
  /** A command was left unanswered on a silent link, or got what was not asked for. */
  | { readonly type: 'doubted' }
  /** A reply was another command's: so will all that follow be. */
  | { readonly type: 'distrusted' }
  /** From time to time. */
  | { readonly type: 'beat' }
  /** It has rested. `drained`: every command that was ever sent has had its reply. */
  | { readonly type: 'rested'; readonly drained: boolean }
  | { readonly type: 'probed'; readonly probe: number; readonly finding: Finding };

export type Act = 'probe' | 'rest' | 'reset' | 'none';

export type Step = { readonly breaker: Breaker; readonly act: Act };

export const AWAY: Breaker = { phase: 'away', probe: 0, probing: false, missed: 0 };

/** A late reply is no lost one; but after this many that never came, replies and commands no longer fit together. */
const MAX_MISSED = 2;

/** It needs no clock: who takes the steps tells it when something is due. */
export function step(breaker: Breaker, sign: Sign): Step {
  switch (sign.type) {
    case 'connected':
      return probe({ ...breaker, missed: 0 }, 'half-open');
    case 'lost':
      return { breaker: without(breaker, 'away'), act: 'none' };
    case 'doubted':
      return breaker.phase === 'closed' ? probe(breaker, 'half-open') : stay(breaker);
    case 'distrusted':
      return breaker.phase === 'away' ? stay(breaker) : reset(breaker);
    case 'beat':
      return breaker.phase === 'closed' && !breaker.probing ? probe(breaker, 'closed') : stay(breaker);
    case 'rested': {
      if (breaker.phase !== 'resting') return stay(breaker);
      const missed = sign.drained ? 0 : breaker.missed;
      return missed >= MAX_MISSED ? reset(breaker) : probe({ ...breaker, missed }, 'half-open');
    }
    case 'probed':
      return breaker.probing && breaker.probe === sign.probe ? judge(breaker, sign.finding) : stay(breaker);
  }
}

function judge(breaker: Breaker, finding: Finding): Step {
  const { phase } = breaker;
  const missed = finding === 'unanswered' ? breaker.missed + 1 : 0;
  switch (finding) {
    case 'answered':
      return { breaker: { ...without(breaker, 'closed'), missed }, act: 'none' };
    case 'foreign':
      return reset(breaker);
    case 'refused':
      return { breaker: { ...without(breaker, 'resting'), missed }, act: 'rest' };
    case 'unanswered':
      if (phase === 'half-open') return { breaker: { ...without(breaker, 'resting'), missed }, act: 'rest' };
      // Under load others may be answered, and this one be late: it stays closed, but not for long.
      return missed >= MAX_MISSED ? reset(breaker) : stay({ ...without(breaker, phase), missed });
  }
}

const stay = (breaker: Breaker): Step => ({ breaker, act: 'none' });

const without = (breaker: Breaker, phase: Breaker['phase']): Breaker => ({
  ...breaker,
  phase,
  probing: false,
});

const reset = (breaker: Breaker): Step => ({ breaker: without(breaker, 'away'), act: 'reset' });

const probe = (breaker: Breaker, phase: Breaker['phase']): Step => ({
  breaker: { ...breaker, phase, probe: breaker.probe + 1, probing: true },
  act: 'probe',
});
