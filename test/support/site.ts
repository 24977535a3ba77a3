import { expect } from 'vitest';
import { IDENTITY_HEADER_NAMES } from '../../src/proxy/presets.ts';
import { startApp } from './app.ts';
import { type Ask, type Reply, send } from './http.ts';
import { type Input, startInProcess } from './postern.ts';
import { NGINX } from './proxies/proxies.ts';
import type { ProxyKind } from './proxies/proxy.ts';
import { startRedis } from './redis.ts';

/** The policies that the sites in `deploy` name. */
export const SITE_POLICIES = {
  default: {},
  orders: { scope: ['orders:read'] },
  open: { anonymous: true },
};

/** What every configuration in `deploy` sets from the answer, and from nothing else. */
export const PASSED_ON: readonly string[] = [...IDENTITY_HEADER_NAMES, 'X-Auth-Assertion'];

/** What a client writes to pass for somebody else: each identity header in every spelling that some application folds. */
export const FORGED: readonly string[] = PASSED_ON.flatMap((name) => [
  ...[name, 'forged'],
  ...[name.toUpperCase(), 'forged'],
  ...[name.toLowerCase().replaceAll('-', '_'), 'forged'],
  ...[name.replaceAll('-', '.'), 'forged'],
  ...[name.replace('-', '_'), 'forged'],
  ...[name.replace(/-(?=[^-]*$)/, '.'), 'forged'],
]);

export type Passed = {
  readonly reply: Reply;
  /** What the application saw, under folded names; undefined where nothing reached it. */
  readonly seen: Readonly<Record<string, string>> | undefined;
};

export type Site = Awaited<ReturnType<typeof startSite>>;

/** Browser or machine → a real proxy → Postern → real Redis, and the application behind. */
export async function startSite({ start }: ProxyKind = NGINX, input: Input = {}) {
  const redis = await startRedis();
  const postern = await startInProcess({ storeUrl: redis.url, policies: SITE_POLICIES, ...input });
  const app = await startApp();
  const proxy = await start(postern.ports.decision, app.port);
  await untilReady(postern.ports.admin);
  return {
    redis,
    postern,
    app,
    proxy,
    /** Every request also carries every forged identity header. */
    ask: async (ask: Ask): Promise<Passed> => {
      const before = app.seen.length;
      const reply = await send(proxy.port, { ...ask, headers: [...FORGED, ...(ask.headers ?? [])] });
      const headers = app.seen[before];
      return { reply, seen: headers === undefined ? undefined : fold(headers) };
    },
    close: async () => {
      await proxy.close();
      await postern.close();
      await app.close();
      await redis.close();
    },
  };
}

/** What must hold whatever comes out: a denial never reaches the application, and says nothing of anybody. */
export function expectDenied({ reply, seen }: Passed, status: number): void {
  expect(reply.status).toBe(status);
  expect(seen).toBeUndefined();
  for (const name of PASSED_ON) expect(reply.headers).not.toHaveProperty(name.toLowerCase());
}

/** What the application saw: nothing forged is in it. */
export function expectPassed({ reply, seen }: Passed): Readonly<Record<string, string>> {
  expect(reply.status).toBe(200);
  expect(JSON.stringify(seen)).not.toContain('forged');
  return { ...seen };
}

/** As CGI, WSGI and many a framework do: `X-Auth-Subject`, `x_auth_subject` and `X.Auth.Subject` are one name. */
export function fold(rawHeaders: readonly string[]): Record<string, string> {
  const folded: Record<string, string> = {};
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase().replaceAll(/[-.]/g, '_');
    folded[name] = [folded[name], rawHeaders[index + 1]].filter((value) => value !== undefined).join(' AND ');
  }
  return folded;
}

export async function untilReady(adminPort: number): Promise<void> {
  while ((await send(adminPort, { path: '/readyz' })).status !== 200);
}
