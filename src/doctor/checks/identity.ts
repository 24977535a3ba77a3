import { type Check, type Mend, NEEDS_EITHER, NEEDS_PUBLIC } from '../check.ts';
import { FINE, FORGED, judgeForged, reachedEcho, valuesAtEcho, wrong } from '../judgement.ts';
import { BELIEVED_ELSEWHERE, fold, MARKS, SPELLINGS } from '../names.ts';
import { get, type Header, passing, type Site } from '../probe.ts';

const forge = (names: readonly string[], value = FORGED): readonly Header[] =>
  names.map((name) => [name, value]);

/** One request a spelling, and one in which each stands twice: some overwrite the first alone. */
const spell = (names: readonly string[]): readonly (readonly Header[])[] => [
  ...SPELLINGS.map((spelling) => forge(names.map(spelling))),
  forge([...names, ...names]),
];

const REMOVE: Mend = {
  any: "remove every X-Auth-… header of the client's, spelled with dashes, underscores or dots, before the check; then set each from Postern's answer",
  nginx:
    'include postern/identity.conf; in this location, and in "http": underscores_in_headers off; ignore_invalid_headers on;',
  traefik:
    "http: { aliasHeadersStrategy: delete } at the entry point, and every X-Auth-… name in authResponseHeaders of the forwardAuth middleware, which removes the client's own",
  caddy:
    'import postern/request.caddy before the check: request_header -X-Auth-*, request_header -*_*, request_header -*.*',
  haproxy:
    'option http-restrict-req-hdr-names delete, and before the check: http-request del-header x-auth- -m beg',
  envoy:
    'headers_with_underscores_action: REJECT_REQUEST in common_http_protocol_options, and a header_mutation filter before ext_authz that removes each X-Auth-… name, with dashes and with dots',
};

export const identity: Check = {
  id: 'identity',
  title: 'no identity header that a client writes reaches the application, however it is spelled',
  severity: 'bad',
  needs: NEEDS_EITHER,
  probes: (site) => spell(site.identity.names).flatMap((headers) => passing(site, headers)),
  judge: (exchange, { identity: { names } }) => judgeForged(names)(exchange),
  mend: REMOVE,
};

export const aliases: Check = {
  id: 'aliases',
  title: 'nor with another mark for its dashes (where the application takes one for the other)',
  severity: 'note',
  needs: NEEDS_EITHER,
  probes: (site) =>
    passing(
      site,
      forge(
        MARKS.flatMap((mark) => site.identity.names.slice(0, 2).map((name) => name.replaceAll('-', mark))),
      ),
    ),
  judge: (exchange, { identity: { names } }) => judgeForged(names)(exchange),
  mend: {
    ...REMOVE,
    any: 'remove every header of whose name anything but letters, digits and dashes is a part',
    caddy: 'request_header -X!* and so on, for each mark that came through, before the check',
  },
};

export const foreignIdentity: Check = {
  id: 'foreign-identity',
  title: 'no identity header that only other gates set is left in, for an application that reads those',
  severity: 'note',
  needs: NEEDS_EITHER,
  probes: (site) =>
    ['-', '_'].flatMap((dash) =>
      passing(site, forge(elsewhere(site).map((name) => name.replaceAll('-', dash)))),
    ),
  judge: (exchange, site) => judgeForged(elsewhere(site))(exchange),
  mend: {
    any: 'remove those that the application reads from every request',
    nginx: 'proxy_set_header Remote-User ""; and so on, beside include postern/identity.conf;',
    traefik: 'a headers middleware with customRequestHeaders: { Remote-User: "" } and so on',
    caddy: 'request_header -Remote-* and so on, before forward_auth',
    haproxy: 'http-request del-header Remote-User and so on, before the check',
    envoy: 'request_headers_to_remove: [remote-user] and so on, in the route configuration',
  },
};

/** Beside those of the site's own. */
function elsewhere({ identity }: Site): readonly string[] {
  const own = new Set(identity.names.map(fold));
  return BELIEVED_ELSEWHERE.filter((name) => !own.has(fold(name)));
}

const claimsOf = ({ identity }: Site): readonly Header[] => identity.names.map((name) => [name, 'root']);

export const anonymous: Check = {
  id: 'anonymous',
  title: 'who has no session is nobody at the public path, whatever they write',
  severity: 'bad',
  needs: NEEDS_PUBLIC,
  probes: (site) => {
    const { publicPath } = site;
    const claims = claimsOf(site);
    if (publicPath === undefined) return [];
    return [
      get(publicPath),
      get(publicPath, claims),
      get(publicPath, [['Cookie', 'session=of-nobody; __Host-session=of-nobody'], ...claims]),
      ...SPELLINGS.map((spelling) =>
        get(
          publicPath,
          claims.map(([name, value]) => [spelling(name), value]),
        ),
      ),
    ];
  },
  judge: ({ answer }, { identity }) => {
    if (!reachedEcho(answer)) return FINE;
    const said = identity.names.flatMap((name) =>
      valuesAtEcho(answer, name)
        .filter((value) => value !== '' && !identity.nobody(name).includes(value))
        .map((value) => `${name}: ${value}`),
    );
    return said.length === 0 ? FINE : wrong(said.join(', '));
  },
  mend: {
    ...REMOVE,
    haproxy: `${REMOVE.haproxy}; where the answer has none, the client's own must be gone already`,
    caddy: `${REMOVE.caddy}; or Caddy 2.11.2 or later: older ones let the client's through where the answer's is empty`,
  },
};
