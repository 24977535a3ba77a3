import { type Credential, readCredential } from './decision/credential.ts';
import { explain, type Step } from './decision/explain.ts';
import { type Facts, resolve } from './decision/resolve.ts';
import type { Clock } from './lib/clock.ts';
import type { Asking, Explain } from './management/explain.ts';
import { askedOf } from './proxy/asked.ts';
import { explainLogin } from './proxy/browser.ts';
import { carry } from './proxy/carry.ts';
import { DIALECTS } from './proxy/dialects.ts';
import type { Assert, GatePolicy, GateSettings } from './proxy/gate.ts';
import { createFindRoute, type Route } from './proxy/routes.ts';

export type ExplainParts = {
  /** Those in force: they may be replaced while the process runs. */
  readonly settings: () => GateSettings;
  readonly facts: Facts;
  readonly clock: Clock;
};

/** Nothing is signed for an explanation. Whether it could be, is not looked at. */
const UNSIGNED: Assert = async () => '';

/** Asks as a proxy would whose gate trusts it, by the very steps that the gate takes; and notes no use of a session. */
export function composeExplain({ settings, facts, clock }: ExplainParts): Explain {
  return async (tenant, asking) => {
    const current = settings();
    const policy = current.policies.find((one) => one.tenant === tenant && one.name === asking.policy);
    if (policy === undefined) return undefined;
    const routes = routesOf(policy);
    const route = routes.find(({ dialect }) => dialect.name === 'auth-request');
    if (route === undefined) throw new Error('auth-request does not serve the policy');
    const rawHeaders = headersOf(asking, current);
    const subrequest = { method: 'GET', rest: '', rawHeaders };
    const asked = askedOf(route, subrequest, current);
    const credential = credentialOf(asking, rawHeaders, current);
    const now = clock();
    const resolved = await resolve(credential, asked, policy, facts, () => now);
    const { decision } = await carry(resolved.decision, route, subrequest, current, UNSIGNED);
    return {
      outcome: decision.outcome,
      reason: decision.reason,
      statuses: Object.fromEntries(
        routes.map(({ dialect }) => [dialect.name, dialect.statuses[decision.outcome]]),
      ),
      rule: resolved.selected?.rule,
      steps: explain({ credential, asked, policy }, { ...resolved, decision }, now).toSpliced(
        -1,
        0,
        ...loginStep(explainLogin(decision, asked, policy.loginUrl, current.browsers)),
      ),
    };
  };
}

function loginStep(says: string | undefined): readonly Step[] {
  return says === undefined ? [] : [{ step: 'login', ok: undefined, says }];
}

/** Of every dialect that serves the policy. */
function routesOf(policy: GatePolicy): readonly Route[] {
  const findRoute = createFindRoute([policy]);
  return DIALECTS.flatMap(({ name }) => findRoute(`/${name}/${policy.name}`)?.route ?? []);
}

/** As nginx writes them, for `auth-request`. */
function headersOf(
  { request, clientAddress, preflight, credential = {} }: Asking,
  { reading }: GateSettings,
): readonly string[] {
  const { token, cookie } = credential;
  return [
    ...(request ? ['X-Original-URL', request.url, 'X-Original-Method', request.method] : []),
    ...(clientAddress === undefined ? [] : ['X-Forwarded-For', clientAddress]),
    ...(preflight ? ['Origin', preflight.origin, 'Access-Control-Request-Method', preflight.method] : []),
    ...(token === undefined ? [] : ['Authorization', `Bearer ${token}`]),
    ...(cookie === undefined ? [] : ['Cookie', `${reading.cookieName}=${cookie}`]),
  ];
}

function credentialOf(
  { credential }: Asking,
  rawHeaders: readonly string[],
  { reading }: GateSettings,
): Credential {
  const id = credential?.sessionId;
  return id === undefined ? readCredential(rawHeaders, reading) : { kind: 'token', source: 'cookie', id };
}
