import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Listening, startEcho } from '../support/doctor.ts';
import { CLOSE, lines, send, sendRaw } from '../support/http.ts';

let echo: Listening;
beforeAll(async () => {
  echo = await startEcho();
});
afterAll(() => echo.close());

it('the echo tells the method, the target and the headers as they arrived', async () => {
  const headers = ['Host', 'h', 'X_A', '1', 'x-a', '2', 'x-a', '3', 'Connection', 'close'];
  const reply = await send(echo.port, { method: 'DELETE', path: '/a/..%2f\\b?c#d', headers });
  expect(reply.status).toBe(200);
  expect(reply.headers['cache-control']).toBe('no-store');
  expect(JSON.parse(reply.body)).toEqual({
    postern: 'echo',
    method: 'DELETE',
    target: '/a/..%2f\\b?c#d',
    headers,
  });
});

it.each(['Cookie', 'AUTHORIZATION', 'Proxy-Authorization', 'X_Postern_Gateway'])(
  'the echo never tells the value of %s',
  async (name) => {
    const { body } = await send(echo.port, { path: '/', headers: [name, 'the secret'] });
    expect(body).toContain(`"${name}","[redacted]"`);
    expect(body).not.toContain('the secret');
  },
);

it('the echo tells the last of thousands of headers', async () => {
  const headers = Array.from({ length: 3_000 }, (_, index) => [`x${index}`, '']).flat();
  const { body } = await send(echo.port, { path: '/', headers });
  expect(body).toContain('"x2999"');
});

it('the echo upgrades nothing', async () => {
  const headers = ['Connection', 'Upgrade', 'Upgrade', 'h2c'];
  const { status, body } = await send(echo.port, { path: '/', headers });
  expect([status, JSON.parse(body).headers]).toEqual([200, expect.arrayContaining(['Upgrade', 'h2c'])]);
});

it('the echo reads no body without an end', async () => {
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
  const head = lines('POST / HTTP/1.1', 'Host: h', CLOSE, 'Transfer-Encoding: chunked', '');
  // It would never end otherwise: the last chunk is missing.
  expect(await sendRaw(echo.port, head + chunk.repeat(20))).toContain('"postern":"echo"');
});
