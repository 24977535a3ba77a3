import { describe, expect, it } from 'vitest';
import { parseReply } from '../../src/doctor/reply.ts';

const ECHO = JSON.stringify({ postern: 'echo', method: 'GET', target: '/a', headers: ['Host', 'h'] });
const LENGTH = `Content-Length: ${ECHO.length}`;

const parse = (text: string, isWhole = false) => parseReply(Buffer.from(text, 'latin1'), isWhole);
const head = (...lines: readonly string[]) => `${lines.join('\r\n')}\r\n\r\n`;

describe('an answer', () => {
  it.each([
    ['by its length', `${head('HTTP/1.1 200 OK', LENGTH)}${ECHO}`],
    ['by its length, with more behind it', `${head('HTTP/1.1 200 OK', LENGTH)}${ECHO}HTTP/1.1 400 Bad`],
    ['without a reason', `${head('HTTP/1.1 200', LENGTH)}${ECHO}`],
    ['after an interim one', `${head('HTTP/1.1 100 Continue')}${head('HTTP/1.1 200 OK', LENGTH)}${ECHO}`],
    [
      'in chunks',
      `${head('HTTP/1.1 200 OK', 'transfer-encoding: Chunked')}5;x=y\r\n${ECHO.slice(0, 5)}\r\n${(ECHO.length - 5).toString(16)}\r\n${ECHO.slice(5)}\r\n0\r\n\r\n`,
    ],
  ])('is read %s', (_, text) => {
    expect(parse(text)).toMatchObject({ status: 200, echoed: { target: '/a', headers: ['Host', 'h'] } });
  });

  it('without a length is read once the connection has ended', () => {
    const text = `${head('HTTP/1.0 200 OK')}${ECHO}`;
    expect(parse(text)).toBeUndefined();
    expect(parse(text, true)).toMatchObject({ status: 200, echoed: { method: 'GET' } });
  });

  it.each([
    '',
    'HTTP/1.1 200 OK\r\nServer: x\r\n',
    head('HTTP/1.1 100 Continue'),
    `${head('HTTP/1.1 200 OK', LENGTH)}${ECHO.slice(1)}`,
    `${head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}5\r\n${ECHO.slice(0, 5)}\r\n`,
    head('SSH-2.0 200'),
  ])('%j is none yet', (text) => {
    expect(parse(text)).toBeUndefined();
  });

  it('has its headers as they came, twice where they came twice', () => {
    const text = head('HTTP/1.1 401 No', 'A: 1', 'a:2', 'B:  x: y ', 'Content-Length: 0');
    expect(parse(text)?.headers).toEqual([
      ['A', '1'],
      ['a', '2'],
      ['B', 'x: y'],
      ['Content-Length', '0'],
    ]);
  });

  it('ends with its head where the connection becomes something else', () => {
    expect(parse(`${head('HTTP/1.1 101 Switching Protocols', 'Upgrade: h2c')}binary`)?.status).toBe(101);
  });

  it.each(['not json', '{"postern":"other"}', '{"postern":"echo"}', 'null'])(
    'with the body %s is not the echo’s',
    (body) => {
      const reply = parse(`${head('HTTP/1.1 200 OK', `Content-Length: ${body.length}`)}${body}`);
      expect([reply?.status, reply?.echoed]).toEqual([200, undefined]);
    },
  );
});
