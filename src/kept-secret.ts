import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { hasCode, makePrivateFolder } from './lib/files.ts';
import { Secret } from './lib/secret.ts';

/** A secret that the settings may leave open. */
export type Kept = {
  /** As in "the admin token". */
  readonly what: string;
  readonly setting: string;
  readonly path: string;
  readonly isOne: (text: string) => boolean;
};

export const ADMIN_TOKEN: Kept = {
  what: 'the admin token',
  setting: 'adminToken',
  path: './data/admin-token',
  isOne: (text) => text.length >= 32,
};

export const SECRET_KEY: Kept = {
  what: 'the secret key',
  setting: 'secretKey',
  path: './data/secret',
  isOne: (text) => /^[A-Za-z0-9_-]{43}$/.test(text),
};

/**
 * The secret that the settings leave open: read from its file, or made there at the first start, for our eyes only
 * (0600). Throws where the file can be neither read nor written, or holds none.
 */
export function keepSecret({ what, setting, path, isOne }: Kept): Secret {
  try {
    makePrivateFolder(dirname(path));
    writeOnce(path, `${randomBytes(32).toString('base64url')}\n`);
  } catch (error) {
    throw new Error(`${what} can't be written to ${path}; set "${setting}"`, { cause: error });
  }
  const text = readFileSync(path, 'utf8').trim();
  if (!isOne(text)) throw new Error(`${path} does not hold ${what}; remove it, and a new one is made`);
  return new Secret(text);
}

/** Whole or not at all, and never over what is there: of two processes that start at once, both read one secret. */
function writeOnce(path: string, text: string): void {
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  writeFileSync(draft, text, { flag: 'wx', mode: 0o600 });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft);
  }
}
