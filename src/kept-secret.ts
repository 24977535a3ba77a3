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
  isOne: (text) => /^[A-Za-z0-9._~+/=-]{32,512}$/.test(text),
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
export function keepSecret(kept: Kept): Secret {
  const { what, setting, path } = kept;
  try {
    makePrivateFolder(dirname(path));
    writeOnce(path, `${randomBytes(32).toString('base64url')}\n`);
  } catch (error) {
    throw new Error(`${what} can't be written to ${path}; set "${setting}"`, { cause: error });
  }
  return parseKept(kept, readFileSync(path, 'utf8'));
}

/** The one that a server has made here: read, and never made. Throws where it can't be, and says how to give one. */
export function readAdminToken(): Secret {
  try {
    return parseKept(ADMIN_TOKEN, readFileSync(ADMIN_TOKEN.path, 'utf8'));
  } catch (error) {
    const message = `There is no admin token in ${ADMIN_TOKEN.path}. Run where the server does, or set POSTERN_ADMIN_TOKEN_FILE to the path of its token.`;
    throw new Error(message, { cause: error });
  }
}

function parseKept({ what, path, isOne }: Kept, text: string): Secret {
  const value = text.trim();
  if (!isOne(value)) throw new Error(`${path} does not hold ${what}; remove it, and a new one is made`);
  return new Secret(value);
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
