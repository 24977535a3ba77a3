import type { Outcome } from '../../../src/decision/decide.ts';
import { DIALECTS } from '../../../src/proxy/dialects.ts';

export type TestProxy = { readonly port: number; readonly close: () => Promise<void> };

/** What is asked of a proxy beyond its configuration in `deploy`: to speak HTTP/2 without TLS, and to be broken. */
export type StartOptions = {
  readonly http2?: boolean;
  /** Does to the copy in its folder what somebody could do to their own. */
  readonly change?: (folder: string) => Promise<void>;
};

/** What a resolver may answer, or not, in the place of Postern. */
export const ANSWERS = [
  '200',
  '204',
  '302',
  '400',
  '401',
  '401, Location',
  '403',
  '404',
  '500',
  '503',
  'nonsense',
  'half an answer',
  'closes',
  'away',
  'hangs',
] as const;
export type AnswerName = (typeof ANSWERS)[number];

/** What a client sees of an answer: the status, and which of the resolver's headers. */
export type ClientSees = { readonly status: number; readonly headers: readonly string[] };

/** What a client asked for, and what its path is checked by. */
export type Original = {
  readonly port: number;
  readonly method: string;
  readonly uri: string;
  readonly policy: string;
};

/** One kind of proxy, with its configuration in `deploy` as it stands. */
export type ProxyKind = {
  readonly name: string;
  readonly dialect: 'auth-request' | 'forward-auth' | 'ext-authz';
  /** Where it runs from an image alone. */
  readonly image?: string;
  readonly start: (decisionPort: number, appPort: number, options?: StartOptions) => Promise<TestProxy>;
  /** The request line of its question, and the headers that it sets itself, under folded names. */
  readonly asks: (original: Original) => Readonly<Record<string, string>>;
  /** As measured, on the version that `docs/proxies.md` names. */
  readonly sees: Readonly<Record<AnswerName, ClientSees>>;
  /** How long it waits for a resolver that says nothing. */
  readonly patienceSeconds: number;
  /** Whether a path that can be read in two ways is resolved before the policy is chosen, or refused with 400. */
  readonly ambiguousPath: 'resolved' | 'refused' | 'either';
  /** The most connections that it opens for a hundred checks of one client, one after another. */
  readonly connections: number;
};

/** What the client gets for an outcome: every shipped configuration hands on the status of the dialect. */
export function statusFor({ dialect }: ProxyKind, outcome: Outcome): number {
  const found = DIALECTS.find(({ name }) => name === dialect);
  if (found === undefined) throw new Error(`there is no dialect ${dialect}`);
  return found.statuses[outcome];
}
