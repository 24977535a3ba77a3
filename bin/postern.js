#!/usr/bin/env node
// Plain JavaScript that any Node reads: the rest is TypeScript, which an older one can't even open.
import { setFlagsFromString } from 'node:v8';

const OLDEST = [24, 18, 1];

const version = process.versions.node.split('.').map(Number);
const differing = OLDEST.findIndex((part, index) => version[index] !== part);
if (differing !== -1 && version[differing] < OLDEST[differing]) {
  process.stderr.write(
    `Postern needs Node ${OLDEST.join('.')} or later, and this is ${process.versions.node}: older ones drop headers without a word. ` +
      'On x64 Linux, "npm ci" brings one and "npm start" runs on it; elsewhere, install one.\n',
  );
  process.exit(1);
}
// By itself the runtime lets its heap grow to four times what lives before it collects. A smaller new space would save
// more memory, and costs latency: what a request leaves behind then outlives it, and is collected with all that is held.
setFlagsFromString('--heap-growing-percent=50');
await import('../src/main.ts');
