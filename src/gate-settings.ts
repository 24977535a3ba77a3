import type { PolicySettings, RequirementSettings } from './config/policies.ts';
import type { Settings } from './config/schema.ts';
import type { Requirements } from './decision/policy.ts';
import { createFindRule } from './decision/rules.ts';
import { createMembership } from './lib/network.ts';
import type { GatePolicy, GateSettings } from './proxy/gate.ts';
import { headersOf } from './proxy/identity-fields.ts';
import { createIdentity, type Identity } from './proxy/identity-headers.ts';
import { PRESETS } from './proxy/presets.ts';

/** The settings as they stand: replaced whole, while requests are under way. */
export type InForce = {
  readonly current: () => GateSettings;
  /** From now on. Throws where they can't be made ready, and then nothing is replaced. */
  readonly replace: (settings: Settings) => GateSettings;
};

export function createInForce(initial: Settings): InForce {
  let current = composeGateSettings(initial);
  return {
    current: () => current,
    replace: (settings) => {
      current = composeGateSettings(settings);
      return current;
    },
  };
}

/** What the settings say of decisions, made ready for them. */
export function composeGateSettings(settings: Settings): GateSettings {
  const { login, cors, session, issuers, policies } = settings;
  return {
    policies: Object.entries(policies).map(([name, policy]) => composePolicy(name, policy, login.url)),
    reading: {
      cookieName: session.cookie.name,
      takesPairs: issuers.some(({ bearerPair }) => bearerPair),
    },
    // One is enough: sessions of a time when there were several are still held against theirs.
    bindsDomains: session.cookie.domains.length > 0,
    isTrusted: createMembership(settings.trustedProxies),
    gatewaySecret: settings.gatewaySecret,
    identity: composeIdentity(settings),
    carriesAssertions: Object.values(policies).some(
      ({ assertionAudience }) => assertionAudience !== undefined,
    ),
    browsers: { hosts: login.hosts, allowsHttp: login.allowHttp, origins: new Set(cors.origins) },
  };
}

function composeIdentity({ identityHeaders, cache }: Settings): Identity {
  return createIdentity(
    typeof identityHeaders === 'string' ? PRESETS[identityHeaders] : headersOf(identityHeaders),
    cache.maxEntries,
  );
}

function composePolicy(name: string, policy: PolicySettings, defaultLogin: string | undefined): GatePolicy {
  const { tenant, rules, assertionAudience, stripCredentials, loginUrl = defaultLogin } = policy;
  const stated: readonly RequirementSettings[] = rules ?? [policy];
  const answering = {
    assertionAudience,
    stripsCredentials: stripCredentials,
    loginUrl: loginUrl === 'none' ? undefined : loginUrl,
    asksForClient: stated.some(({ clientNetworks }) => clientNetworks.length > 0),
  };
  if (rules === undefined) return { name, tenant, ...answering, requirements: composeRequirements(policy) };
  const findRule = createFindRule(rules.map((rule) => [rule, composeRequirements(rule)] as const));
  return { name, tenant, ...answering, findRule, places: rules };
}

function composeRequirements({ clientNetworks, ...requirements }: RequirementSettings): Requirements {
  return {
    ...requirements,
    isClientInside: clientNetworks.length > 0 ? createMembership(clientNetworks) : undefined,
  };
}
