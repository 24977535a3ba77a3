import { statSync } from 'node:fs';
import type { Loaded } from './config/load.ts';
import type { Settings } from './config/schema.ts';
import { Secret } from './lib/secret.ts';
import type { ReloadEvent } from './telemetry/reloads.ts';

type Reloading = {
  /** Those of the start. */
  readonly settings: Settings;
  readonly load: () => Loaded;
  readonly apply: (settings: Settings) => void;
  readonly report: (error: unknown) => void;
};

/** What takes effect at once; whatever is not named here does at the next start. */
function reloadable(settings: Settings) {
  const { policies, identityHeaders, login, cors, gatewaySecret, trustedProxies, trustAnybody, log } =
    settings;
  return { policies, identityHeaders, login, cors, gatewaySecret, trustedProxies, trustAnybody, log };
}

/**
 * Reads the settings again and applies them, in one step that nothing comes between; broken ones change nothing.
 * It throws nothing: a signal calls it, and must not end the process.
 */
export function createReload({ settings, load, apply, report }: Reloading): () => ReloadEvent {
  let current = settings;
  return () => {
    try {
      const loaded = load();
      if (!loaded.ok) return refused(loaded.problems);
      const emptied = loaded.files.filter(isEmpty);
      if (emptied.length > 0)
        return refused(emptied.map((path) => `${path}: is empty; no settings are "{}"`));
      const taken = reloadable(loaded.settings);
      const changed = differencesOf(reloadable(current), taken);
      const needsStart = differencesOf(current, loaded.settings).filter(
        (name) => !Object.hasOwn(taken, name),
      );
      if (changed.length > 0) {
        const next = { ...current, ...taken };
        apply(next);
        current = next;
      }
      return { result: changed.length > 0 ? 'applied' : 'unchanged', changed, needsStart, problems: [] };
    } catch (error) {
      report(error);
      return refused(["the settings can't be applied: a fault, which has a line of its own"]);
    }
  };
}

function refused(problems: readonly string[]): ReloadEvent {
  return { result: 'refused', changed: [], needsStart: [], problems };
}

/** What a full disk leaves of a file that is written anew. It would mean the defaults, which may ask for less. */
function isEmpty(path: string): boolean {
  const found = statSync(path);
  return found.isFile() && found.size === 0;
}

type Group = { readonly [name: string]: unknown };

/** The names whose values are not the same, in the order of the alphabet. */
function differencesOf(left: Group, right: Group): string[] {
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].filter((name) => !isSame(left[name], right[name])).sort();
}

/** `isDeepStrictEqual` takes any two secrets for the same: it sees no private field. */
function isSame(left: unknown, right: unknown): boolean {
  if (left instanceof Secret && right instanceof Secret) return left.reveal() === right.reveal();
  if (isPlain(left) && isPlain(right)) return differencesOf(left, right).length === 0;
  return Object.is(left, right);
}

function isPlain(value: unknown): value is Group {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
