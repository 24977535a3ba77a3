import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSession, sendRaw, statusesOf } from '../support/http.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';
import { SUBREQUESTS } from '../support/subrequests.ts';

let postern: InProcess;
let token: string;
beforeAll(async () => {
  postern = await startInProcess({ policies: { default: {}, orders: { scope: ['orders:read'] } } });
  token = (await createSession(postern.ports.admin, { subject: 'ada' })).token;
});
afterAll(() => postern.close());

describe.each(Object.entries(SUBREQUESTS))('the subrequest of %s', (_, { dialect, write }) => {
  const ask = async (policy: string, credential: string) => {
    const lines = write(policy, credential).filter((line) => line !== '' && !/^connection:/i.test(line));
    const text = await sendRaw(postern.ports.decision, [...lines, 'Connection: close', '', ''].join('\r\n'));
    return { status: statusesOf(text)[0], text };
  };

  it('is allowed with a live session, and who it is comes back', async () => {
    for (const credential of [`Cookie: theme=dark; session=${token}`, `Authorization: Bearer ${token}`]) {
      const { status, text } = await ask('default', credential);
      expect(status).toBe(200);
      expect(text).toContain('\r\nX-Auth-Subject: ada\r\n');
      expect(text).toContain('\r\nContent-Length: 0\r\n');
    }
  });

  it.each([
    ['challenged without a credential', 'default', () => 'X-Nothing: here', 401],
    ['forbidden where the policy asks for more', 'orders', () => `Cookie: session=${token}`, 403],
    [
      'malformed with two session cookies',
      'default',
      () => `Cookie: session=${token}; session=${token}`,
      dialect === 'auth-request' ? 401 : 400,
    ],
    ['404 for a policy that does not exist', 'nobody', () => `Cookie: session=${token}`, 404],
  ])('is %s', async (_name, policy, credential, expected) => {
    const { status, text } = await ask(policy, credential());
    expect(status).toBe(expected);
    expect(text).not.toContain('X-Auth-');
  });
});
