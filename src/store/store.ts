import type { Doubt, FindSession, TouchSession } from '../decision/session.ts';
import type { SessionDirectory, SessionTable } from '../management/ports.ts';

/** Everything that one store gives to those who need it. */
export type Store = {
  readonly find: FindSession;
  readonly touch: TouchSession;
  readonly table: SessionTable;
  readonly directory: SessionDirectory;
  /** Whether it answers now, and what about it should worry its owner. Never rejects. */
  readonly health: () => Promise<StoreHealth>;
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
