import type { Check, ProxyName } from './check.ts';
import { CHECKS } from './checks/checks.ts';
import { stopped } from './checks/stopped.ts';
import { first, judgeSilence } from './judgement.ts';
import { type Exchange, get, type Probe, passing, type Send, type Site } from './probe.ts';

export type Finding = { readonly sent: Probe; readonly arrived: string };

export type Result = {
  readonly check: Check;
  /** `skipped`: it was not given what it needs. `unclear`: it can't tell. */
  readonly outcome: 'ok' | 'bad' | 'note' | 'unclear' | 'skipped';
  readonly findings: readonly Finding[];
  readonly why?: string;
};

/** Why there is nothing to examine. */
export type Obstacle = {
  readonly obstacle: 'unreachable' | 'no_echo' | 'path_not_public' | 'token_refused' | 'not_stopped';
  readonly message: string;
};

export type Report = {
  /** As far as it says so itself. */
  readonly server: ProxyName | undefined;
  readonly results: readonly Result[];
};

export async function examine(site: Site, send: Send): Promise<Report | Obstacle> {
  const met = await meet(site, send);
  if ('obstacle' in met) return met;
  for (const probe of passing(site)) {
    const obstacle = lookForEcho({ probe, answer: await send(probe) }, site);
    if (obstacle !== undefined) return obstacle;
  }
  return { server: met.server, results: await runAll(CHECKS, site, send) };
}

/** The same with Postern stopped: there is little to ask then, and it matters most. */
export async function examineStopped(site: Site, send: Send): Promise<Report | Obstacle> {
  const met = await meet(site, send);
  if ('obstacle' in met) return met;
  if ([302, 303, 307, 401].includes(met.status)) {
    const message = `The answer at ${site.protectedPath} is ${met.status}, which is Postern's. Stop it, and run this again.`;
    return { obstacle: 'not_stopped', message };
  }
  return { server: met.server, results: await runAll([stopped], site, send) };
}

type Met = { readonly server: ProxyName | undefined; readonly status: number };

async function meet(site: Site, send: Send): Promise<Met | Obstacle> {
  const answer = await send(get(site.protectedPath));
  // Silence is an answer of a kind: with Postern stopped, what makes it is the very thing to find.
  if (answer.kind !== 'unreachable') {
    const { headers, status } = answer.kind === 'reply' ? answer : { headers: [], status: 0 };
    const server = headers.find(([name]) => name.toLowerCase() === 'server')?.[1] ?? '';
    return { server: SERVERS.find(([pattern]) => pattern.test(server))?.[1], status };
  }
  return { obstacle: 'unreachable', message: `Nothing answers at ${site.host} (${answer.code}).` };
}

const SERVERS: readonly (readonly [RegExp, ProxyName])[] = [
  [/^(?:nginx|openresty)\b/i, 'nginx'],
  [/^Caddy\b/i, 'caddy'],
  [/^envoy\b/i, 'envoy'],
];

/** Without it, "nothing reached the application" would mean nothing. */
function lookForEcho({ probe, answer }: Exchange, { publicPath }: Site): Obstacle | undefined {
  if (answer.kind === 'reply' && answer.echoed !== undefined) return undefined;
  const said = answer.kind === 'reply' ? `${answer.status}` : 'no answer';
  // What a proxy says by itself of an application that is away is no word of Postern's.
  if (answer.kind === 'reply' && (answer.status < 300 || answer.status === 502)) {
    const message = `What answers ${said} at ${probe.target} is not "postern echo". Run that in the place of the application, and this again.`;
    return { obstacle: 'no_echo', message };
  }
  return probe.target === publicPath
    ? {
        obstacle: 'path_not_public',
        message: `${said} at ${probe.target}: name a path with --public that everybody may see.`,
      }
    : {
        obstacle: 'token_refused',
        message: `${said} at ${probe.target} with the token: bring that of a live session that may see it.`,
      };
}

async function runAll(checks: readonly Check[], site: Site, send: Send): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const check of checks) results.push(await run(check, site, send));
  return results;
}

async function run(check: Check, site: Site, send: Send): Promise<Result> {
  const probes = check.probes(site);
  if (probes.length === 0) return { check, outcome: 'skipped', findings: [], why: `needs ${check.needs}` };
  const exchanges: Exchange[] = [];
  for (const probe of probes) {
    const answer = await send(probe);
    exchanges.push({ probe, answer });
    // A proxy that answers nothing would keep us for as long at each of the others.
    if (answer.kind === 'timeout') break;
  }
  return judge(check, exchanges, site);
}

/** What is wrong outweighs what can't be told, and that what is well. */
export function judge(check: Check, exchanges: readonly Exchange[], site: Site): Result {
  const judged = exchanges.map((exchange) => ({
    sent: exchange.probe,
    judgement: first(check.judge(exchange, site), judgeSilence(exchange)),
  }));
  const findings = judged.flatMap(({ sent, judgement }) =>
    judgement.kind === 'wrong' ? [{ sent, arrived: judgement.arrived }] : [],
  );
  if (findings.length > 0) return { check, outcome: check.severity, findings };
  const [why] = judged.flatMap(({ judgement }) => (judgement.kind === 'unclear' ? [judgement.why] : []));
  return why === undefined
    ? { check, outcome: 'ok', findings }
    : { check, outcome: 'unclear', findings, why };
}
