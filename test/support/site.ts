import { IDENTITY_HEADER_NAMES } from '../../src/proxy/presets.ts';
import { startApp } from './app.ts';
import { type Ask, type Reply, send } from './http.ts';
import { startNginx } from './nginx.ts';
import { startInProcess } from './postern.ts';
import { startRedis } from './redis.ts';

/** The policies that the site in `deploy/nginx` names. */
export const SITE_POLICIES = {
  default: {},
  orders: { scope: ['orders:read'] },
  open: { anonymous: true },
};

/** What a client writes to pass for somebody else: each identity header in every spelling that some application folds. */
export const FORGED: readonly string[] = IDENTITY_HEADER_NAMES.flatMap((name) => [
  [name, 'forged'],
  [name.toUpperCase(), 'forged'],
  [name.toLowerCase().replaceAll('-', '_'), 'forged'],
  [name.replaceAll('-', '.'), 'forged'],
  [name.replace('-', '_'), 'forged'],
]).flat();

export type Passed = {
  readonly reply: Reply;
  /** What the application saw, under folded names; undefined where nothing reached it. */
  readonly seen: Readonly<Record<string, string>> | undefined;
};

/** Browser or machine → real nginx → Postern → real Redis, and the application behind. */
export async function startSite() {
  const redis = await startRedis();
  const postern = await startInProcess({ storeUrl: redis.url, policies: SITE_POLICIES });
  const app = await startApp();
  const nginx = await startNginx(postern.ports.decision, app.port);
  await untilReady(postern.ports.admin);
  return {
    redis,
    postern,
    app,
    nginx,
    /** Every request also carries every forged identity header. */
    ask: async (ask: Ask): Promise<Passed> => {
      const before = app.seen.length;
      const reply = await send(nginx.port, { ...ask, headers: [...FORGED, ...(ask.headers ?? [])] });
      const headers = app.seen[before];
      return { reply, seen: headers === undefined ? undefined : fold(headers) };
    },
    close: async () => {
      await nginx.close();
      await postern.close();
      await app.close();
      await redis.close();
    },
  };
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
