import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // What the tests start they stop; no reaper, whose image not every machine has.
    env: { TESTCONTAINERS_RYUK_DISABLED: 'true' },
    // Much of the time is spent waiting for servers.
    maxWorkers: 2,
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
