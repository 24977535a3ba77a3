import { randomBytes } from 'node:crypto';
import { sha256 } from '../lib/digest.ts';
import { Secret } from '../lib/secret.ts';

declare const sessionId: unique symbol;

/**
 * The public name of a session: `<shard>.<SHA-256 of its token>`. It finds the row and proves nothing: what
 * is presented is always hashed first, so an id is no credential. The dot keeps it from being taken for a
 * token, and a token for it.
 */
export type SessionId = string & { readonly [sessionId]: true };

const TOKEN = /^[0-9a-v]{2}[A-Za-z0-9_-]{43}$/;
const SESSION_ID = /^[0-9a-v]{2}\.[A-Za-z0-9_-]{43}$/;

/** Random bytes of the length asked for. */
export type Random = (bytes: number) => Buffer;

/** A new opaque token of 256 bits, behind the two characters that name the shard of its subject; and the id of its row. */
export function mintToken(subject: string, random: Random = randomBytes): { token: Secret; id: SessionId } {
  const token = shardOf(subject) + random(32).toString('base64url');
  const id = sessionIdOf(token);
  if (id === undefined) throw new Error('a token was minted that is none');
  return { token: new Secret(token), id };
}

/** The id of the row that a presented text would have; undefined where the text is no token of ours. */
export function sessionIdOf(presented: string): SessionId | undefined {
  if (!TOKEN.test(presented)) return undefined;
  const id = `${presented.slice(0, 2)}.${sha256(presented)}`;
  return isDigestId(id) ? id : undefined;
}

/** Of what was made of a token just now, on the way of every decision: the rest is known. */
function isDigestId(text: string): text is SessionId {
  return text.length === 46;
}

/** The name of what was issued elsewhere and has no row: in a shape of its own, so that it names none of ours. */
export function foreignSessionId(digest: string): SessionId {
  const id = `foreign.${digest}`;
  if (!isForeignId(id)) throw new Error('an id was made of what is no digest');
  return id;
}

function isForeignId(text: string): text is SessionId {
  return /^foreign\.[A-Za-z0-9_-]{43}$/.test(text);
}

export function parseSessionId(text: string): SessionId | undefined {
  return isSessionId(text) ? text : undefined;
}

function isSessionId(text: string): text is SessionId {
  return SESSION_ID.test(text);
}

/**
 * One of 1,024 shards, as two characters. All rows of a subject share one, so that in a cluster they live on
 * one node and can be revoked in one step.
 */
export function shardOf(subject: string): string {
  const [first = 0, second = 0] = Buffer.from(sha256(subject), 'base64url');
  const bits = (first << 2) | (second >> 6);
  return (bits >> 5).toString(32) + (bits & 31).toString(32);
}
