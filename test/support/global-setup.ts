import type { TestProject } from 'vitest/node';
import { findProgram, NEEDS, type Program } from './programs.ts';

declare module 'vitest' {
  interface ProvidedContext {
    programs: Record<string, Program>;
  }
}

/** Everything that the tests run is there before the first of them, or the run fails and says what is missing. */
export default async function findPrograms(project: TestProject): Promise<void> {
  const programs: Record<string, Program> = {};
  for (const need of NEEDS) {
    programs[need.name] = await findProgram(need, (line) => process.stdout.write(`${line}\n`));
  }
  project.provide('programs', programs);
}
