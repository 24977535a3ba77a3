import { fold } from './names.ts';
import type { Answer, Exchange } from './probe.ts';

export type Judgement =
  | { readonly kind: 'fine' }
  | { readonly kind: 'wrong'; readonly arrived: string }
  | { readonly kind: 'unclear'; readonly why: string };

export const FINE: Judgement = { kind: 'fine' };
export const wrong = (arrived: string): Judgement => ({ kind: 'wrong', arrived });
export const unclear = (why: string): Judgement => ({ kind: 'unclear', why });

/** What no application would say by itself. */
export const FORGED = 'forged-by-postern-doctor';

/** Nothing reached the application. How it was refused is not asked: 400 and a closed connection are as good as 401. */
export function judgeDenied({ answer }: Exchange): Judgement {
  if (answer.kind !== 'reply') return FINE;
  if (answer.echoed !== undefined) {
    return wrong(`${answer.echoed.method} ${answer.echoed.target} at the application`);
  }
  return answer.status < 300
    ? wrong(`an answer ${answer.status}, from something that is not the echo`)
    : FINE;
}

/** Of these headers, none that a client forged reached the application under a name that folds to the same. */
export function judgeForged(names: readonly string[]): (exchange: Exchange) => Judgement {
  const folded = new Set(names.map(fold));
  return ({ answer }) => {
    const arrived = headersAtEcho(answer).filter(
      ([name, value]) => folded.has(fold(name)) && value.includes(FORGED),
    );
    return arrived.length === 0 ? FINE : wrong(arrived.map(([name]) => `${name}: ${FORGED}`).join(', '));
  };
}

/** Silence proves nothing: a check may find fault with it, and never takes it for well. */
export function judgeSilence({ answer }: Exchange): Judgement {
  if (answer.kind === 'timeout') return unclear('no answer in time');
  return answer.kind === 'unreachable' ? unclear(`nothing answers any more (${answer.code})`) : FINE;
}

/** The first that is not fine. */
export function first(...judgements: readonly Judgement[]): Judgement {
  return judgements.find(({ kind }) => kind !== 'fine') ?? FINE;
}

/** What of a header, however it is written, reached the application; nothing where nothing reached it. */
export function valuesAtEcho(answer: Answer, name: string): readonly string[] {
  return headersAtEcho(answer).flatMap(([other, value]) => (fold(other) === fold(name) ? [value] : []));
}

function headersAtEcho(answer: Answer): readonly (readonly [name: string, value: string])[] {
  const headers = answer.kind === 'reply' ? (answer.echoed?.headers ?? []) : [];
  return headers.flatMap((name, index) =>
    index % 2 === 0 ? [[name, headers[index + 1] ?? ''] as const] : [],
  );
}

export function reachedEcho(answer: Answer): boolean {
  return answer.kind === 'reply' && answer.echoed !== undefined;
}
