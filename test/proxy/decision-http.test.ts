import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLOSE, createSession, lines, type NewSession, send, sendRaw, statusesOf } from '../support/http.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
let ada: NewSession;
beforeAll(async () => {
  postern = await startInProcess({ policies: { default: {}, open: { anonymous: true } } });
  ada = await createSession(postern.ports.admin, { subject: 'ada' });
});
afterAll(() => postern.close());

describe('the decision listener', () => {
  const raw = (text: string) => sendRaw(postern.ports.decision, Buffer.from(text, 'latin1'));

  it('HTTP-07 refuses two Authorization headers', async () => {
    const headers = [`Authorization: Bearer ${ada.token}`, `Authorization: Bearer ${ada.token}`];
    const text = await raw(lines('GET /auth-request/default HTTP/1.1', 'Host: a', ...headers, CLOSE, ''));
    expect(statusesOf(text)).toEqual([401]);
    expect(text).toContain('error="invalid_request"');
  });

  it.each(['Bearer \u00e9\u00ff', 'Bearer \u00e6\u0097\u00a5', '\u00ff', 'Bearer \u0080'])(
    'HTTP-08 refuses bytes beyond ASCII in Authorization: %j',
    async (value) => {
      const head = lines(
        'GET /auth-request/default HTTP/1.1',
        'Host: a',
        `Authorization: ${value}`,
        CLOSE,
        '',
      );
      expect(statusesOf(await raw(head))).toEqual([401]);
    },
  );

  it('SES-04 reads past three hundred cookies', async () => {
    const cookies = Array.from({ length: 300 }, (_, index) => `c${index}=${index}`).join('; ');
    const ask = (value: string) =>
      send(postern.ports.decision, { path: '/auth-request/default', headers: ['Cookie', value] });
    expect((await ask(cookies)).status).toBe(401);
    expect((await ask(`${cookies}; session=${ada.token}`)).status).toBe(200);
  });

  it('HTTP-15 answers a hundred pipelined requests in order, each with its own identity', async () => {
    const subjects = Array.from({ length: 10 }, (_, index) => `user-${index}`);
    const sessions = await Promise.all(
      subjects.map((subject) => createSession(postern.ports.admin, { subject })),
    );
    const asked = Array.from({ length: 100 }, (_, index) => (index % 3 === 0 ? undefined : index % 10));
    const requests = asked.map((user, index) =>
      lines(
        'GET /auth-request/default HTTP/1.1',
        'Host: a',
        `Cookie: session=${user === undefined ? 'nobody' : sessions[user]?.token}`,
        ...(index === 99 ? [CLOSE] : []),
        '',
      ),
    );
    const answers = (await raw(requests.join(''))).split(/(?=HTTP\/1\.1 )/);
    const answered = answers.map((answer) => /^X-Auth-Subject: (.*)\r$/m.exec(answer)?.[1]);
    expect(answered).toEqual(asked.map((user) => (user === undefined ? undefined : `user-${user}`)));
  });

  it('reads no body: a small one is skipped, a large or unmeasured one ends the connection', async () => {
    const post = (body: string, ...headers: string[]) =>
      lines('POST /auth-request/open HTTP/1.1', 'Host: a', ...headers, '') + body;
    const next = lines('GET /auth-request/open HTTP/1.1', 'Host: a', CLOSE, '');
    expect(statusesOf(await raw(post('x'.repeat(1_024), 'Content-Length: 1024') + next))).toEqual([200, 200]);
    const large = await raw(post('x', 'Content-Length: 1000000000'));
    expect(statusesOf(large)).toEqual([200]);
    expect(large).toContain('Connection: close');
    expect(statusesOf(await raw(post('1\r\nx\r\n', 'Transfer-Encoding: chunked')))).toEqual([200]);
  });

  it('a server that takes bodies asks for them with "100 Continue"', async () => {
    const head = lines(
      'GET /livez HTTP/1.1',
      'Host: a',
      'Expect: 100-continue',
      'Content-Length: 2',
      CLOSE,
      '',
    );
    const text = await sendRaw(postern.ports.admin, `${head}{}`);
    expect(statusesOf(text)).toEqual([100, 200]);
  });

  it('asks for no body with "100 Continue"', async () => {
    const head = lines(
      'POST /auth-request/open HTTP/1.1',
      'Host: a',
      'Expect: 100-continue',
      'Content-Length: 5',
      CLOSE,
      '',
    );
    expect(statusesOf(await raw(head))).toEqual([200]);
  });
});
