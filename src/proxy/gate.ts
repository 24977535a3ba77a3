import type { Reading } from '../decision/credential.ts';
import type { Decision } from '../decision/decide.ts';
import type { Policy } from '../decision/policy.ts';
import type { Facts } from '../decision/resolve.ts';
import type { Session, TouchSession } from '../decision/session.ts';
import type { Clock } from '../lib/clock.ts';
import type { Connections, Refusal } from '../lib/http-server.ts';
import type { Overload } from '../lib/overload.ts';
import type { Secret } from '../lib/secret.ts';
import type { Identity } from './identity-headers.ts';

/** A policy, and what its answers carry. */
export type GatePolicy = Policy & {
  /** Whether a requirement of it goes by the client's address. */
  readonly asksForClient: boolean;
  /** Where it is set, an allow carries a signed assertion for this audience. */
  readonly assertionAudience?: string | undefined;
  /** Whether an allow tells the proxy to keep the credential from the application. */
  readonly stripsCredentials: boolean;
  /** Where a browser that has to log in is sent. */
  readonly loginUrl?: string | undefined;
};

/** Where browsers may be sent back to after they logged in, and whose scripts may read a denial. */
export type Browsers = {
  /** Names, or `*.` and a name: of the hosts that `rd` may lead to. */
  readonly hosts: readonly string[];
  readonly allowsHttp: boolean;
  /** Origins of scripts, as a browser writes them in `Origin`. */
  readonly origins: ReadonlySet<string>;
};

/** What the settings say of decisions: one value, replaced whole when they are read again. */
export type GateSettings = {
  readonly policies: readonly GatePolicy[];
  readonly reading: Reading;
  /** Whether sessions may be bound to one of several domains, so that the host counts. */
  readonly bindsDomains: boolean;
  /** Whether the peer at an address may ask. */
  readonly isTrusted: (address: string | undefined) => boolean;
  /** Where it is set, every subrequest must carry it. */
  readonly gatewaySecret: Secret | undefined;
  readonly identity: Identity;
  /** Whether some policy has a signed assertion: then every allow carries the header, empty where there is none. */
  readonly carriesAssertions: boolean;
  readonly browsers: Browsers;
};

/** A signed statement of who it is, for one audience; undefined where it is too large. Rejects with `CannotTell`. */
export type Assert = (session: Session, audience: string) => Promise<string | undefined>;

/** One decision, as it is logged and counted. Nothing in it is or holds a token. */
export type DecisionEvent = {
  /** Made when somebody wants it: most decisions are only counted. */
  readonly requestId: () => string;
  readonly dialect: string;
  readonly policy: string;
  /** The place of the rule in the policy, from 1 on; absent where none was looked for or found. */
  readonly rule?: number | undefined;
  readonly decision: Decision;
  readonly milliseconds: number;
};

export type Gate = {
  readonly facts: Facts;
  readonly touch: TouchSession;
  readonly assert: Assert;
  readonly clock: Clock;
  readonly overload: Pick<Overload, 'admit' | 'leave'>;
  readonly connections: Connections;
  readonly observe: (event: DecisionEvent) => void;
  /** Told of a request whose path names no dialect or no policy: a proxy that is not configured as we are. */
  readonly observeUnrouted: () => void;
  /** Told of a request that could not be read in one way, or was too large to be read. */
  readonly observeRefused: (status: Refusal) => void;
  /** Told of what should never happen: an error of our own, answered with 503. */
  readonly report: (error: unknown) => void;
};
