import { readFileSync } from 'node:fs';
import { examine, examineStopped, type Obstacle, type Report } from '../doctor/examine.ts';
import { printReport, reportAsData } from '../doctor/print.ts';
import type { Site } from '../doctor/probe.ts';
import { createSend } from '../doctor/wire.ts';
import { Secret } from '../lib/secret.ts';
import type { Examining } from './doctor-arguments.ts';
import { EXIT, Failure } from './failure.ts';
import type { Surroundings } from './manage.ts';

const PATIENCE_MILLISECONDS = 5_000;
const PATIENCE_WHEN_STOPPED_MILLISECONDS = 3_000;

const CODES: Readonly<Record<Obstacle['obstacle'], number>> = {
  unreachable: EXIT.unavailable,
  no_echo: EXIT.unavailable,
  not_stopped: EXIT.usage,
  path_not_public: EXIT.usage,
  token_refused: EXIT.notPermitted,
};

/** Examines a site; gives the code to exit with. */
export async function doctor(
  examining: Examining,
  { print, tell }: Pick<Surroundings, 'print' | 'tell'>,
): Promise<number> {
  try {
    const report = await reportOn(examining);
    const { json, endpoint } = examining;
    const proxy = examining.proxy ?? report.server ?? 'any';
    print(
      json
        ? `${JSON.stringify(reportAsData(endpoint.printed, report, proxy))}\n`
        : printReport(report, proxy),
    );
    if (!examining.stopped) tell(whatIsLeft(report));
    return codeOf(report);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    tell(`postern doctor: ${error.message}\n`);
    return error.code;
  }
}

const WHAT_IS_LEFT =
  'What is left: stop Postern for a moment, and run the same with --stopped. It asks whether the proxy denies by itself.\n';

/** That nothing is wrong says little where little was asked. */
function whatIsLeft({ results }: Report): string {
  const skipped = results.filter(({ outcome }) => outcome === 'skipped').length;
  const unasked = `${skipped} of ${results.length} checks could not be made: they need --public and --token-file.\n`;
  return (skipped > 0 ? unasked : '') + WHAT_IS_LEFT;
}

async function reportOn({
  endpoint,
  protectedPath,
  publicPath,
  tokenFile,
  identity,
  stopped,
}: Examining): Promise<Report> {
  const host = 'socketPath' in endpoint.to ? 'localhost' : endpoint.printed.replace(/^https?:\/\//, '');
  const site: Site = {
    host,
    protectedPath,
    publicPath,
    identity,
    token: tokenFile === undefined ? undefined : readToken(tokenFile),
  };
  const milliseconds = stopped ? PATIENCE_WHEN_STOPPED_MILLISECONDS : PATIENCE_MILLISECONDS;
  const send = createSend({ ...endpoint, host }, () => AbortSignal.timeout(milliseconds));
  const found = await (stopped ? examineStopped : examine)(site, send);
  if ('obstacle' in found) throw new Failure(CODES[found.obstacle], found.message);
  return found;
}

/** Not on the command line, which everybody on the machine can read. */
function readToken(path: string): Secret {
  const isInput = path === '-';
  try {
    const text = readFileSync(isInput ? 0 : path, 'utf8').trim();
    // RFC 6750 section 2.1.
    if (/^[A-Za-z0-9._~+/-]{1,8192}=*$/.test(text)) return new Secret(text);
  } catch (error) {
    throw new Failure(EXIT.usage, `${isInput ? 'Standard input' : path} can't be read.`, { cause: error });
  }
  throw new Failure(
    EXIT.usage,
    `${isInput ? 'Standard input' : path} does not hold one token and nothing else.`,
  );
}

/** What can't be told is not well: a script must not go on as if it were. */
function codeOf({ results }: Report): number {
  if (results.some(({ outcome }) => outcome === 'bad')) return EXIT.refused;
  return results.some(({ outcome }) => outcome === 'unclear') ? EXIT.unavailable : EXIT.ok;
}
