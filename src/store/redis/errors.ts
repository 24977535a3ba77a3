import { ReplyError } from 'ioredis';
import { UnfitServer } from './greeting.ts';
import { BadReply } from './replies.ts';

/** The server answered, and said no. */
export const isRefusal = (error: unknown): boolean => error instanceof ReplyError;

/** A replica, or a master that was demoted. */
export const isReadOnly = (error: unknown): boolean =>
  error instanceof Error && isRefusal(error) && error.message.startsWith('READONLY ');

const MAX_WORDS = 120;

/** The server's own words ("WRONGPASS …", "LOADING …") say what to do; without what it quotes of ours, such as a password. */
export function wordsOf(error: NodeJS.ErrnoException): string {
  if (error instanceof BadReply || error instanceof UnfitServer) return error.message;
  if (!(error instanceof ReplyError)) return error.code ?? error.name;
  const [words = ''] = error.message.split(/,? with args/, 1);
  return words.replaceAll(/[^ -~]/g, '?').slice(0, MAX_WORDS);
}
