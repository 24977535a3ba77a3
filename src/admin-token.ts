import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { hasCode, makePrivateFolder } from './lib/files.ts';
import { Secret } from './lib/secret.ts';

/**
 * The admin token that the settings leave open: read from `path`, or made there at the first start, for our
 * eyes only (0600). Throws where the file can be neither read nor written, or holds no token.
 */
export function keepAdminToken(path: string): Secret {
  try {
    makePrivateFolder(dirname(path));
    writeOnce(path, `${randomBytes(32).toString('base64url')}\n`);
  } catch (error) {
    throw new Error(`the admin token can't be written to ${path}; set "adminToken"`, { cause: error });
  }
  const token = readFileSync(path, 'utf8').trim();
  if (token.length < 32) throw new Error(`${path} holds no admin token; remove it, and a new one is made`);
  return new Secret(token);
}

/** Whole or not at all, and never over what is there: of two processes that start at once, both read one token. */
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
