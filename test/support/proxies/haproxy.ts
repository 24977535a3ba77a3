import { freePort, listening, runProgram } from '../server.ts';
import { closer, copyDeployed } from './copy.ts';
import type { TestProxy } from './proxy.ts';

/** A real HAProxy with `deploy/haproxy` as it stands. */
export async function startHaproxy(decisionPort: number, appPort: number): Promise<TestProxy> {
  const folder = await copyDeployed('haproxy');
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
