import { join } from 'node:path';
import { freePort, listening, runImage } from '../server.ts';
import { closer, copyDeployed, replaceIn } from './copy.ts';
import type { TestProxy } from './proxy.ts';

/** A real Traefik with `deploy/traefik` as it stands; only the address that it listens on is the test's. */
export async function startTraefik(image: string, decisionPort: number, appPort: number): Promise<TestProxy> {
  const folder = await copyDeployed('traefik');
  const port = await freePort();
  await replaceIn(join(folder, 'traefik.yaml'), { '127.0.0.1:8080': `127.0.0.1:${port}` });
  const server = await runImage(image, 'traefik', ['--configFile=traefik.yaml'], folder, {
    SITE_APP: `127.0.0.1:${appPort}`,
    POSTERN_DECISION: `127.0.0.1:${decisionPort}`,
  });
  await listening(port);
  await untilRouted(port);
  return { port, close: closer(server, folder) };
}

/** It listens before it knows its routes, and answers 404 till then. */
async function untilRouted(port: number): Promise<void> {
  const end = AbortSignal.timeout(20_000);
  while ((await fetch(`http://127.0.0.1:${port}//`, { signal: end })).status === 404);
}
