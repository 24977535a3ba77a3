import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, listening, runProgram } from '../server.ts';
import { closer, copyDeployed } from './copy.ts';
import type { StartOptions, TestProxy } from './proxy.ts';

/** A real HAProxy with `deploy/haproxy` as it stands, or with more Lua at the end of ours. It takes HTTP/2 as it comes. */
export async function startHaproxy(
  decisionPort: number,
  appPort: number,
  { moreLua = '', change }: StartOptions & { readonly moreLua?: string } = {},
): Promise<TestProxy> {
  const folder = await copyDeployed('haproxy');
  await appendFile(join(folder, 'postern.lua'), moreLua);
  await change?.(folder);
  const port = await freePort();
  const server = await runProgram('haproxy', ['-db', '-f', 'haproxy.cfg'], folder, {
    SITE_LISTEN: `127.0.0.1:${port}`,
    SITE_APP: `127.0.0.1:${appPort}`,
    POSTERN_DECISION: `127.0.0.1:${decisionPort}`,
    POSTERN_CHECK: `abns@postern-check-${port}`,
  });
  await listening(port);
  return { port, close: closer(server, folder) };
}
