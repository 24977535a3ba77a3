import { ReplyError } from 'ioredis';
import { BadReply } from './replies.ts';

/** A server that is there, and that we can't work with. Its message says why, and what to do. */
export class UnfitServer extends Error {}

/** None of the sentinels said where the master is. Its message says why not. */
export class NoMaster extends Error {}

/** The server answered, and said no. */
export const isRefusal = (error: unknown): boolean => error instanceof ReplyError;

/** A replica, or a master that was demoted; Redis 6.2 says it of a script as `ERR Error running script …: -READONLY …`. */
export const isReadOnly = (error: unknown): boolean =>
  error instanceof Error && isRefusal(error) && /(?:^| -)READONLY /.test(error.message);

export const UNANSWERED = 'a command was not answered in time';
export const CLOSED = 'the connection was closed';
export const FOREIGN = 'replies came that were meant for other commands';

const MAX_WORDS = 120;

/** The server's own words ("WRONGPASS …", "LOADING …") say what to do; without what it quotes of ours, such as a password. */
export function wordsOf(error: NodeJS.ErrnoException): string {
  if (error instanceof BadReply || error instanceof UnfitServer || error instanceof NoMaster)
    return error.message;
  if (!(error instanceof ReplyError)) return error.code ?? nameOf(error);
  const [words = ''] = error.message.split(/,? with args/, 1);
  return words.replaceAll(/[^ -~]/g, '?').slice(0, MAX_WORDS);
}

/**
 * The client's own errors have neither a code nor a name where the connection was closed; and where a command, or a whole
 * connection, had no answer in time.
 */
function nameOf({ name, message }: Error): string {
  if (name !== 'Error') return name;
  return message.startsWith('Connection is closed') ? CLOSED : UNANSWERED;
}
