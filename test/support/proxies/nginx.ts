import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, listening, type RunningServer, runProgram } from '../server.ts';
import { closer, copyDeployed } from './copy.ts';
import type { StartOptions, TestProxy } from './proxy.ts';

/** Everything around a site that a distribution's own nginx.conf says; nothing of it is ours. */
function around(sites: string): string {
  return `
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
    ${sites}
}
`;
}

/** Writes the main configuration of a folder, with these sites in it. */
export async function writeAround(folder: string, sites: string): Promise<void> {
  await writeFile(join(folder, 'nginx.conf'), around(sites));
}

/** A real nginx in a folder that has its `nginx.conf`, once it listens on these ports; gives what ends it, folder and all. */
export async function runNginx(folder: string, ...ports: readonly number[]): Promise<() => Promise<void>> {
  const server: RunningServer = await runProgram('nginx', ['-p', folder, '-c', 'nginx.conf'], folder);
  await Promise.all(ports.map(listening));
  const close = closer(server, folder);
  return async () => {
    await server.signal('SIGTERM');
    await close();
  };
}

type NginxOptions = Pick<StartOptions, 'change'> & {
  readonly listen?: string;
  readonly inServer?: string;
  readonly locations?: string;
};

/**
 * A real nginx with the site of `deploy/nginx` as it stands; only the three addresses are the test's, and what it
 * says of its own: more that `listen` takes (`http2`), more that stands in the server (further locations), or other
 * locations in the place of all three.
 */
export async function startNginx(
  decisionPort: number,
  appPort: number,
  { listen = '', inServer = '', locations, change }: NginxOptions = {},
): Promise<TestProxy> {
  const folder = await copyDeployed('nginx');
  const port = await freePort();
  const addresses = join(folder, 'postern/addresses');
  await writeFile(join(addresses, 'listen.conf'), `listen 127.0.0.1:${port} ${listen};\n${inServer}\n`);
  await writeFile(join(addresses, 'decision.conf'), `server 127.0.0.1:${decisionPort};\n`);
  await writeFile(join(addresses, 'app.conf'), `server 127.0.0.1:${appPort};\n`);
  if (locations !== undefined) await replaceLocations(join(folder, 'postern.conf'), locations);
  await writeAround(folder, 'include postern.conf;');
  await change?.(folder);
  return { port, close: await runNginx(folder, port) };
}

/** They are what the site ends with. */
async function replaceLocations(file: string, locations: string): Promise<void> {
  const site = await readFile(file, 'utf8');
  await writeFile(file, `${site.slice(0, site.indexOf('    location / {'))}${locations}\n}\n`);
}
