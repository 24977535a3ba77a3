import type { Doubt, TouchSession } from '../decision/session.ts';
import type { SessionDirectory, SessionTable } from '../management/ports.ts';
import type { ConsumeOnce, ForeignDenials, Strike } from '../oauth/ports.ts';
import type { AgreeOnSecret, FindRow, RegistryStore, SecretUses } from '../registry/ports.ts';
import type { CacheFigures } from './near/near-cache.ts';

/** Everything that one store gives to those who need it. */
export type Store = {
  readonly findRow: FindRow;
  readonly touch: TouchSession;
  readonly table: SessionTable;
  readonly directory: SessionDirectory;
  readonly registries: RegistryStore;
  readonly secretUses: SecretUses;
  readonly agreeOnSecret: AgreeOnSecret;
  readonly consumeOnce: ConsumeOnce;
  readonly strike: Strike;
  readonly foreignDenials: ForeignDenials;
  /** Whether it answers now, and what about it should worry its owner. Never rejects. */
  readonly health: () => Promise<StoreHealth>;
  /** What it holds in memory; absent where it holds nothing. */
  readonly cache?: () => CacheFigures;
  readonly close: () => Promise<void>;
};

export type StoreHealth = { readonly answers: boolean; readonly warnings: readonly string[] };

/** Told of every call to the store, and once of every change of its state. */
export type StoreObserver = {
  readonly called: (operation: string, result: 'ok' | Doubt, milliseconds: number) => void;
  /** `reason` is safe to log: it names no key and no value. */
  readonly changed: (state: 'up' | 'down', reason: string) => void;
  readonly warned: (warning: string) => void;
};
