import { readArguments, USAGE } from './cli/arguments.ts';
import { EXIT } from './cli/failure.ts';
import { loadSettings } from './config/load.ts';
import { readAdminToken } from './kept-secret.ts';

const OUTPUT = {
  print: (text: string) => process.stdout.write(text),
  tell: (text: string) => process.stderr.write(text),
};

/**
 * Runs a command, and loads no more than that needs. Gives the code to exit with, or undefined where the process goes on.
 */
async function main(args: readonly string[]): Promise<number | undefined> {
  const invocation = readArguments(args);
  if (invocation === undefined) {
    process.stderr.write(USAGE);
    return EXIT.usage;
  }
  if (invocation.kind === 'help') {
    process.stdout.write(USAGE);
    return EXIT.ok;
  }
  if (invocation.kind === 'doctor') return (await import('./cli/doctor.ts')).doctor(invocation, OUTPUT);
  if (invocation.kind === 'echo') return (await import('./cli/echo.ts')).echo(invocation, OUTPUT);
  const loaded = loadSettings(invocation.config, process.env);
  if (!loaded.ok) {
    process.stderr.write(loaded.problems.map((problem) => `${problem}\n`).join(''));
    return EXIT.config;
  }
  const { settings, source } = loaded;
  if (invocation.kind === 'manage') {
    const { manage } = await import('./cli/manage.ts');
    return manage(invocation, {
      settings,
      findAdminToken: () => settings.adminToken ?? readAdminToken(),
      ...OUTPUT,
    });
  }
  if (invocation.kind === 'serve') {
    // The same file as at the start, also where that was found and not named: without it, the defaults would count.
    const path = source === 'defaults' ? invocation.config : source;
    const { serve } = await import('./serve.ts');
    return serve(loaded, () => loadSettings(path, process.env));
  }
  process.stdout.write(`ok: ${source}\n`);
  return EXIT.ok;
}

const code = await main(process.argv.slice(2));
// Through a pipe, what was written goes out by and by, and an exit would cut it off.
if (code !== undefined) process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
