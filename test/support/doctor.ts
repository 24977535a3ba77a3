import { once } from 'node:events';
import type { Server } from 'node:http';
import { createEchoServer } from '../../src/doctor/echo.ts';
import { examine, examineStopped, type Report, type Result } from '../../src/doctor/examine.ts';
import { IDENTITIES, type Identity } from '../../src/doctor/names.ts';
import type { Site } from '../../src/doctor/probe.ts';
import { createSend } from '../../src/doctor/wire.ts';
import { Secret } from '../../src/lib/secret.ts';
import { portOf } from './server.ts';

export type Listening = { readonly port: number; readonly close: () => Promise<void> };

export async function startListening(server: Server): Promise<Listening> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** What `postern echo` runs. */
export const startEcho = (): Promise<Listening> => startListening(createEchoServer());

/** What is to be examined at a port of this machine. */
export type Examined = {
  readonly port: number;
  readonly protectedPath?: string;
  readonly publicPath?: string;
  readonly token?: string;
  readonly identity?: Identity;
};

export function siteOf(examined: Examined): Site {
  const { port, protectedPath = '/orders/1', publicPath = '/public/', token } = examined;
  const { identity = IDENTITIES.postern } = examined;
  const host = `127.0.0.1:${port}`;
  const secret = token === undefined ? undefined : new Secret(token);
  return { host, protectedPath, publicPath, identity, token: secret };
}

/** No answer of the tests' own servers is late, so nothing waits for this. */
const PATIENCE = () => AbortSignal.timeout(20_000);

async function report(run: typeof examine, examined: Examined): Promise<Report> {
  const site = siteOf(examined);
  const to = { host: '127.0.0.1', port: examined.port };
  const found = await run(site, createSend({ to, secure: false, host: site.host }, PATIENCE));
  if ('obstacle' in found) throw new Error(found.message);
  return found;
}

export const examineAt = (examined: Examined) => report(examine, examined);
export const examineStoppedAt = (examined: Examined) => report(examineStopped, examined);

/** The ids of the checks with one of these outcomes. */
export function idsOf({ results }: Report, ...outcomes: readonly Result['outcome'][]): readonly string[] {
  return results.filter(({ outcome }) => outcomes.includes(outcome)).map(({ check }) => check.id);
}
