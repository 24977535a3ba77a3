import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, runPostern } from '../support/command.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function check(text: string, environment: Record<string, string> = {}): Promise<Ended> {
  await writeFile(join(folder, 'postern.yaml'), text);
  return runPostern(['check'], environment, folder);
}

describe('postern check tells of the settings of the issuer', () => {
  it('everything that is wrong, each with its place', async () => {
    const { code, out, err } = await check(
      `publicUrl: ftp://auth.example.com
secretKey: short
keyRotationSeconds: 60
limits: { applications: 0, resource: 5 }
tenants:
  default: { accessTokenTtl: 59, strictScopes: true }
  acme: { tokenProfile: appid, signingAlg: ES256 }
  other: { tokenProfile: oidc, withoutResource: never }
`,
    );
    expect([code, out]).toEqual([78, '']);
    expect(err.replaceAll(': Invalid option: ', ': ').split('\n').filter(Boolean).toSorted()).toEqual(
      [
        './postern.yaml:1:1: publicUrl: must be an http or https URL without query and fragment',
        './postern.yaml:2:1: secretKey: must be 32 bytes in base64url, 43 characters',
        './postern.yaml:3:1: keyRotationSeconds: Too small: expected number to be >=3600',
        './postern.yaml:4:11: limits.applications: Too small: expected number to be >0',
        './postern.yaml:4:28: limits.resource: no such setting; did you mean resources?',
        './postern.yaml:6:14: tenants.default.accessTokenTtl: Too small: expected number to be >=60',
        './postern.yaml:6:34: tenants.default.strictScopes: no such setting; did you mean strictScope?',
        './postern.yaml:7:32: tenants.acme.signingAlg: must be RS256 in the profile appid',
        './postern.yaml:8:12: tenants.other.tokenProfile: expected one of "rfc9068"|"appid"',
        './postern.yaml:8:32: tenants.other.withoutResource: expected one of "client"|"refuse"',
      ].toSorted(),
    );
  });

  it('a secret key that is none, without quoting it', async () => {
    const key = 'x'.repeat(42);
    const { code, err } = await check('', { POSTERN_SECRET_KEY: key });
    expect([code, err]).toEqual([78, expect.stringContaining('POSTERN_SECRET_KEY: secretKey: ')]);
    expect(err).not.toContain(key);
  });

  it('a public listener on a Unix socket, of which nobody could tell how clients reach it', async () => {
    const socket = 'listen: { public: unix:/run/postern.sock }';
    expect(await check(socket)).toMatchObject({
      code: 78,
      err: expect.stringMatching(/^\.\/postern\.yaml:1:1: publicUrl: must be set where listen\.public is /),
    });
    // Also beside another fault.
    expect((await check(`{ ${socket}, zzz: 1 }`)).err).toContain('publicUrl: must be set');
    expect((await check(`{ ${socket}, publicUrl: 'https://auth.example.com' }`)).code).toBe(0);
    expect((await check('listen: 3')).err).not.toContain('publicUrl');
  });
});
