import { type Check, type Mend, NEEDS_PUBLIC } from '../check.ts';
import { FINE, type Judgement, wrong } from '../judgement.ts';
import { type Exchange, get, type Site } from '../probe.ts';
import { isPublic, type Readings, readTarget } from '../readings.ts';

/** How one step up is written, with what stands between it and the next segment. */
type Step = readonly [dots: string, slash: string];

const STEPS: readonly Step[] = [
  ['..', '/'],
  ['%2e%2e', '/'],
  ['%2E%2E', '/'],
  ['.%2e', '/'],
  ['%2e.', '/'],
  ['..', '%2f'],
  ['..', '%2F'],
  ['%2e%2e', '%2f'],
  ['..', '\\'],
  ['..', '//'],
  ['..%00', '/'],
  ['..%20', '/'],
  ['..%09', '/'],
  ['..%0d%0a', '/'],
  ['.%00.', '/'],
  ['%c0%ae%c0%ae', '/'],
  ['%u002e%u002e', '/'],
  ['..#', '/'],
];

const LAX_STEPS: readonly Step[] = [
  ['..', '%5c'],
  ['%2e%2e', '%5C'],
  ['..;', '/'],
  ['..;a=b', '/'],
  ['..%3b', '/'],
  ['%252e%252e', '/'],
  ['..', '%252f'],
  ['%25252e%25252e', '/'],
];

/** From the public path up to the root and down to the protected one. */
function climb({ publicPath = '/', protectedPath }: Site, [dots, slash]: Step): string {
  const [...folders] = publicPath.split('/').filter((segment) => segment !== '');
  const up = folders.map(() => dots + slash).join('');
  return `${trim(publicPath)}/${up}${protectedPath.slice(1)}`;
}

const trim = (path: string) => path.replace(/\/$/, '');

/** `/orders` as `/%6frders`. */
const encodeFirst = (path: string) =>
  path.replace(/[A-Za-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`);

/** PATH-05 to PATH-19: what is neither the public path nor the protected one to everybody. */
function mutate(site: Site & { readonly publicPath: string }): readonly string[] {
  const open = trim(site.publicPath);
  const closed = site.protectedPath;
  const below = closed.slice(1);
  const { host } = site;
  return [
    `${open}/./..${closed}`,
    `${open}//..${closed}`,
    `${open}/x/../..${closed}`,
    `${open}%2f..%2f${below}`,
    `${open}%2f${below}`,
    `${open};/..${closed}`,
    `${open}.`,
    `${open}%20/`,
    `${open}%00/`,
    `${open.toUpperCase()}/`,
    `/${open}/..${closed}`,
    `//${host}${open}/..${closed}`,
    `/%2f${below}`,
    `/.${closed}`,
    `/%2e${closed}`,
    encodeFirst(closed),
    `${trim(closed)}/`,
    `${trim(closed)}/.`,
    `${closed}%20`,
    `${closed}?${open}/`,
    `${closed}?x=${open}/../`,
    `${closed}#${open}/`,
    `${closed}%23${open}/`,
    `${closed}%3f${open}/`,
    `${closed};${open}/`,
    `${trim(closed)}/..%2f..${open}/`,
    `http://${host}${closed}`,
    `http://${host}${open}/..${closed}`,
    `http://${host}${open}/..%2f${below}`,
    `http://localhost${open}/..${closed}`,
    `${open}/..${closed}`.slice(1),
  ];
}

function probesOf(site: Site, steps: readonly Step[], others: typeof mutate) {
  const { publicPath } = site;
  if (publicPath === undefined) return [];
  const targets = [...steps.map((step) => climb(site, step)), ...others({ ...site, publicPath })];
  return [...new Set(targets)].map((target) => get(target));
}

/** That the application was reached is no fault, as long as it can read what it got in no way but the public one. */
function judgeReadings(choose: (readings: Readings) => readonly string[]): Check['judge'] {
  return ({ answer }: Exchange, site: Site): Judgement => {
    if (answer.kind !== 'reply' || answer.echoed === undefined) return FINE;
    const { target } = answer.echoed;
    const strange = choose(readTarget(target)).find((path) => !isPublic(path, site));
    return strange === undefined
      ? FINE
      : wrong(`${target} at the application, which may read it as ${strange}`);
  };
}

const CANONICAL: Mend = {
  any: 'let the proxy choose the policy by the same path that it hands on: resolve dots, encodings and slashes first, or refuse them',
  nginx:
    'proxy_pass http://app/public/; in location /public/: with the path of its location, the application gets the very path by which nginx chose; and if ($postern_ambiguous) { return 400; } with the map of deploy/nginx/postern.conf',
  traefik:
    'an encodedCharacters middleware before forwardAuth, which refuses "%2f", "%5c", "%3b", "%25" and the like; and no sanitizePath: false at the entry point',
  caddy:
    'import postern/request.caddy before the check: respond @ambiguous 400; and path_regexp in the place of path, which ignores case',
  haproxy:
    'http-request return status 400 if ambiguous, with the acl of deploy/haproxy/haproxy.cfg, before the policy is chosen',
  envoy:
    'normalize_path: true, merge_slashes: true, path_with_escaped_slashes_action: REJECT_REQUEST in the connection manager',
};

export const paths: Check = {
  id: 'paths',
  title: 'no spelling of a path leads from the public one to another',
  severity: 'bad',
  needs: NEEDS_PUBLIC,
  probes: (site) => probesOf(site, STEPS, mutate),
  judge: judgeReadings(({ usual }) => usual),
  mend: CANONICAL,
};

export const laxPaths: Check = {
  id: 'lax-paths',
  title: 'nor where the application decodes twice, cuts off what follows a ";", or takes "\\" for "/"',
  severity: 'note',
  needs: NEEDS_PUBLIC,
  probes: (site) => probesOf(site, LAX_STEPS, () => []),
  judge: judgeReadings(({ usual, lax }) => [...usual, ...lax]),
  mend: CANONICAL,
};
