import { parseArgs } from 'node:util';
import { PROXIES, type ProxyName } from '../doctor/check.ts';
import { IDENTITIES, type Identity, identityOfMap } from '../doctor/names.ts';
import { type Address, parseAddress } from '../lib/listen.ts';
import { type Endpoint, parseEndpoint } from './endpoint.ts';

export type Examining = {
  readonly kind: 'doctor';
  readonly endpoint: Endpoint;
  readonly protectedPath: string;
  readonly publicPath: string | undefined;
  /** A path, or `-` for standard input. */
  readonly tokenFile: string | undefined;
  readonly identity: Identity;
  readonly proxy: ProxyName | undefined;
  readonly stopped: boolean;
  readonly json: boolean;
};

export type Echoing = { readonly kind: 'echo'; readonly address: Address };

export const PROBING_USAGE = `Of a proxy that runs, before its application is let in:

  echo [--listen HOST:PORT]   stands in the place of the application (default: 127.0.0.1:3000)
  doctor URL                  probes the proxy from outside, and says what is wrong and what mends it
  --protected PATH   asks for a session (default: /)
  --public PATH      lets everybody pass
  --token-file FILE  has the token of a session that may see the protected path; - is standard input
  --identity NAME    the setting identityHeaders: ${Object.keys(IDENTITIES).join(', ')}; or of a map its names,
                     separated by commas, that of the subject first (default: postern)
  --proxy NAME       ${PROXIES.join(', ')}: whose configuration is to be mended
  --stopped          while Postern is stopped: whether the proxy denies by itself
  --json             the report as JSON
`;

const EXAMINING = {
  protected: { type: 'string' },
  public: { type: 'string' },
  'token-file': { type: 'string' },
  identity: { type: 'string' },
  proxy: { type: 'string' },
  stopped: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

/** Throws where an option is none of its own. */
export function readExamining(args: readonly string[]): Examining | undefined {
  const { values, positionals } = parseArgs({ args: [...args], options: EXAMINING, allowPositionals: true });
  const { protected: protectedPath = '/', public: publicPath, 'token-file': tokenFile } = values;
  const { stopped = false, json = false } = values;
  const endpoint = parseEndpoint(positionals[0] ?? '');
  const identity = readIdentity(values.identity ?? 'postern');
  const proxy = PROXIES.find((name) => name === values.proxy);
  // A token in the address would stand on the command line, and a path there is none of the two.
  if (endpoint === undefined || endpoint.base !== '' || positionals.length > 1) return undefined;
  if (identity === undefined || (values.proxy !== undefined && proxy === undefined)) return undefined;
  if (!isPlain(protectedPath) || (publicPath !== undefined && !isPlain(publicPath))) return undefined;
  if (publicPath === protectedPath || tokenFile === '') return undefined;
  return { kind: 'doctor', endpoint, protectedPath, publicPath, tokenFile, identity, proxy, stopped, json };
}

/** A preset, or the names of a map. Those have a capital: a preset that is misspelled is none. */
function readIdentity(text: string): Identity | undefined {
  const [, preset] = Object.entries(IDENTITIES).find(([name]) => name === text) ?? [];
  const names = text.split(',').map((name) => name.trim());
  return (
    preset ??
    (names.every((name) => /^(?=.*[A-Z])[A-Za-z0-9-]+$/.test(name)) ? identityOfMap(names) : undefined)
  );
}

/** What everybody reads in one way: the doctor brings the spellings. */
function isPlain(path: string): boolean {
  return /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*\/?$/.test(path) && path !== '';
}

/** Throws where an option is none of its own. */
export function readEchoing(args: readonly string[]): Echoing | undefined {
  const { values } = parseArgs({ args: [...args], options: { listen: { type: 'string' } } });
  const address = parseAddress(values.listen ?? '127.0.0.1:3000');
  return address && { kind: 'echo', address };
}
