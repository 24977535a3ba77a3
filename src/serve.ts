import { type Parts, type Postern, startPostern } from './app.ts';
import { printBanner } from './banner.ts';
import type { Loaded } from './config/load.ts';
import type { Settings } from './config/schema.ts';
import { ADMIN_TOKEN, keepSecret, SECRET_KEY } from './kept-secret.ts';
import { systemClock } from './lib/clock.ts';
import { watchLoop } from './lib/event-loop.ts';
import { printAddress } from './lib/listen.ts';
import { printNetwork } from './lib/network.ts';
import { watchFiles } from './lib/watched-files.ts';
import { createReload } from './reload.ts';
import { createTelemetry, type Telemetry } from './telemetry/telemetry.ts';

const FAILED = 1;

type Read = Extract<Loaded, { readonly ok: true }>;

/**
 * Answers until a signal or a failure ends the process; `load` reads the settings again. Gives the code to exit with
 * where it can't even start.
 */
export async function serve({ settings, files }: Read, load: () => Loaded): Promise<number | undefined> {
  const { promise: reloading, resolve: startReloading } = Promise.withResolvers<() => void>();
  reloadWhenAsked(files, reloading);
  const telemetry = createTelemetry(settings.log.level);
  const fail = async (error: unknown) => {
    telemetry.report(error);
    await telemetry.close();
    process.stderr.write(`postern can't start: ${error instanceof Error ? error.message : String(error)}\n`);
    return FAILED;
  };
  try {
    const parts: Parts = {
      settings,
      adminToken: settings.adminToken ?? keepSecret(ADMIN_TOKEN),
      secretKey: settings.secretKey ?? keepSecret(SECRET_KEY),
      telemetry,
      clock: systemClock,
      watchLoop,
      fail: (error) => void fail(error).then((code) => process.exit(code)),
    };
    const postern = await startPostern(parts);
    announce(postern, parts);
    stopOnSignal(postern, parts);
    startReloading(composeReload(postern, parts, load));
    return undefined;
  } catch (error) {
    return fail(error);
  }
}

/** From the beginning, or the signal would end the process; what comes before it listens is done when it does. */
function reloadWhenAsked(files: readonly string[], reloading: Promise<() => void>): void {
  const ask = () => void reloading.then((reload) => reload());
  process.on('SIGHUP', ask);
  void watchFiles(files, ask);
}

function composeReload(postern: Postern, { settings, telemetry }: Parts, load: () => Loaded): () => void {
  let { level } = settings.log;
  const apply = (next: Settings) => {
    postern.apply(next);
    warnOfAnybody(next, telemetry);
    level = next.log.level;
  };
  const reload = createReload({ settings, load, apply, report: telemetry.report });
  return () => {
    telemetry.reloaded(reload());
    // Last, so that it is still told that less is told from now on.
    telemetry.log.level = level;
  };
}

function announce({ servers }: Postern, { settings, telemetry }: Parts): void {
  const start = {
    decision: printAddress(servers.decision),
    public: printAddress(servers.public),
    admin: printAddress(servers.admin),
  };
  const trusted = settings.trustedProxies.map(printNetwork);
  const gatewaySecret = settings.gatewaySecret !== undefined;
  telemetry.log.info({ ...start, trustedProxies: trusted, gatewaySecret }, 'listening');
  warnOfAnybody(settings, telemetry);
  const path = settings.adminToken === undefined ? { adminTokenPath: ADMIN_TOKEN.path } : {};
  process.stderr.write(printBanner({ ...start, trusted, ...path, ...exampleOf(settings) }));
}

function warnOfAnybody({ trustAnybody }: Settings, { log }: Telemetry): void {
  if (trustAnybody) log.warn({ setting: 'trustAnybody' }, 'whoever reaches the port may ask');
}

function exampleOf({ policies, session }: Settings) {
  const [policy, { tenant }] = Object.entries(policies).find(([, { anonymous }]) => !anonymous) ?? [
    'default',
    { tenant: 'default' },
  ];
  return { cookieName: session.cookie.name, policy, tenant };
}

/** The first signal drains; a second one ends the process at once. */
function stopOnSignal(postern: Postern, { telemetry }: Parts): void {
  const exit = async () => {
    const isWritten = await telemetry.close();
    // A write to a pipe that nobody reads holds a thread, for which an orderly exit would wait for ever.
    if (!isWritten) process.kill(process.pid, 'SIGKILL');
    process.exit(0);
  };
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return void exit();
      stopping = true;
      telemetry.log.info({ signal }, 'stopping');
      void postern.stop().catch(telemetry.report).finally(exit);
    });
  }
}
