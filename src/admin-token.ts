import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Secret } from './lib/secret.ts';

/**
 * The admin token that the settings leave open: read from `path`, or made there at the first start, for our
 * eyes only (0600). Throws where the file can be neither read nor written, or holds no token.
 */
export function keepAdminToken(path: string): Secret {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // Exclusive: of two processes that start at once, the second reads what the first has written.
    writeFileSync(path, `${randomBytes(32).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
      throw new Error(`the admin token can't be written to ${path}; set "adminToken"`, { cause: error });
    }
  }
  const token = readFileSync(path, 'utf8').trim();
  if (token.length < 32) throw new Error(`${path} holds no admin token; remove it, and a new one is made`);
  return new Secret(token);
}
