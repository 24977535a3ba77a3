import { cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, listening } from '../test/support/ports.ts';
import { findProgram } from '../test/support/programs.ts';
import type { Core, Processes } from './processes.ts';

type Nginx = { readonly processes: Processes; readonly folder: string; readonly core: Core };

/** C1, and the application behind a site: nginx that says 200 by itself. */
export async function startConstant(nginx: Nginx): Promise<number> {
  const port = await freePort();
  const folder = await newFolder(nginx.folder);
  await startNginx(nginx, folder, port, `server { listen 127.0.0.1:${port}; location / { return 200; } }`);
  return port;
}

/** The site of `deploy/nginx` as it stands, asking whoever listens on `decisionPort`. */
export async function startSite(nginx: Nginx, decisionPort: number, appPort: number): Promise<number> {
  const port = await freePort();
  const folder = await newFolder(nginx.folder);
  await cp(join(import.meta.dirname, '../deploy/nginx'), folder, { recursive: true });
  const addresses = join(folder, 'postern/addresses');
  await writeFile(join(addresses, 'listen.conf'), `listen 127.0.0.1:${port};\n`);
  await writeFile(join(addresses, 'decision.conf'), `server 127.0.0.1:${decisionPort};\n`);
  await writeFile(join(addresses, 'app.conf'), `server 127.0.0.1:${appPort};\n`);
  await startNginx(nginx, folder, port, 'include postern.conf;');
  return port;
}

async function newFolder(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, 'nginx-'));
}

async function startNginx(
  { processes, core }: Nginx,
  folder: string,
  port: number,
  sites: string,
): Promise<void> {
  const { path } = await findProgram({ name: 'nginx', debianPackage: 'nginx' }, tell);
  await writeFile(join(folder, 'nginx.conf'), around(sites));
  processes.start(path, ['-p', folder, '-c', 'nginx.conf'], {
    core,
    folder,
    output: join(folder, 'output.log'),
  });
  await listening(port);
}

/** One process, whose connections from the load live as long as that of any server here. */
function around(sites: string): string {
  return `
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
events { worker_connections 4096; }
http {
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path temp-body;
    proxy_temp_path temp-proxy;
    fastcgi_temp_path temp-fastcgi;
    uwsgi_temp_path temp-uwsgi;
    scgi_temp_path temp-scgi;
    ${sites}
}
`;
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
