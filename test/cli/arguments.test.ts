import { describe, expect, it } from 'vitest';
import { readArguments } from '../../src/cli/arguments.ts';

const read = (line: string) => readArguments(line === '' ? [] : line.split(' '));

describe('the command line', () => {
  it.each([
    ['', { kind: 'serve', config: undefined }],
    ['--config a.yaml', { kind: 'serve', config: 'a.yaml' }],
    ['check --config a.yaml', { kind: 'check', config: 'a.yaml' }],
    ['help', { kind: 'help' }],
    ['app create --help', { kind: 'help' }],
    ['app list', { kind: 'manage', tenant: 'default', json: false, endpoint: undefined }],
    [
      '--json app list --tenant acme --config a.yaml',
      { kind: 'manage', tenant: 'acme', json: true, config: 'a.yaml' },
    ],
    ['app list --url http://h:1', { endpoint: { printed: 'http://h:1' } }],
    ['app rotate id', { command: { name: 'app rotate' }, asked: { operand: 'id', graceSeconds: 0 } }],
    ['app rotate id --grace 60', { asked: { graceSeconds: 60 } }],
    [
      'app create a --resource urn:r --scope s --scope t',
      { asked: { operand: 'a', resource: 'urn:r', scopes: ['s', 't'] } },
    ],
    [
      'resource create a urn:r --scope s',
      { asked: { operand: 'a', identifier: 'urn:r', resource: undefined, scopes: ['s'] } },
    ],
    [
      'explain shop --method PUT --request-url https://a/b --client-address ::1 --token-file -',
      {
        command: { name: 'explain' },
        endpoint: undefined,
        asked: {
          operand: 'shop',
          method: 'PUT',
          requestUrl: 'https://a/b',
          clientAddress: '::1',
          tokenFile: '-',
          cookieFile: undefined,
        },
      },
    ],
    ['explain shop --session vn.x --url http://h:1', { endpoint: {}, asked: { session: 'vn.x' } }],
    ['resource delete urn:r', { command: { name: 'resource delete' }, asked: { operand: 'urn:r' } }],
  ])('"%s" is understood', (line, invocation) => {
    expect(read(line)).toMatchObject(invocation);
  });

  it.each([
    'nonsense',
    'serve more',
    'check --json',
    'serve --tenant acme',
    'app',
    'resource',
    'list app',
    'app remove a',
    'app create',
    'app create a b',
    'app create a --scope s',
    'app create a --grace 1',
    'app create a --secret s',
    'app list a',
    'app list --scope s',
    'app list --resource urn:r',
    'app list --url ftp://h',
    'app list --url http://user:password@h',
    'app list --url',
    'app rotate a --grace soon',
    'app rotate a --grace -1',
    'app rotate a --grace=',
    'resource create a',
    'resource create a urn:r --resource urn:q',
    'explain',
    'explain a b',
    'explain a --method GET',
    'explain a --session s --token-file f',
    'explain a --token-file f --cookie-file f',
    'explain a --session=',
    'explain a --token t',
    'explain a --cookie c',
    'explain a --scope s',
    'app list --session s',
  ])('"%s" is not', (line) => {
    expect(read(line)).toBeUndefined();
  });

  it('takes no empty operand and no empty tenant, which are variables that a script never set', () => {
    expect(readArguments(['app', 'delete', ''])).toBeUndefined();
    expect(readArguments(['resource', 'create', 'a', ''])).toBeUndefined();
    expect(readArguments(['app', 'list', '--tenant', ''])).toBeUndefined();
  });
});
