import { type Check, NEEDS_NOTHING } from '../check.ts';
import { judgeDenied, wrong } from '../judgement.ts';
import { get, passing } from '../probe.ts';

/** With Postern away: what was an allow a moment ago must be none, and nobody may be kept waiting. */
export const stopped: Check = {
  id: 'stopped',
  title: 'nobody passes while Postern is stopped, and nobody waits for longer than 3 s',
  severity: 'bad',
  needs: NEEDS_NOTHING,
  probes: (site) => [get(site.protectedPath), ...passing(site)],
  judge: (exchange) =>
    exchange.answer.kind === 'timeout' ? wrong('no answer within 3 s') : judgeDenied(exchange),
  mend: {
    any: 'deny where the check gets no answer, and give it 2 s for one',
    nginx:
      'auth_request denies by itself: look for an error_page 500 502 503 504 that leads to the application; proxy_connect_timeout 1s; proxy_read_timeout 2s; in the location of the check',
    traefik:
      'forwardAuth denies by itself: look for a router of this path without it, or an errors middleware that leads to the application',
    caddy:
      'forward_auth denies by itself: look for handle_errors with a reverse_proxy to the application; transport http { dial_timeout 1s, response_header_timeout 2s }',
    haproxy:
      'http-request return status 503 unless { var(txn.postern_allowed) -m bool }: HAProxy goes on after an error in Lua',
    envoy: 'failure_mode_allow: false in ext_authz, and timeout: 2s in its server_uri',
  },
};
