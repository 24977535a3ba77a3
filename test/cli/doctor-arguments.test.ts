import { describe, expect, it } from 'vitest';
import { readArguments } from '../../src/cli/arguments.ts';

const read = (line: string) => readArguments(line.split(' '));

describe('the command line of the doctor', () => {
  it.each([
    [
      'doctor https://app.example.com',
      { kind: 'doctor', protectedPath: '/', publicPath: undefined, stopped: false, json: false },
    ],
    ['doctor http://h:1/', { endpoint: { printed: 'http://h:1' } }],
    ['doctor http://h --protected /a/b.c --public /', { protectedPath: '/a/b.c', publicPath: '/' }],
    ['doctor --stopped --json http://h', { stopped: true, json: true }],
    ['doctor http://h --token-file - --proxy envoy', { tokenFile: '-', proxy: 'envoy' }],
    ['doctor http://h --identity remote', { identity: { who: ['Remote-User'] } }],
    [
      'doctor http://h --identity X-User,X-Roles',
      { identity: { names: ['X-User', 'X-Roles', 'X-Auth-Assertion'], who: ['X-User'] } },
    ],
    ['doctor --help', { kind: 'help' }],
    ['echo', { kind: 'echo', address: { host: '127.0.0.1', port: 3000 } }],
    ['echo --listen [::1]:8', { kind: 'echo', address: { host: '::1', port: 8 } }],
    ['echo -h', { kind: 'help' }],
  ])('"%s" is understood', (line, invocation) => {
    expect(read(line)).toMatchObject(invocation);
  });

  it.each([
    'doctor',
    'doctor app.example.com',
    'doctor http://h/path',
    'doctor http://h?token=t',
    'doctor http://user:password@h',
    'doctor http://h http://i',
    'doctor http://h --proxy apache',
    'doctor http://h --identity remot',
    'doctor http://h --identity X-User,',
    'doctor http://h --protected orders',
    'doctor http://h --protected /a/../b',
    'doctor http://h --protected /a%2fb',
    'doctor http://h --protected //a',
    'doctor http://h --public /a?b',
    'doctor http://h --public /',
    'doctor http://h --token-file=',
    'doctor http://h --token t',
    'doctor http://h --config a.yaml',
    'echo 127.0.0.1:3000',
    'echo --listen 3000',
    'echo --json',
  ])('"%s" is not', (line) => {
    expect(read(line)).toBeUndefined();
  });
});
