import { type Check, type Mend, NEEDS_EITHER, NEEDS_PUBLIC } from '../check.ts';
import { FINE, FORGED, judgeForged, reachedEcho, valuesAtEcho, wrong } from '../judgement.ts';
import { BELIEVED, BELIEVED_ELSEWHERE, fold, MARKS, SPELLINGS } from '../names.ts';
import { get, type Header, passing } from '../probe.ts';

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
  probes: (site) => spell(BELIEVED).flatMap((headers) => passing(site, headers)),
  judge: judgeForged(BELIEVED),
  mend: REMOVE,
};

const SUBJECT_AND_ROLES = ['X-Auth-Subject', 'X-Auth-Roles'];

export const aliases: Check = {
  id: 'aliases',
  title: 'nor with another mark for its dashes (where the application takes one for the other)',
  severity: 'note',
  needs: NEEDS_EITHER,
  probes: (site) =>
    passing(
      site,
      forge(MARKS.flatMap((mark) => SUBJECT_AND_ROLES.map((name) => name.replaceAll('-', mark)))),
    ),
  judge: judgeForged(BELIEVED),
  mend: {
    ...REMOVE,
    any: 'remove every header of whose name anything but letters, digits and dashes is a part',
    caddy: 'request_header -X!* and so on, for each mark that came through, before the check',
  },
};

export const foreignIdentity: Check = {
  id: 'foreign-identity',
  title: 'no identity header of another gate reaches it (where the application reads those)',
  severity: 'note',
  needs: NEEDS_EITHER,
  probes: (site) =>
    ['-', '_'].flatMap((dash) =>
      passing(site, forge(BELIEVED_ELSEWHERE.map((name) => name.replaceAll('-', dash)))),
    ),
  judge: judgeForged(BELIEVED_ELSEWHERE),
  mend: {
    any: 'remove those that the application reads from every request',
    nginx: 'proxy_set_header Remote-User ""; and so on, beside include postern/identity.conf;',
    traefik: 'a headers middleware with customRequestHeaders: { Remote-User: "" } and so on',
    caddy: 'request_header -Remote-* and so on, before forward_auth',
    haproxy: 'http-request del-header Remote-User and so on, before the check',
    envoy: 'request_headers_to_remove: [remote-user] and so on, in the route configuration',
  },
};

const CLAIMS: readonly Header[] = [
  ['X-Auth-Subject', 'root'],
  ['X-Auth-Subject-Type', 'user'],
  ['X-Auth-Roles', 'admin'],
  ['X-Auth-Scope', 'admin'],
  ['X-Auth-Email', 'root@example.com'],
];

const EXCEPT_ASSERTION = BELIEVED.filter((name) => name !== 'X-Auth-Assertion');

export const anonymous: Check = {
  id: 'anonymous',
  title: 'who has no session is nobody at the public path, whatever they write',
  severity: 'bad',
  needs: NEEDS_PUBLIC,
  probes: ({ publicPath }) =>
    publicPath === undefined
      ? []
      : [
          get(publicPath),
          get(publicPath, CLAIMS),
          get(publicPath, [['Cookie', 'session=of-nobody; __Host-session=of-nobody'], ...CLAIMS]),
          ...SPELLINGS.map((spelling) =>
            get(
              publicPath,
              CLAIMS.map(([name, value]) => [spelling(name), value]),
            ),
          ),
        ],
  judge: ({ answer }) => {
    if (!reachedEcho(answer)) return FINE;
    const said = EXCEPT_ASSERTION.flatMap((name) =>
      valuesAtEcho(answer, name)
        .filter((value) => value !== '' && !(fold(name) === 'x_auth_subject_type' && value === 'anonymous'))
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
