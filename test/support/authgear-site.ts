import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp } from './app.ts';
import { type Ask, send } from './http.ts';
import { startInProcess } from './postern.ts';
import { runNginx, writeAround } from './proxies/nginx.ts';
import { startRedis } from './redis.ts';
import { freePort } from './server.ts';
import { fold, type Passed, untilReady } from './site.ts';

/** The headers that Authgear's page on nginx hands on. */
const DOCUMENTED = [
  'x-authgear-session-valid',
  'x-authgear-user-id',
  'x-authgear-user-anonymous',
  'x-authgear-user-verified',
  'x-authgear-session-acr',
  'x-authgear-session-amr',
  'x-authgear-session-authenticated-at',
  'x-authgear-user-can-reauthenticate',
];

function handOn(header: string): string {
  const variable = header.replaceAll('-', '_');
  return `
            auth_request_set $${variable} $upstream_http_${variable};
            proxy_set_header ${header} $${variable};`;
}

/**
 * What https://docs.authgear.com/get-started/backend-api/nginx says, directive by directive. The test's are the
 * addresses, and that the resolver of Authgear, `<endpoint>/_resolver/resolve`, is a policy of ours.
 */
function siteOf(port: number, app: string, resolver: string, headers: readonly string[]): string {
  return `
    server {
        listen 127.0.0.1:${port};
        resolver 8.8.8.8;

        location / {
            set $backend http://${app};
            proxy_pass $backend;
            proxy_set_header Host $host;
            auth_request /_auth;
${headers.map(handOn).join('')}
        }

        location = /_auth {
            internal;
            set $resolver http://${resolver}/resolve/open;
            proxy_pass $resolver;
            proxy_set_header Host ${resolver};
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
        }
    }`;
}

/** Behind a real nginx as Authgear's users have it, and once more with the roles, which their page leaves out. */
export async function startAuthgearSite() {
  const redis = await startRedis();
  const postern = await startInProcess({
    storeUrl: redis.url,
    policies: { open: { anonymous: true } },
    identityHeaders: 'authgear',
  });
  const app = await startApp();
  const folder = await mkdtemp(join(tmpdir(), 'postern-authgear-'));
  const [documented, withRoles] = [await freePort(), await freePort()];
  const addresses = [`127.0.0.1:${app.port}`, `127.0.0.1:${postern.ports.decision}`] as const;
  const sites = [
    siteOf(documented, ...addresses, DOCUMENTED),
    siteOf(withRoles, ...addresses, [...DOCUMENTED, 'x-authgear-user-roles']),
  ];
  await writeAround(folder, sites.join('\n'));
  const close = await runNginx(folder, documented, withRoles);
  await untilReady(postern.ports.admin);
  return {
    redis,
    postern,
    ports: { documented, withRoles },
    ask: async (port: number, ask: Ask): Promise<Passed> => {
      const before = app.seen.length;
      const reply = await send(port, ask);
      const headers = app.seen[before];
      return { reply, seen: headers === undefined ? undefined : fold(headers) };
    },
    close: async () => {
      await close();
      await postern.close();
      await app.close();
      await redis.close();
    },
  };
}
