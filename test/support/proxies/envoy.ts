import { join } from 'node:path';
import { freePort, listening, runImage } from '../server.ts';
import { closer, copyDeployed, replaceIn } from './copy.ts';
import type { TestProxy } from './proxy.ts';

/** A real Envoy with `deploy/envoy` as it stands; only the three ports are the test's. */
export async function startEnvoy(image: string, decisionPort: number, appPort: number): Promise<TestProxy> {
  const folder = await copyDeployed('envoy');
  const port = await freePort();
  await replaceIn(join(folder, 'envoy.yaml'), {
    'port_value: 8080': `port_value: ${port}`,
    'port_value: 4180': `port_value: ${decisionPort}`,
    'port_value: 3000': `port_value: ${appPort}`,
  });
  const args = ['-c', 'envoy.yaml', '--log-level', 'error', '--use-dynamic-base-id'];
  const server = await runImage(image, 'envoy', args, folder);
  await listening(port);
  return { port, close: closer(server, folder) };
}
