import { defineConfig } from 'rolldown';

/**
 * The image's bundle. The first file only looks at the version of Node, and an old one that can't read the others still
 * says so in words; what only some commands need is in files of its own. Comments stay behind in the sources: the runtime
 * keeps the text of what it runs in memory.
 */
export default defineConfig({
  input: 'bin/postern.js',
  platform: 'node',
  output: {
    dir: 'dist',
    format: 'esm',
    cleanDir: true,
    chunkFileNames: '[name].js',
    comments: { legal: true, annotation: false, jsdoc: false },
  },
});
