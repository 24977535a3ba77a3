import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CERTIFICATE } from './certificate.ts';

/** Settings of a server, as they stand in its file. */
type Settings = readonly (readonly [name: string, value: string])[];

/**
 * For servers that speak TLS to each other and to us, and let in nobody without a password. The tests' own clients come
 * in without TLS.
 */
export type Guard = {
  readonly settings: Settings;
  /** Of the default user, as whom the servers know each other, and the tests' clients come in. */
  readonly password: string;
  /** The file of whom we trust. */
  readonly ca: string;
  readonly close: () => Promise<void>;
};

type Login = { readonly username: string; readonly password: string };

/** Whom the servers know us as, and whom the sentinels. */
export const AT_SERVERS: Login = { username: 'gate', password: 'of-the-servers' };
export const AT_SENTINELS: Login = { username: 'scout', password: 'of-the-sentinels' };

export async function createGuard(): Promise<Guard> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-guard-'));
  const [cert, key] = [join(folder, 'tls.pem'), join(folder, 'tls.key')];
  await writeFile(cert, CERTIFICATE.cert);
  await writeFile(key, CERTIFICATE.key);
  const password = 'among-themselves';
  return {
    password,
    ca: cert,
    settings: [
      ['tls-cert-file', cert],
      ['tls-key-file', key],
      ['tls-ca-cert-file', cert],
      ['tls-auth-clients', 'no'],
      ['tls-replication', 'yes'],
      ['requirepass', password],
    ],
    close: () => rm(folder, { recursive: true }),
  };
}

export const letIn = ({ username, password }: Login): Settings => [
  ['user', `${username} on >${password} ~* &* +@all`],
];

export const argumentsOf = (settings: Settings): readonly string[] =>
  settings.flatMap(([name, value]) => [`--${name}`, ...value.split(' ')]);

/** What stands before the hosts of a URL. */
export const schemeOf = (kind: 'sentinel' | 'cluster', guard: Guard | undefined): string =>
  guard === undefined
    ? `redis+${kind}://`
    : `rediss+${kind}://${AT_SERVERS.username}:${AT_SERVERS.password}@`;
