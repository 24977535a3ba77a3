#!/usr/bin/env -S node --max-semi-space-size=2
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
// This, and the flag of the first line, keep memory near what is in use: by itself the runtime lets its heap grow to
// several times that before it collects, 300 MB and more in place of 190 where 100,000 sessions are held. It costs some
// hundredths of the decisions a second.
setFlagsFromString('--heap-growing-percent=50');
await import('../src/main.ts');
