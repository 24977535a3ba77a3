import type { TestProject } from 'vitest/node';
import { findProgram, hasImage, IMAGES, NEEDS, PROXY_IMAGES, type Program } from './programs.ts';

declare module 'vitest' {
  interface ProvidedContext {
    programs: Record<string, Program>;
    /** Whether there is a Docker engine with what our image is built from. */
    canBuildImage: boolean;
    /** Those of the proxies that run from an image alone, and can here. */
    proxyImages: readonly string[];
  }
}

/** Everything that the tests run is there before the first of them, or the run fails and says what is missing. */
export default async function findPrograms(project: TestProject): Promise<void> {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const programs: Record<string, Program> = {};
  for (const need of NEEDS) {
    programs[need.name] = await findProgram(need, say);
  }
  project.provide('programs', programs);
  const images = Object.values(IMAGES);
  const canBuildImage = (await Promise.all(images.map(hasImage))).every(Boolean);
  if (!canBuildImage)
    say(`The Dockerfile is not tried: no Docker engine has or can pull ${images.join(' and ')}.`);
  project.provide('canBuildImage', canBuildImage);
  project.provide('proxyImages', await findProxyImages(say));
}

async function findProxyImages(say: (line: string) => void): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [name, image] of Object.entries(PROXY_IMAGES)) {
    if (await hasImage(image)) found.push(image);
    else say(`${name} is not tried: no Docker engine has or can pull ${image}.`);
  }
  return found;
}
