import type { Known } from './world.ts';

/** What was asked with: a credential of ours, one that was made up, or none. */
export type Asked = Known | 'made-up' | 'nobody';

export type Answer = {
  readonly status: number;
  readonly head: string;
  /** By `performance.now()`. */
  readonly sentAt: number;
  /** At the time of the answer. */
  readonly calmSince: number | undefined;
};

export type Verdict = {
  /** What must never be. */
  readonly breach?: string;
  /** An allow after the end was acknowledged, and whether all was well from before it. */
  readonly stale?: { readonly milliseconds: number; readonly isCalm: boolean };
};

/** In milliseconds, from when the end was acknowledged until the last request that may still be allowed was sent. */
export const STALENESS = { calm: 1_000, fault: 5_000 };

export function judgeAnswer(asked: Asked, answer: Answer): Verdict {
  const { status } = answer;
  if (status === 503) return {};
  if (status !== 200 && status !== 401) return { breach: `an answer was ${status}` };
  if (typeof asked === 'string') return status === 200 ? { breach: `allowed: ${asked}` } : {};
  return status === 200 ? judgeAllow(asked, answer) : judgeDenial(asked, answer);
}

function judgeAllow({ end, identity, kind }: Known, { head, sentAt, calmSince }: Answer): Verdict {
  const other = Object.entries(identity).find(([name, value]) => headerIn(head, name) !== value);
  if (other !== undefined) return { breach: `${other[0]} of a ${kind} is another's` };
  if (end?.acknowledgedAt === undefined || sentAt <= end.acknowledgedAt) return {};
  const milliseconds = sentAt - end.acknowledgedAt;
  const isCalm = calmSince !== undefined && calmSince <= end.startedAt;
  const stale = { milliseconds, isCalm };
  if (milliseconds <= STALENESS[isCalm ? 'calm' : 'fault']) return { stale };
  const when = isCalm ? 'in a calm' : 'with a fault';
  return { stale, breach: `allowed ${Math.round(milliseconds)} ms after its end by ${end.how}, ${when}` };
}

function judgeDenial({ end, kind, liveSince }: Known, { sentAt }: Answer): Verdict {
  return end === undefined && sentAt >= liveSince ? { breach: `denied: a live ${kind}` } : {};
}

function headerIn(head: string, name: string): string | undefined {
  const line = head.split('\r\n').find((text) => text.toLowerCase().startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}
