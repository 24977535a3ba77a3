import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askRaw, writtenOf } from '../support/original.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
beforeAll(async () => {
  postern = await startInProcess({
    trustedProxies: ['127.0.0.0/8', '10.0.0.0/8'],
    policies: {
      shop: {
        rules: [
          { path: '/inside/**', clientNetworks: ['192.0.2.0/24', '2001:db8::/32'], anonymous: true },
          { path: '/near/**', clientNetworks: ['10.9.0.0/16'], anonymous: true },
        ],
      },
    },
  });
});
afterAll(() => postern.close());

/** The status for a client whose way the proxies tell so, each value in a header of its own. */
const askFrom = (uri: string, ...forwardedFor: readonly string[]) =>
  askRaw(
    postern.ports.decision,
    writtenOf('forward-auth', 'shop', { uri }),
    forwardedFor.map((value) => `X-Forwarded-For: ${value}`),
  );

describe('the client behind the proxies', () => {
  const inside = (...forwardedFor: readonly string[]) => askFrom('/inside/x', ...forwardedFor);

  it.each([
    ['192.0.2.7', 200],
    ['192.0.2.7, 10.0.0.1', 200],
    ['198.51.100.1, 192.0.2.7,10.0.0.1, 127.0.0.1', 200],
    ['2001:db8::7', 200],
    ['::ffff:192.0.2.7', 200],
    ['198.51.100.1', 403],
  ])('is allowed or not by the network it is in: %s', async (forwardedFor, status) => {
    expect(await inside(forwardedFor)).toBe(status);
  });

  it.each(['192.0.2.7, 198.51.100.1', '192.0.2.7, 198.51.100.1, 10.0.0.1'])(
    'FWD-10 is the last address that is not ours, and never the first: %s',
    async (forwardedFor) => {
      expect(await inside(forwardedFor)).toBe(403);
    },
  );

  it('FWD-10 nor is it the first where all are ours', async () => {
    const near = (forwardedFor: string) => askFrom('/near/x', forwardedFor);
    expect(await near('10.9.9.9')).toBe(200);
    expect(await near('10.1.1.1, 10.9.9.9')).toBe(200);
    expect(await near('10.9.9.9, 10.1.1.1')).toBe(403);
  });

  it.each([
    '999.999.999.999',
    '2001:db8::1%eth0',
    '1234:::5678',
    '192.0.2.7:80',
    '192.2',
    '0xc0.0.2.7',
    'unknown',
    '',
  ])('FWD-11 is nowhere where it is no address: %j', async (forwardedFor) => {
    expect(await inside(forwardedFor)).toBe(403);
    expect(await inside(`192.0.2.7, ${forwardedFor}`)).toBe(403);
    expect(await inside(`192.0.2.7, ${forwardedFor}, 10.0.0.1`)).toBe(403);
  });

  it('is nowhere where nobody says it, or somebody twice', async () => {
    expect(await inside()).toBe(403);
    expect(await inside('192.0.2.7', '192.0.2.7')).toBe(403);
    expect(await inside('192.0.2.7', '198.51.100.1')).toBe(403);
  });
});
