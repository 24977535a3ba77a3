import type { Reply } from '../load/connection.ts';
import { type Asked, judgeAnswer } from './judge.ts';
import type { Weather } from './weather.ts';

/** Of those that are alike. The rest is counted alone: a report is to be read. */
const MOST_TOLD = 5;

/** What one replica said last, by `performance.now()` of the request. */
export type LastSaid = { unavailableAt: number; allowedAt: number };

export type Seen = ReturnType<typeof createRecord>;

/** All that was seen, and what of it must never be. */
export function createRecord(weather: Weather, replicas: number) {
  const { breaches, breach, breachCount } = createBreaches(weather);
  const statuses: Record<string, Record<string, number>> = {};
  const staleness = { calm: 0, fault: 0 };
  const counts = { answers: 0, calmAnswers: 0, calmUnavailable: 0 };
  const last: LastSaid[] = Array.from({ length: replicas }, () => ({ unavailableAt: 0, allowedAt: 0 }));
  const count = (asked: Asked, status: number, isCalm: boolean) => {
    const kind = kindOf(asked);
    const ofKind = statuses[kind] ?? {};
    statuses[kind] = { ...ofKind, [status]: (ofKind[status] ?? 0) + 1 };
    counts.answers += 1;
    if (!isCalm) return;
    counts.calmAnswers += 1;
    if (status === 503) counts.calmUnavailable += 1;
  };
  return {
    breaches,
    statuses,
    staleness,
    counts,
    breachCount,
    last: last as readonly Readonly<LastSaid>[],
    breach,
    answered: (place: number, asked: Asked, { status, head }: Reply, sentAt: number) => {
      const calmSince = weather.calmSince();
      count(asked, status, calmSince !== undefined && calmSince <= sentAt);
      const said = last[place];
      if (said !== undefined && status === 503) said.unavailableAt = Math.max(said.unavailableAt, sentAt);
      if (said !== undefined && status === 200) said.allowedAt = Math.max(said.allowedAt, sentAt);
      const verdict = judgeAnswer(asked, { status, head, sentAt, calmSince });
      if (verdict.stale !== undefined) {
        const when = verdict.stale.isCalm ? 'calm' : 'fault';
        staleness[when] = Math.max(staleness[when], verdict.stale.milliseconds);
      }
      if (verdict.breach !== undefined) breach(`replica ${place + 1}: ${verdict.breach}`);
    },
  };
}

function createBreaches(weather: Weather) {
  const breaches: string[] = [];
  let count = 0;
  const alike = new Map<string, number>();
  const breach = (text: string) => {
    count += 1;
    const kind = text.replaceAll(/\d+/g, '');
    const told = alike.get(kind) ?? 0;
    alike.set(kind, told + 1);
    if (told >= MOST_TOLD) return;
    const during = weather.fault();
    const at = new Date().toISOString();
    breaches.push(`${at} ${text}${during ? ` (${during})` : ''}`);
  };
  return { breaches: breaches as readonly string[], breach, breachCount: () => count };
}

function kindOf(asked: Asked): string {
  if (typeof asked === 'string') return asked;
  if (asked.end === undefined) return `live ${asked.kind}`;
  return asked.end.acknowledgedAt === undefined ? 'ending' : `ended ${asked.kind}`;
}
