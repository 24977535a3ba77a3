import { defineConfig } from 'rolldown';

/**
 * The image's bundle. Two files: the first only looks at the version of Node, and an old one that can't read the
 * second still says so in words.
 */
export default defineConfig({
  input: 'bin/postern.js',
  platform: 'node',
  output: { dir: 'dist', format: 'esm', cleanDir: true, chunkFileNames: '[name].js' },
});
