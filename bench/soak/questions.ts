import { mintToken } from '../../src/decision/token.ts';
import { byBearer, byCookie, byNobody, type Questions } from '../load/questions.ts';
import type { Random } from '../measure/zipf.ts';
import type { Asked } from './judge.ts';
import type { Known, World } from './world.ts';

/** What is asked with, in a hundred. Of what has ended, the last few are asked again and again: there it would show. */
const SHARES = { live: 55, lately: 15, ended: 10, madeUp: 12 };
const LATELY = 20;

/** One of what there is. */
export function drawAsked({ live, unsettled, ended }: World, random: Random): Asked {
  const share = random() * 100;
  const known =
    share < SHARES.live
      ? oneOf([...live], random)
      : share < SHARES.live + SHARES.lately
        ? oneOf([...ended.slice(-LATELY), ...unsettled], random)
        : share < SHARES.live + SHARES.lately + SHARES.ended
          ? oneOf(ended, random)
          : undefined;
  if (known !== undefined) return known;
  return share < 100 - SHARES.madeUp ? 'nobody' : 'made-up';
}

export function oneOf<Value>(values: readonly Value[], random: Random): Value | undefined {
  return values[Math.floor(random() * values.length)];
}

export function requestOf(port: number, asked: Asked): string {
  const text = asked === 'made-up' ? mintToken('made-up').token.reveal() : textOf(asked);
  const { before, after } = questionsOf(port, asked);
  return before + text + after;
}

function textOf(asked: Known | 'nobody'): string {
  return asked === 'nobody' ? '' : asked.text;
}

function questionsOf(port: number, asked: Asked): Questions {
  if (asked === 'nobody') return byNobody(port);
  return typeof asked === 'string' || asked.kind === 'session' ? byCookie(port, []) : byBearer(port, []);
}
