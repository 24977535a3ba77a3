/** Cuts a stream of the Redis protocol into whole messages, whatever pieces it comes in. RESP2 alone, as Redis speaks it to us. */
export function createSplitter(): (chunk: Buffer) => readonly Buffer[] {
  let held: Buffer = Buffer.alloc(0);
  return (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const messages: Buffer[] = [];
    for (let end = endOf(held, 0); end !== undefined; end = endOf(held, 0)) {
      messages.push(held.subarray(0, end));
      held = held.subarray(end);
    }
    return messages;
  };
}

/** Where the message that begins at `start` is over; undefined while it is not all there. */
function endOf(bytes: Buffer, start: number): number | undefined {
  const line = bytes.indexOf('\r\n', start);
  if (start >= bytes.length || line === -1) return undefined;
  const type = String.fromCharCode(bytes[start] ?? 0);
  const size = Number(bytes.subarray(start + 1, line));
  let end = line + 2;
  if (type === '$' && size >= 0) end += size + 2;
  if (type !== '*') return end <= bytes.length ? end : undefined;
  for (let member = 0; member < size; member += 1) {
    const next = endOf(bytes, end);
    if (next === undefined) return undefined;
    end = next;
  }
  return end;
}

/** The words of a command, as a client sends it: an array of bulk strings. */
export function wordsOf(message: Buffer): readonly string[] {
  const words: string[] = [];
  let at = message.indexOf('\r\n') + 2;
  while (at < message.length) {
    const line = message.indexOf('\r\n', at);
    const size = Number(message.subarray(at + 1, line));
    words.push(message.subarray(line + 2, line + 2 + size).toString());
    at = line + 2 + size + 2;
  }
  return words;
}

export const bulk = (text: string): Buffer => Buffer.from(`$${Buffer.byteLength(text)}\r\n${text}\r\n`);

export const NIL = Buffer.from('$-1\r\n');
