/** A process of its own: reads a plan, asks, prints a tally. */
import { readFileSync } from 'node:fs';
import { runClosed } from './closed-loop.ts';
import { openConnection } from './connection.ts';
import { runOpen } from './open-loop.ts';
import { planSchema, type Tally } from './plan.ts';

const plan = planSchema.parse(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')));
const { port, before, after, file, pace } = plan;
const credentials = readFileSync(file, 'utf8').split('\n').slice(0, -1);
const requests = credentials.map((credential) => before + credential + after);

const fail = (error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
};
const connections = Array.from({ length: plan.connections }, () => openConnection(port, fail));
const tally: Tally = await (pace.kind === 'open'
  ? runOpen(connections, requests, pace)
  : runClosed(connections, requests, pace.kind === 'once' ? undefined : pace.seconds));
for (const { close } of connections) close();
process.stdout.write(JSON.stringify(tally));
