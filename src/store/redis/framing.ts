/** What some bytes held: how many replies ended in them, and whether each could stand on a subscriber's connection. */
export type Framed = {
  readonly replies: number;
  /** How many of the bytes are read. The rest is to come again with what follows it. */
  readonly read: number;
  /** All were arrays that begin with two strings, as what is published is: the client takes that for granted. */
  readonly publishable: boolean;
};

/** Longer than any line that Redis says; what is long comes as a bulk string. */
const MAX_LINE_BYTES = 64 * 1024;
const MAX_MEMBERS = 1024 * 1024;
/** Nothing that we ask for nests deeper than three. */
const MAX_DEPTH = 8;

const [LF, CR] = [10, 13];
const TYPES = Buffer.from('+-:$*');

type State = {
  /** How many bytes are to come of a bulk string, its end included. */
  bulk: number;
  /** How many members are to come of each array that is not over. */
  readonly open: number[];
  /** The type of the reply, and if it is an array, of its first two members. */
  shape: string;
};

/**
 * Follows a stream of RESP2 replies without a look at what they say; undefined where it is none. The client's own
 * reader believes whatever lengths and ends it is given, takes types that this protocol has not, reads arrays by
 * recursion, and takes a reply for whole before its last bytes are there: so neither a part of a line nor the first
 * half of a string's end is read before the rest.
 */
export function createFraming(): (bytes: Buffer) => Framed | undefined {
  const state: State = { bulk: 0, open: [], shape: '' };
  return (bytes) => {
    let replies = 0;
    let publishable = true;
    let read = 0;
    while (read < bytes.length) {
      const next = state.bulk > 0 ? readBulk(bytes, read, state) : readLine(bytes, read, state);
      if (next === undefined) return undefined;
      if (next.at === read) break;
      read = next.at;
      if (!next.whole || !closeFull(state.open)) continue;
      replies += 1;
      publishable &&= state.shape === '*$$';
      state.shape = '';
    }
    return { replies, read, publishable };
  };
}

/** `whole` where a value ended there. */
type Next = { readonly at: number; readonly whole: boolean } | undefined;

function readBulk(bytes: Buffer, start: number, state: State): Next {
  const end = start + state.bulk;
  if (end > bytes.length) {
    const at = Math.min(bytes.length, end - 2);
    state.bulk = end - at;
    return { at, whole: false };
  }
  state.bulk = 0;
  return bytes[end - 2] === CR && bytes[end - 1] === LF ? { at: end, whole: true } : undefined;
}

function readLine(bytes: Buffer, start: number, state: State): Next {
  const lf = bytes.indexOf(LF, start);
  if ((lf === -1 ? bytes.length : lf) - start > MAX_LINE_BYTES) return undefined;
  if (!TYPES.includes(bytes[start] ?? 0)) return undefined;
  if (lf === -1) return { at: start, whole: false };
  const line = bytes.toString('latin1', start, lf + 1);
  // The client ends a line at the first CR, whatever follows.
  if (line.indexOf('\r') !== line.length - 2) return undefined;
  const taken = takeIn(line.charAt(0), line.slice(1, -2), state);
  return taken === undefined ? undefined : { at: lf + 1, whole: taken === 'value' };
}

/** Takes in a whole line: a value, or the beginning of one; undefined where it can't stand there. */
function takeIn(type: string, rest: string, state: State): 'value' | 'beginning' | undefined {
  const isNull = rest === '-1' && (type === '$' || type === '*');
  if (state.open.length === 0 || (state.open.length === 1 && state.shape.length < 3))
    state.shape += isNull ? '_' : type;
  if (type === '+' || type === '-' || isNull) return 'value';
  if (type === ':') return /^[+-]?\d{1,19}$/.test(rest) ? 'value' : undefined;
  if (!/^\d{1,9}$/.test(rest)) return undefined;
  const size = Number(rest);
  if (type === '$') {
    state.bulk = size + 2;
    return 'beginning';
  }
  if (size === 0) return 'value';
  state.open.push(size);
  return size <= MAX_MEMBERS && state.open.length <= MAX_DEPTH ? 'beginning' : undefined;
}

/** A value is over, and with it each array of which it was the last; true where that was a whole reply. */
function closeFull(open: number[]): boolean {
  for (let members = open.pop(); members !== undefined; members = open.pop()) {
    if (members === 1) continue;
    open.push(members - 1);
    return false;
  }
  return true;
}
