import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../processes.ts';
import { type Answers, answersOf, answersOfWrk, judge, SOME } from './answers.ts';
import { openConnection, type Reply } from './connection.ts';
import type { Flood } from './flood.ts';
import { type FloodTally, floodTallySchema, type Pace, type Plan, type Tally, tallySchema } from './plan.ts';
import type { Questions } from './questions.ts';
import { readWrkOutput } from './wrk-output.ts';

export type Load = {
  /** Requests a second in a closed loop, of wrk or our own. Rejects where an answer has another status than this one. */
  readonly rate: (questions: Questions, how?: How) => Promise<number>;
  /** Asks each once, and gives how many a second were answered. */
  readonly once: (questions: Questions, status?: number) => Promise<number>;
  /** Nothing is measured: on a busy machine, a 503 may be among the answers. Without `seconds`, each is asked once. */
  readonly warm: (questions: Questions, seconds?: number) => Promise<void>;
  /** A constant rate; gives the latencies in milliseconds. */
  readonly latency: (questions: Questions, perSecond: number) => Promise<NonNullable<Tally['latency']>>;
  /** More than can be answered, on so many connections. Rejects where an answer is neither 200 nor 503. */
  readonly flood: (questions: Questions, flood: Flood, connections: number) => Promise<FloodTally>;
};

/** What is other than usual. `status` is 200 where it is absent. */
type How = { readonly status?: number; readonly seconds?: number; readonly connections?: number };

type LoadSettings = {
  /** Whether there is wrk for the closed loop. */
  readonly hasWrk: boolean;
  readonly connections: number;
  readonly seconds: number;
  readonly folder: string;
  /** Told of what is odd about a measurement that counts all the same. */
  readonly remark: (text: string) => void;
};

export function createLoad(usual: LoadSettings): Load {
  const { hasWrk, connections, seconds, folder } = usual;
  const remark = (text: string | undefined) => text !== undefined && usual.remark(text);
  const measure = hasWrk ? runWrk : runOwnLoop;
  const generate = async (questions: Questions, pace: Pace, status: number, most?: number) => {
    const tally = tallySchema.parse(await runGenerator(questions, pace, connections, folder));
    remark(judge(answersOf(tally, status), status, most));
    return tally;
  };
  return {
    rate: async (questions, { status = 200, ...how } = {}) => {
      await lookAt(questions, status);
      const { perSecond, answers } = await measure(questions, status, { ...usual, ...how });
      remark(judge(answers, status));
      return perSecond;
    },
    once: async (questions, status = 200) => {
      const tally = await generate(questions, { kind: 'once' }, status);
      return tally.requests / tally.seconds;
    },
    warm: async (questions, forSeconds) => {
      const pace: Pace =
        forSeconds === undefined ? { kind: 'once' } : { kind: 'closed', seconds: forSeconds };
      await generate(questions, pace, 200, SOME);
    },
    latency: async (questions, perSecond) => {
      const { latency } = await generate(questions, { kind: 'open', perSecond, seconds }, 200);
      if (latency === undefined) throw new Error('an open loop told no latency');
      return latency;
    },
    flood: async (questions, flood, most) => {
      const tally = floodTallySchema.parse(
        await runGenerator(questions, { kind: 'flood', ...flood }, most, folder),
      );
      const { 200: _200, 408: _408, 503: _503, broken: _broken, ...wrong } = tally.statuses;
      for (const [status, count] of Object.entries(wrong)) throw new Error(`${count} answers were ${status}`);
      return tally;
    },
  };
}

type Measured = { readonly perSecond: number; readonly answers: Answers };
type Measure = (questions: Questions, status: number, settings: LoadSettings) => Promise<Measured>;

const runWrk: Measure = async (questions, status, { connections, seconds, folder }) => {
  const { port, before, after } = questions;
  const file = await writeCredentials(questions, folder);
  const script = join(import.meta.dirname, 'replay.lua');
  const how = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '-s', script];
  const out = readWrkOutput(
    await run('wrk', [...how, `http://127.0.0.1:${port}`, '--', before, after, file]),
  );
  if (out.socketErrors > 0)
    throw new Error(`${out.socketErrors} connections broke, or answers took too long`);
  return { perSecond: out.perSecond, answers: answersOfWrk(out, status) };
};

const runOwnLoop: Measure = async (questions, status, { connections, seconds, folder }) => {
  const pace: Pace = { kind: 'closed', seconds };
  const tally = tallySchema.parse(await runGenerator(questions, pace, connections, folder));
  return { perSecond: tally.requests / tally.seconds, answers: answersOf(tally, status) };
};

const LOOKED_AT = 10;

/** wrk does not tell 200 from 301, nor 401 from 404: so each of the first ones is looked at. */
async function lookAt({ port, before, after, credentials }: Questions, status: number): Promise<void> {
  const { promise: failed, reject } = Promise.withResolvers<never>();
  const connection = openConnection(port, reject);
  for (const credential of credentials.slice(0, LOOKED_AT)) {
    const answered = new Promise<Reply>((resolve) => connection.ask(before + credential + after, resolve));
    const reply = await Promise.race([answered, failed]);
    if (reply.status !== status && reply.status !== 503)
      throw new Error(`an answer was ${reply.status} and not ${status}`);
  }
  connection.close();
}

async function runGenerator(
  questions: Questions,
  pace: Pace,
  connections: number,
  folder: string,
): Promise<unknown> {
  const { port, before, after } = questions;
  const file = await writeCredentials(questions, folder);
  const plan: Plan = { port, before, after, file, connections, pace };
  const path = join(folder, 'plan.json');
  await writeFile(path, JSON.stringify(plan));
  const out = await run(process.execPath, [join(import.meta.dirname, 'generator.ts'), path]);
  return JSON.parse(out);
}

async function writeCredentials({ credentials }: Questions, folder: string): Promise<string> {
  const path = join(folder, 'credentials');
  await writeFile(path, credentials.map((credential) => `${credential}\n`).join(''));
  return path;
}
