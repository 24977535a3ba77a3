import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AWAY, type Breaker, type Finding, type Sign, step } from '../../src/store/redis/breaker.ts';

/** The breaker after these signs, and what it wanted done. */
function taking(...signs: readonly Sign[]) {
  let breaker = AWAY;
  const acts = signs.map((sign) => {
    const taken = step(breaker, sign);
    breaker = taken.breaker;
    return taken.act;
  });
  return { breaker, acts };
}

const CONNECTED: Sign = { type: 'connected' };
const BEAT: Sign = { type: 'beat' };
const DOUBTED: Sign = { type: 'doubted' };
const RESTED: Sign = { type: 'rested', drained: false };
const DRAINED: Sign = { type: 'rested', drained: true };
const probed = (probe: number, finding: Finding): Sign => ({ type: 'probed', probe, finding });
const UP = [CONNECTED, probed(1, 'answered')];

describe('the breaker', () => {
  it('RDS-03 closes at the first probe that is answered, and opens when the connection is lost', () => {
    expect(taking(...UP).breaker.phase).toBe('closed');
    expect(taking(...UP, { type: 'lost' }).breaker.phase).toBe('away');
  });

  it('opens at a doubt, and asks at once', () => {
    expect(taking(...UP, DOUBTED)).toMatchObject({
      breaker: { phase: 'half-open' },
      acts: ['probe', 'none', 'probe'],
    });
  });

  it('RDS-15 rests after a refusal, however often, and asks again on the same connection', () => {
    const refused = Array.from({ length: 5 }, (_, index) => [probed(index + 1, 'refused'), RESTED]).flat();
    const { breaker, acts } = taking(CONNECTED, ...refused);
    expect(breaker.phase).toBe('half-open');
    expect(acts.filter((act) => act !== 'rest' && act !== 'probe')).toEqual([]);
  });

  it('RDS-13 connects anew after two probes that were never answered, and not where they were merely late', () => {
    const missed = [probed(1, 'unanswered'), RESTED, probed(2, 'unanswered')];
    expect(taking(CONNECTED, ...missed, RESTED).acts.at(-1)).toBe('reset');
    expect(taking(CONNECTED, ...missed, DRAINED).acts.at(-1)).toBe('probe');
    const beats = [BEAT, probed(2, 'unanswered'), BEAT, probed(3, 'unanswered')];
    expect(taking(...UP, ...beats).acts.at(-1)).toBe('reset');
  });

  it("RDS-32 stays closed for one beat that is late, and a beat's answer makes up for it", () => {
    const late = [BEAT, probed(2, 'unanswered'), BEAT, probed(3, 'answered'), BEAT, probed(4, 'unanswered')];
    expect(taking(...UP, ...late).breaker.phase).toBe('closed');
  });

  it("RDS-13 connects anew at once after a reply that was another's", () => {
    expect(taking(...UP, BEAT, probed(2, 'foreign')).acts.at(-1)).toBe('reset');
    expect(taking(...UP, { type: 'distrusted' })).toMatchObject({ breaker: { phase: 'away' } });
  });
});

const signs: fc.Arbitrary<(newest: number) => Sign> = fc.oneof(
  fc.constantFrom('connected', 'lost', 'doubted', 'distrusted', 'beat').map((type) => () => ({ type })),
  fc.boolean().map((drained) => () => ({ type: 'rested' as const, drained })),
  fc
    .tuple(fc.nat(2), fc.constantFrom<Finding[]>('answered', 'refused', 'unanswered', 'foreign'))
    .map(([age, finding]) => (newest: number) => ({ type: 'probed' as const, probe: newest - age, finding })),
);

describe('whatever happens to the breaker', () => {
  it('one probe at most is under way, and only the newest one, answered on this connection, closes it', () => {
    fc.assert(
      fc.property(fc.array(signs, { maxLength: 60 }), (made) => {
        let breaker: Breaker = AWAY;
        let connected = false;
        for (const make of made) {
          const sign = make(breaker.probe);
          const before = breaker;
          const taken = step(before, sign);
          breaker = taken.breaker;
          connected =
            sign.type === 'connected' || (connected && sign.type !== 'lost' && taken.act !== 'reset');
          expect(taken.act === 'probe').toBe(breaker.probe === before.probe + 1);
          if (taken.act === 'probe') expect(breaker.probing).toBe(true);
          // On one connection, no second one beside the first, save where a doubt takes the place of a beat.
          if (taken.act === 'probe' && before.probing) expect(['connected', 'doubted']).toContain(sign.type);
          if (breaker.phase === 'half-open') expect(breaker.probing).toBe(true);
          if (taken.act === 'reset') expect(breaker.phase).toBe('away');
          if (before.phase !== 'closed' && breaker.phase === 'closed') {
            expect(sign).toEqual({ type: 'probed', probe: before.probe, finding: 'answered' });
            expect(before.probing).toBe(true);
          }
          if (!connected) expect(breaker.phase).toBe('away');
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
