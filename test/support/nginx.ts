import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, listening, type RunningServer, runProgram } from './server.ts';

/** Everything around the site that a distribution's own nginx.conf says; nothing of it is ours. */
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

export type TestNginx = { readonly port: number; readonly close: () => Promise<void> };

/** A real nginx with the site of `deploy/nginx` as it stands; only the three addresses are the test's. */
export async function startNginx(decisionPort: number, appPort: number): Promise<TestNginx> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-nginx-'));
  const port = await freePort();
  await cp(join(import.meta.dirname, '../../deploy/nginx'), folder, { recursive: true });
  const addresses = join(folder, 'postern/addresses');
  await writeFile(join(addresses, 'listen.conf'), `listen 127.0.0.1:${port};\n`);
  await writeFile(join(addresses, 'decision.conf'), `server 127.0.0.1:${decisionPort};\n`);
  await writeFile(join(addresses, 'app.conf'), `server 127.0.0.1:${appPort};\n`);
  await writeFile(join(folder, 'nginx.conf'), NGINX_CONF);
  const server: RunningServer = await runProgram('nginx', ['-p', folder, '-c', 'nginx.conf'], folder);
  await listening(port);
  return {
    port,
    close: async () => {
      await server.signal('SIGTERM');
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
