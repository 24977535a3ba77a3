import { link, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/config/nearest.ts';
import { equalInConstantTime } from '../../src/lib/digest.ts';
import { closeGently, listen, parseAddress, printAddress } from '../../src/lib/listen.ts';
import { createMembership, parseNetwork } from '../../src/lib/network.ts';
import { Secret } from '../../src/lib/secret.ts';

describe('an address to listen on', () => {
  it.each([
    ['127.0.0.1:4180', { host: '127.0.0.1', port: 4180 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['[::1]:65535', { host: '::1', port: 65_535 }],
    ['unix:/run/postern.sock', { path: '/run/postern.sock' }],
  ])('is read from %s', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  it.each([
    '',
    ':4180',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '::1:4180',
    'unix:relative',
    'a b:1',
    'http://a:1',
  ])('is not %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it('is never made by removing a file that is no socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'postern-listen-'));
    const path = join(folder, 'postern.db');
    await writeFile(path, 'precious');
    await expect(listen(createServer(), { path })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(await readFile(path, 'utf8')).toBe('precious');
    await rm(folder, { recursive: true });
  });

  it('can be a Unix socket, also where a killed process left its file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'postern-listen-'));
    const path = join(folder, 'a.sock');
    const [first, second] = [createServer(), createServer()];
    await listen(first, { path });
    expect(printAddress(first)).toBe(`unix:${path}`);
    await expect(listen(second, { path })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const dead = join(folder, 'dead.sock');
    await link(path, dead);
    await closeGently(first);
    await closeGently(first);
    await expect(listen(second, { path: dead })).resolves.toBeUndefined();
    await closeGently(second);
    await rm(folder, { recursive: true });
  });
});

describe('a network', () => {
  const members = (...texts: string[]) => createMembership(texts.flatMap((text) => parseNetwork(text) ?? []));

  it.each([
    ['10.0.0.0/8', '10.1.2.3', true],
    ['10.0.0.0/8', '11.1.2.3', false],
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '10.0.0.2', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['fd00::/8', 'fd12::1', true],
    ['fd00::/8', 'fe80::1', false],
    ['::1', '::1', true],
    ['127.0.0.0/8', 'localhost', false],
    ['0.0.0.0/0', '::1', false],
  ])('FWD-11 %s has %s: %s', (network, address, isMember) => {
    expect(members(network)(address)).toBe(isMember);
  });

  it('has nobody whose address is not known', () => {
    expect(members('0.0.0.0/0', '::/0')(undefined)).toBe(false);
    expect(members('0.0.0.0/0', '::/0')('')).toBe(false);
  });
});

describe('a secret', () => {
  it('prints as [redacted] wherever it is printed', () => {
    const secret = new Secret('hunter2');
    expect(`${secret} ${inspect({ secret })} ${JSON.stringify({ secret })} ${String(secret)}`).not.toContain(
      'hunter2',
    );
    expect(secret.reveal()).toBe('hunter2');
  });

  it('is compared whole', () => {
    expect(equalInConstantTime('abc', 'abc')).toBe(true);
    for (const other of ['abd', 'ab', 'abcd', '']) expect(equalInConstantTime('abc', other)).toBe(false);
  });
});

describe('the nearest name', () => {
  it.each([
    ['rols', 'roles'],
    ['Roles', 'roles'],
    ['maxAuthAge', 'maxAuthAgeSeconds'],
    ['xyz', undefined],
  ])('of %s is %s', (typed, meant) => {
    expect(nearest(typed, ['roles', 'scope', 'maxAuthAgeSeconds'])).toBe(meant);
  });
});
