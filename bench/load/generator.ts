/** A process of its own: reads a plan, asks, prints a tally. */
import { readFileSync } from 'node:fs';
import { runClosed } from './closed-loop.ts';
import { openConnection } from './connection.ts';
import { runFlood } from './flood.ts';
import { runOpen } from './open-loop.ts';
import { type FloodTally, planSchema, type Tally } from './plan.ts';
import { openPool } from './pool.ts';

const plan = planSchema.parse(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')));
const { port, before, after, file, pace } = plan;
const credentials = readFileSync(file, 'utf8').split('\n').slice(0, -1);
const requests = credentials.map((credential) => before + credential + after);

const fail = (error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
};

async function runPace(): Promise<Tally | FloodTally> {
  if (pace.kind === 'flood') {
    const open = (failed: (error: Error) => void) => openConnection(port, failed);
    const pool = await openPool(open, plan.connections, requests[0] ?? '');
    return runFlood(pool, requests, pace);
  }
  const connections = Array.from({ length: plan.connections }, () => openConnection(port, fail));
  if (pace.kind === 'open') return runOpen(connections, requests, pace);
  return runClosed(connections, requests, pace.kind === 'once' ? undefined : pace.seconds);
}

process.stdout.write(JSON.stringify(await runPace()), () => process.exit(0));
