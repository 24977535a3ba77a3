import { parseEchoed } from './echo.ts';
import type { Reply } from './probe.ts';

/**
 * RFC 9112 sections 4 to 7: the final answer in these bytes, or undefined while there is none. `isWhole` says that no
 * more will come. It reads what real proxies write, and is no parser to stand before them.
 */
export function parseReply(bytes: Buffer, isWhole: boolean): Reply | undefined {
  const text = bytes.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [start = '', ...lines] = text.slice(0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(start)?.[1] ?? 0);
  if (status === 0) return undefined;
  if (status < 200 && status !== 101) return parseReply(bytes.subarray(end + 4), isWhole);
  const headers = lines.map(parseLine);
  const body = bodyOf(status, headers, text.slice(end + 4), isWhole);
  if (body === undefined) return undefined;
  return { kind: 'reply', status, headers, echoed: parseEchoed(body) };
}

function parseLine(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

function bodyOf(
  status: number,
  headers: Reply['headers'],
  rest: string,
  isWhole: boolean,
): string | undefined {
  const find = (wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
  if (status === 101 || status === 204 || status === 304) return '';
  if (find('transfer-encoding')?.toLowerCase() === 'chunked')
    return joinChunks(rest) ?? (isWhole ? '' : undefined);
  const length = Number(find('content-length') ?? Number.NaN);
  if (!Number.isNaN(length) && rest.length >= length) return rest.slice(0, length);
  return isWhole ? rest : undefined;
}

/** Undefined until the last chunk is there. */
function joinChunks(text: string): string | undefined {
  let body = '';
  let at = 0;
  for (;;) {
    const size = /^([0-9A-Fa-f]{1,8})[^\r\n]*\r\n/.exec(text.slice(at, at + 64));
    if (size === null) return undefined;
    const length = Number.parseInt(size[1] ?? '', 16);
    const from = at + size[0].length;
    if (length === 0) return body;
    body += text.slice(from, from + length);
    at = from + length + 2;
    if (at > text.length) return undefined;
  }
}
