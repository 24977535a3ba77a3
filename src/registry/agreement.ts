import { CannotTell } from '../decision/session.ts';
import type { AgreeOnSecret, RegistryStore } from './ports.ts';

/** The replicas of one store must share the secret key: what one sealed, all must open. */
export type Agreement = {
  /** Resolves once the store has agreed. Rejects with `SecretDiffers` for good, and with `CannotTell` for now. */
  readonly reached: () => Promise<void>;
  /** The same registries, out of reach until then. */
  readonly guard: (registries: RegistryStore) => RegistryStore;
};

export class SecretDiffers extends CannotTell {
  constructor() {
    super(
      'secret_differs',
      'the store was used with another "secretKey" before. Start with that one, or on another store or "storePrefix"',
    );
  }
}

export function createAgreement(agree: AgreeOnSecret, fingerprint: string): Agreement {
  let agreed: Promise<void> | undefined;
  const reached = (): Promise<void> => {
    agreed ??= agree(fingerprint).then(
      (isSame) => {
        if (!isSame) throw new SecretDiffers();
      },
      (error: unknown) => {
        agreed = undefined;
        throw error;
      },
    );
    return agreed;
  };
  return {
    reached,
    guard: (registries) => ({
      state: (tenant) => reached().then(() => registries.state(tenant)),
      read: (tenant) => reached().then(() => registries.read(tenant)),
      replace: (...change) => reached().then(() => registries.replace(...change)),
      audit: (tenant, page) => reached().then(() => registries.audit(tenant, page)),
    }),
  };
}

const ASK_AGAIN_MILLISECONDS = 100;

/** Asks until the store can tell. That it is away is no reason to end; that it knows another key is. */
export function watchAgreement({ reached }: Agreement, fail: (error: Error) => void): { stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const ask = () => {
    reached().catch((error: unknown) => {
      if (stopped) return;
      if (error instanceof SecretDiffers) fail(error);
      else timer = setTimeout(ask, ASK_AGAIN_MILLISECONDS).unref();
    });
  };
  ask();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
