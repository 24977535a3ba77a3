import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { getContainerRuntimeClient, ImageName } from 'testcontainers';

/** How a program that the tests need is run: from this machine, or from an image. */
export type Program = { readonly path: string } | { readonly path: string; readonly image: string };

type Need = { readonly name: string; readonly debianPackage: string; readonly image?: string };

/** A program without an image is a tool, and not a server. */
export const NEEDS: readonly Need[] = [
  {
    name: 'redis-server',
    debianPackage: 'redis-server',
    image: process.env.TEST_REDIS_IMAGE ?? 'redis:7-bookworm',
  },
  { name: 'nginx', debianPackage: 'nginx', image: process.env.TEST_NGINX_IMAGE ?? 'nginx:1.28-bookworm' },
  { name: 'caddy', debianPackage: 'caddy', image: process.env.TEST_CADDY_IMAGE ?? 'caddy:2' },
  {
    name: 'haproxy',
    debianPackage: 'haproxy',
    image: process.env.TEST_HAPROXY_IMAGE ?? 'haproxy:3.0-bookworm',
  },
  { name: 'curl', debianPackage: 'curl' },
];

/** On PATH, else from an image, else from Debian's packages; rejects, naming what is missing and what to do. */
export async function findProgram(need: Need, say: (line: string) => void): Promise<Program> {
  const path = onPath(need.name);
  if (path !== undefined) return { path };
  if (need.image !== undefined && (await hasImage(need.image))) {
    say(`${need.name} is run from the image ${need.image}`);
    return { path: need.name, image: need.image };
  }
  if (process.getuid?.() === 0 && onPath('apt-get') !== undefined) {
    say(`${need.name} is being installed: apt-get install ${need.debianPackage}`);
    await installPackage(need.debianPackage).catch((error: unknown) => say(String(error)));
    const installed = onPath(need.name);
    if (installed !== undefined) return { path: installed };
  }
  const image =
    need.image === undefined ? '' : `, or start a Docker engine that has or can pull ${need.image}`;
  throw new Error(
    `The tests need ${need.name}. Install it (Debian: apt-get install ${need.debianPackage})${image}.`,
  );
}

/** Servers stand in sbin on Debian, which is not on everybody's PATH. */
function onPath(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Proxies that Debian has no package of: the tests run them where an image of theirs is to be had. */
export const PROXY_IMAGES = {
  Traefik: process.env.TEST_TRAEFIK_IMAGE ?? 'traefik:v3.5',
  Envoy: process.env.TEST_ENVOY_IMAGE ?? 'envoyproxy/envoy:v1.35-latest',
};

/** What the Dockerfile is built from. */
export const IMAGES = {
  BUILD_IMAGE: process.env.TEST_BUILD_IMAGE ?? 'node:24-bookworm-slim',
  BASE_IMAGE: process.env.TEST_BASE_IMAGE ?? 'gcr.io/distroless/cc-debian12',
};

/** Whether a Docker engine answers and has the image, or can pull it. */
export async function hasImage(image: string): Promise<boolean> {
  try {
    const client = await getContainerRuntimeClient();
    const name = ImageName.fromString(image);
    if (!(await client.image.exists(name))) await client.image.pull(name);
    return true;
  } catch {
    return false;
  }
}

async function installPackage(name: string): Promise<void> {
  const run = promisify(execFile);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-q'], { env });
  await run('apt-get', ['install', '-q', '-y', '--no-install-recommends', name], { env });
}
