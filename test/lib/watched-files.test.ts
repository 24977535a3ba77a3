import { appendFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { watchFiles } from '../../src/lib/watched-files.ts';

/** A file that is watched, and looked at when the test says so. */
async function watch(prepare: (folder: string) => Promise<unknown> = async () => undefined) {
  const folder = await mkdtemp(join(tmpdir(), 'postern-watched-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'settings');
  await prepare(folder);
  let told = 0;
  let looked = Promise.withResolvers<void>();
  let goOn = Promise.withResolvers<void>();
  const wait = () => {
    goOn = Promise.withResolvers();
    looked.resolve();
    return goOn.promise;
  };
  const tell = () => {
    told += 1;
  };
  void watchFiles([path, join(folder, 'another')], tell, wait);
  await looked.promise;
  /** How often it has been told so far. */
  const look = async () => {
    looked = Promise.withResolvers();
    goOn.resolve();
    await looked.promise;
    return told;
  };
  return { folder, path, look };
}

const plain = (folder: string) => writeFile(join(folder, 'settings'), 'old');

/** As a ConfigMap is mounted: the file leads through a link to a folder, which is swapped. */
async function mounted(folder: string) {
  await mkdir(join(folder, '..1'));
  await writeFile(join(folder, '..1/settings'), 'old');
  await symlink('..1', join(folder, '..data'));
  await symlink('..data/settings', join(folder, 'settings'));
}

async function swapMounted(folder: string) {
  await mkdir(join(folder, '..2'));
  await writeFile(join(folder, '..2/settings'), 'newer');
  await symlink('..2', join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), join(folder, '..data'));
  await rm(join(folder, '..1'), { recursive: true });
}

it.each([
  ['is written over', plain, (folder: string) => writeFile(join(folder, 'settings'), 'newer')],
  [
    'is replaced by another',
    plain,
    async (folder: string) => {
      await writeFile(join(folder, '.draft'), 'newer');
      await rename(join(folder, '.draft'), join(folder, 'settings'));
    },
  ],
  ['lies behind links, one of which is swapped', mounted, swapMounted],
  [
    'lies behind links, and is written over',
    mounted,
    (folder: string) => writeFile(join(folder, '..1/settings'), 'newer'),
  ],
  ['is removed', plain, (folder: string) => rm(join(folder, 'settings'))],
  ['comes', async () => undefined, plain],
  ['is the second one', plain, (folder: string) => writeFile(join(folder, 'another'), 'new')],
])('a file that %s is told once, at the second look', async (_, prepare, change) => {
  const { folder, look } = await watch(prepare);
  expect(await look()).toBe(0);
  await change(folder);
  expect([await look(), await look(), await look()]).toEqual([0, 1, 1]);
});

it('what is written in steps is told when it is whole', async () => {
  const { path, look } = await watch(plain);
  for (const step of ['a', 'b', 'c']) {
    await appendFile(path, step);
    expect(await look()).toBe(0);
  }
  expect([await look(), await look()]).toEqual([1, 1]);
});

it('a file that is gone for a moment is told when it is back', async () => {
  const { path, look } = await watch(plain);
  await rm(path);
  expect(await look()).toBe(0);
  await writeFile(path, 'newer');
  expect([await look(), await look(), await look()]).toEqual([0, 1, 1]);
});

it('each change is told, also one that takes another back', async () => {
  const { path, look } = await watch(plain);
  await writeFile(path, 'newer');
  expect([await look(), await look()]).toEqual([0, 1]);
  await writeFile(path, 'old');
  expect([await look(), await look()]).toEqual([1, 2]);
});
