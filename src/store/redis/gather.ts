import type { Redis } from 'ioredis';

/**
 * What is sent in one turn of the event loop leaves in one write: under load a write for each command costs more than the
 * commands. Asked for before each command is sent.
 */
export function createGather(redis: Redis): () => void {
  let isGathering = false;
  return () => {
    if (isGathering) return;
    isGathering = true;
    const { stream } = redis;
    stream.cork();
    // After all that came in this turn was read, and before anything is waited for.
    setImmediate(() => {
      isGathering = false;
      stream.uncork();
    });
  };
}
