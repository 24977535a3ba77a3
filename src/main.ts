import { parseArgs } from 'node:util';
import { type Parts, type Postern, startPostern } from './app.ts';
import { printBanner } from './banner.ts';
import { loadSettings } from './config/load.ts';
import type { Settings } from './config/schema.ts';
import { ADMIN_TOKEN, keepSecret, SECRET_KEY } from './kept-secret.ts';
import { systemClock } from './lib/clock.ts';
import { printAddress } from './lib/listen.ts';
import { createTelemetry } from './telemetry.ts';

const USAGE = `Usage: postern [serve | check] [--config FILE]

  serve   answers (the default)
  check   reads the settings and says what is wrong with them: exit 0 or 78
`;

/** The codes of sysexits.h. */
const EXIT = { ok: 0, failed: 1, usage: 64, config: 78 };

/** Runs a command; gives the code to exit with, or undefined where the process goes on. */
async function main(args: readonly string[]): Promise<number | undefined> {
  const command = readCommand(args);
  if (command === undefined) {
    process.stderr.write(USAGE);
    return EXIT.usage;
  }
  if (command.name === 'help') {
    process.stdout.write(USAGE);
    return EXIT.ok;
  }
  const loaded = loadSettings(command.config, process.env);
  if (!loaded.ok) {
    process.stderr.write(loaded.problems.map((problem) => `${problem}\n`).join(''));
    return EXIT.config;
  }
  if (command.name === 'check') {
    process.stdout.write(`ok: ${loaded.source}\n`);
    return EXIT.ok;
  }
  return serve(loaded.settings);
}

function readCommand(args: readonly string[]): { name: string; config: string | undefined } | undefined {
  try {
    const options = { config: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [name = 'serve', ...rest] = values.help === true ? ['help'] : positionals;
    const known = ['serve', 'check', 'help'].includes(name) && rest.length === 0;
    return known ? { name, config: values.config } : undefined;
  } catch {
    return undefined;
  }
}

async function serve(settings: Settings): Promise<number | undefined> {
  const telemetry = createTelemetry(settings.log.level);
  const fail = async (error: unknown) => {
    telemetry.report(error);
    await telemetry.close();
    process.stderr.write(`postern can't start: ${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT.failed;
  };
  try {
    const parts: Parts = {
      settings,
      adminToken: settings.adminToken ?? keepSecret(ADMIN_TOKEN),
      secretKey: settings.secretKey ?? keepSecret(SECRET_KEY),
      telemetry,
      clock: systemClock,
      fail: (error) => void fail(error).then((code) => process.exit(code)),
    };
    const postern = await startPostern(parts);
    announce(postern, parts);
    stopOnSignal(postern, parts);
    return undefined;
  } catch (error) {
    return fail(error);
  }
}

function announce({ servers }: Postern, { settings, telemetry }: Parts): void {
  const start = {
    decision: printAddress(servers.decision),
    public: printAddress(servers.public),
    admin: printAddress(servers.admin),
  };
  telemetry.log.info(start, 'listening');
  if (settings.trustAnybody)
    telemetry.log.warn({ setting: 'trustAnybody' }, 'whoever reaches the port may ask');
  const path = settings.adminToken === undefined ? { adminTokenPath: ADMIN_TOKEN.path } : {};
  process.stderr.write(printBanner({ ...start, ...path, ...exampleOf(settings) }));
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
    process.exit(EXIT.ok);
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

const code = await main(process.argv.slice(2));
if (code !== undefined) process.exit(code);
