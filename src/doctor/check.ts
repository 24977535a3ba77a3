import type { Judgement } from './judgement.ts';
import type { Exchange, Probe, Site } from './probe.ts';

export const PROXIES = ['nginx', 'traefik', 'caddy', 'haproxy', 'envoy'] as const;

export type ProxyName = (typeof PROXIES)[number];

/** What to write where; `any` is for a proxy that is not known. */
export type Mend = Readonly<Record<ProxyName | 'any', string>>;

/** One thing that must hold of a site. To add one is to add a row. */
export type Check = {
  readonly id: string;
  /** What holds where all is well. */
  readonly title: string;
  /** `note` is what only some applications fall for. */
  readonly severity: 'bad' | 'note';
  /** What it must be given; without it there are no probes. */
  readonly needs: string;
  readonly probes: (site: Site) => readonly Probe[];
  /** Pure: of one probe and what came of it. */
  readonly judge: (exchange: Exchange, site: Site) => Judgement;
  readonly mend: Mend;
};

export const NEEDS_PUBLIC = '--public PATH';
export const NEEDS_TOKEN = '--token-file FILE';
export const NEEDS_EITHER = '--public PATH or --token-file FILE';
export const NEEDS_NOTHING = '';
