import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Examined,
  examineAt,
  examineStoppedAt,
  idsOf,
  type Listening,
  startEcho,
} from '../support/doctor.ts';
import { createSession } from '../support/http.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';
import { CADDY, HAPROXY, NGINX } from '../support/proxies/proxies.ts';
import { freePort } from '../support/server.ts';
import { SITE_POLICIES } from '../support/site.ts';

/** In a file of the site, one line in the place of another. */
type Change = { readonly file: string; readonly from: string; readonly to: string };

/** What a person could do to the configuration that they copied, and the checks that find it. */
type Mistake = readonly [what: string, changes: Change | readonly Change[], checks: readonly string[]];

const inFile =
  (file: string) =>
  (from: string, to = ''): Change => ({ file, from, to });
const site = inFile('postern.conf');
const identity = inFile('postern/identity.conf');
const caddyfile = inFile('Caddyfile');
const requestOf = inFile('postern/request.caddy');
const haproxy = inFile('haproxy.cfg');

const MISTAKES: ReadonlyArray<readonly [typeof NGINX, readonly Mistake[]]> = [
  [
    NGINX,
    [
      [
        'without the identity headers in a location',
        site(
          'include postern/identity.conf;\n        proxy_pass http://app/orders/;',
          'proxy_pass http://app/orders/;',
        ),
        ['known', 'identity', 'hop-by-hop', 'flood'],
      ],
      [
        'without one of them',
        identity('proxy_set_header X-Auth-Roles $postern_roles;'),
        ['identity', 'anonymous', 'flood'],
      ],
      [
        'with underscores in headers',
        site('underscores_in_headers off;', 'underscores_in_headers on;'),
        ['identity', 'anonymous'],
      ],
      ['with a location that is not checked', site('auth_request /_postern/orders;'), ['denied']],
      [
        'with the path as the client wrote it',
        site('proxy_pass http://app/public/;', 'proxy_pass http://app;'),
        ['paths'],
      ],
      [
        'with whatever upgrade a client asks for',
        identity('Upgrade $postern_upgrade', 'Upgrade $http_upgrade'),
        ['upgrade'],
      ],
    ],
  ],
  [
    CADDY,
    [
      [
        "with the client's identity headers left in",
        requestOf('request_header -X-Auth-*'),
        ['identity', 'anonymous'],
      ],
      ['with names that applications fold', requestOf('request_header -*_*'), ['identity', 'anonymous']],
      ['without the check', caddyfile('import postern/check.caddy'), ['denied']],
      ['with paths that can be read in two ways', requestOf('respond @ambiguous 400'), ['paths']],
    ],
  ],
  [
    HAPROXY,
    [
      [
        "with the client's identity headers left in",
        [
          haproxy('http-request del-header x-auth- -m beg'),
          inFile('postern.lua')('txn.http:req_del_header(name)'),
        ],
        ['identity', 'anonymous'],
      ],
      [
        'with names that applications fold',
        haproxy('option http-restrict-req-hdr-names delete', 'option http-restrict-req-hdr-names preserve'),
        ['identity', 'anonymous'],
      ],
      [
        'with paths that can be read in two ways',
        haproxy('http-request return status 400 if ambiguous'),
        ['paths'],
      ],
    ],
  ],
];

let postern: InProcess;
let echo: Listening;
let token: string;
beforeAll(async () => {
  postern = await startInProcess({ policies: SITE_POLICIES });
  echo = await startEcho();
  ({ token } = await createSession(postern.ports.admin, { subject: 'ada', scope: ['orders:read'] }));
});
afterAll(async () => {
  await echo.close();
  await postern.close();
});

describe.each(MISTAKES.map(([proxy, mistakes]) => ({ ...proxy, mistakes })))(
  'of the site of deploy for $name, the doctor finds',
  ({ name, start, mistakes }) => {
    async function behind<Found>(
      changes: readonly Change[],
      look: (examined: Examined) => Promise<Found>,
      decisionPort = postern.ports.decision,
    ): Promise<Found> {
      const change = async (folder: string) => {
        for (const { file, from, to } of changes) {
          const text = await readFile(join(folder, file), 'utf8');
          if (!text.includes(from)) throw new Error(`${file} has no "${from}"`);
          await writeFile(join(folder, file), text.replaceAll(from, to));
        }
      };
      const proxy = await start(decisionPort, echo.port, { change });
      return look({ port: proxy.port, token }).finally(proxy.close);
    }

    it('nothing wrong, and knows whose configuration it is where that says so', async () => {
      const report = await behind([], examineAt);
      expect(idsOf(report, 'bad', 'unclear', 'skipped')).toEqual([]);
      expect(report.server).toBe(name === 'HAProxy' ? undefined : name.toLowerCase());
    });

    it('nothing wrong while Postern is stopped', async () => {
      const report = await behind([], examineStoppedAt, await freePort());
      expect(idsOf(report, 'ok')).toEqual(['stopped']);
    });

    it.each([...mistakes])('PRX-11 %s: that', async (_, changes, checks) => {
      const found = idsOf(await behind([changes].flat(), examineAt), 'bad');
      expect(found).toEqual(expect.arrayContaining([...checks]));
    });
  },
);
