import { join } from 'node:path';
import { freePort, listening, runProgram } from '../server.ts';
import { closer, copyDeployed, replaceIn } from './copy.ts';
import type { StartOptions, TestProxy } from './proxy.ts';

const SPEAK_HTTP2 = { 'auto_https off\n': 'auto_https off\nservers {\nprotocols h1 h2 h2c\n}\n' };

/** A real Caddy with `deploy/caddy` as it stands. What it keeps for itself, it keeps in the copy. */
export async function startCaddy(
  decisionPort: number,
  appPort: number,
  { http2 = false, change }: StartOptions = {},
): Promise<TestProxy> {
  const folder = await copyDeployed('caddy');
  if (http2) await replaceIn(join(folder, 'Caddyfile'), SPEAK_HTTP2);
  await change?.(folder);
  const port = await freePort();
  const server = await runProgram('caddy', ['run', '--config', 'Caddyfile'], folder, {
    SITE_PORT: String(port),
    SITE_APP: `127.0.0.1:${appPort}`,
    POSTERN_DECISION: `127.0.0.1:${decisionPort}`,
    XDG_DATA_HOME: folder,
    XDG_CONFIG_HOME: folder,
  });
  await listening(port);
  return { port, close: closer(server, folder) };
}
