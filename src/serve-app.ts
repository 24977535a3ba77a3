import type { Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { createGuardedServer, type Guard } from './lib/http-server.ts';
import { shedding } from './lib/overload.ts';
import type { Load } from './load.ts';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** The listener of an application. What `isExempt` says of a target is answered under any load. */
export function serveApp(
  app: { readonly fetch: Parameters<typeof getRequestListener>[0] },
  { overload, connections }: Load,
  refused: Guard['refused'],
  isExempt?: (target: string) => boolean,
): Server {
  const handle = shedding(getRequestListener(app.fetch), overload, isExempt);
  return createGuardedServer(handle, { methods: METHODS, takesBodies: true, refused, connections });
}
