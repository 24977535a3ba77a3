import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSession, sendRaw, statusesOf } from '../support/http.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
let token: string;
beforeAll(async () => {
  postern = await startInProcess({ policies: { default: {}, orders: { scope: ['orders:read'] } } });
  token = (await createSession(postern.ports.admin, { subject: 'ada' })).token;
});
afterAll(() => postern.close());

/** What each proxy writes on the wire to ask, with the credential line that its client sent. */
const SUBREQUESTS: Record<string, (policy: string, credential: string) => string[]> = {
  'Traefik, ForwardAuth': (policy, credential) => [
    `GET /forward-auth/${policy} HTTP/1.1`,
    'Host: postern:4180',
    'User-Agent: curl/8.5.0',
    'Accept: */*',
    credential,
    'X-Forwarded-For: 203.0.113.7',
    'X-Forwarded-Host: app.example.com',
    'X-Forwarded-Method: POST',
    'X-Forwarded-Port: 443',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Server: 4f0c6f3f1d2a',
    'X-Forwarded-Uri: /orders?id=1',
    'X-Real-Ip: 203.0.113.7',
    'Accept-Encoding: gzip',
  ],
  'Caddy, forward_auth': (policy, credential) => [
    `GET /forward-auth/${policy} HTTP/1.1`,
    'Host: app.example.com',
    'User-Agent: curl/8.5.0',
    'Accept: */*',
    credential,
    'X-Forwarded-For: 203.0.113.7',
    'X-Forwarded-Host: app.example.com',
    'X-Forwarded-Method: POST',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Uri: /orders?id=1',
    'Accept-Encoding: gzip',
  ],
  'HAProxy, auth-request.lua': (policy, credential) => [
    `HEAD /forward-auth/${policy} HTTP/1.1`,
    'host: 127.0.0.1:4180',
    credential.replace(/^[^:]+/, (name) => name.toLowerCase()),
    'x-forwarded-host: app.example.com',
    'connection: close',
  ],
};

describe.each(Object.entries(SUBREQUESTS))('the subrequest of %s', (_, write) => {
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
    ['400 with two session cookies', 'default', () => `Cookie: session=${token}; session=${token}`, 400],
    ['404 for a policy that does not exist', 'nobody', () => `Cookie: session=${token}`, 404],
  ])('is %s', async (_name, policy, credential, expected) => {
    const { status, text } = await ask(policy, credential());
    expect(status).toBe(expected);
    expect(text).not.toContain('X-Auth-');
  });
});
