import type fc from 'fast-check';

/** Begins the steps in an order that fast-check chooses, and shrinks where one fails. */
export async function interleave(
  scheduler: fc.Scheduler,
  steps: ReadonlyArray<() => Promise<unknown>>,
): Promise<void> {
  const begun = steps.map(async (step) => {
    await scheduler.schedule(Promise.resolve());
    await step();
  });
  await scheduler.waitAll();
  await Promise.all(begun);
}
