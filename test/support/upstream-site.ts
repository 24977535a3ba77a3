import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ask, type Reply, send } from './http.ts';
import { startInProcess } from './postern.ts';
import { freePort, listening, portOf, runProgram } from './server.ts';

const NGINX_CONF = `
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
events {}
http {
    access_log off;
    client_body_temp_path temp-body;
    proxy_temp_path temp-proxy;
    fastcgi_temp_path temp-fastcgi;
    uwsgi_temp_path temp-uwsgi;
    scgi_temp_path temp-scgi;
    include postern.conf;
}
`;

export const ASSERTION_AUDIENCE = 'https://upstream.example';

const POLICIES = {
  default: {},
  orders: {},
  open: { anonymous: true, stripCredentials: true },
  asserted: { assertionAudience: ASSERTION_AUDIENCE },
  all: { assertionAudience: ASSERTION_AUDIENCE, stripCredentials: true },
};

const locationOf = (policy: string) => `
    location /${policy}/ {
        auth_request /_postern/${policy};
        include postern/identity.conf;
        ${policy === 'asserted' ? '' : 'include postern/strip.conf;'}
        proxy_pass http://app/${policy}/;
    }`;

/** A real nginx with the files of `deploy/nginx` as they stand, and locations whose policies have more to say. */
export async function startUpstreamSite() {
  const postern = await startInProcess({ policies: POLICIES });
  const app = await startLargeApp();
  const folder = await mkdtemp(join(tmpdir(), 'postern-upstream-'));
  const port = await freePort();
  await cp(join(import.meta.dirname, '../../deploy/nginx'), folder, { recursive: true });
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  const locations = ['open', 'asserted', 'all'].map(locationOf).join('');
  await write('postern/addresses/listen.conf', `listen 127.0.0.1:${port};\n${locations}\n`);
  await write('postern/addresses/decision.conf', `server 127.0.0.1:${postern.ports.decision};\n`);
  await write('postern/addresses/app.conf', `server 127.0.0.1:${app.port};\n`);
  await write('nginx.conf', NGINX_CONF);
  const nginx = await runProgram('nginx', ['-p', folder, '-c', 'nginx.conf'], folder);
  await listening(port);
  return {
    postern,
    app,
    ask: (ask: Ask): Promise<Reply> => send(port, ask),
    close: async () => {
      await nginx.signal('SIGTERM');
      await nginx.stop();
      await postern.close();
      await app.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An application that takes more headers than Node does by default; it remembers each request's as they came. */
async function startLargeApp() {
  const seen: string[][] = [];
  const server = createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => {
    seen.push(request.rawHeaders);
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    seen,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
