import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mintToken, parseSessionId, sessionIdOf, shardOf } from '../../src/decision/token.ts';

const BASE64URL = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];

describe('an opaque token', () => {
  it('has 256 random bits behind the shard of its subject', () => {
    const { token } = mintToken('ada', (bytes) => Buffer.alloc(bytes, 0xff));
    expect(token.reveal()).toBe(`${shardOf('ada')}${Buffer.alloc(32, 0xff).toString('base64url')}`);
    expect(token.reveal()).toHaveLength(45);
  });

  it('is printed nowhere', () => {
    const { token } = mintToken('ada');
    expect(`${token} ${JSON.stringify({ token })} ${JSON.stringify([token])}`).not.toContain(
      token.reveal().slice(2),
    );
  });

  it('OPQ-03 every text that differs in one character, or is longer or shorter, has another row or none', () => {
    const { token, id } = mintToken('ada');
    const text = token.reveal();
    const edits = new Set([
      text.slice(0, -1),
      text.slice(1),
      `${text}=`,
      `${text} `,
      ` ${text}`,
      text.toUpperCase(),
    ]);
    for (let at = 0; at < text.length; at += 1) {
      edits.add(text.slice(0, at) + text.slice(at + 1));
      for (const letter of BASE64URL) {
        edits.add(text.slice(0, at) + letter + text.slice(at + 1));
        edits.add(text.slice(0, at) + letter + text.slice(at));
      }
    }
    edits.delete(text);
    expect(edits.size).toBeGreaterThan(5_000);
    for (const edit of edits) expect(sessionIdOf(edit)).not.toBe(id);
  });

  it('OPQ-05 a token that agrees with a live one in all but its end asks for an unrelated row', () => {
    const text = mintToken('ada').token.reveal();
    const near = text.slice(0, -1) + (text.endsWith('A') ? 'E' : 'A');
    const [one, other] = [sessionIdOf(text), sessionIdOf(near)];
    const agreeing = [...String(one)].filter((letter, at) => letter === String(other)[at]).length;
    // The shard, the dot, and what two random texts of 64 letters have in common by chance.
    expect(agreeing).toBeLessThan(15);
  });

  it.each(['*', '{tag}', '\r\n', '\u0000', ':', 'a'.repeat(1_000_000), '', `${'a'.repeat(44)}*`])(
    'OPQ-04 what could mean something to a store is no token: %.20j',
    (text) => {
      expect(sessionIdOf(text)).toBeUndefined();
      expect(sessionIdOf(`00${text}`)).toBeUndefined();
    },
  );
});

describe('the id of a session', () => {
  it('is no token, and a token is no id', () => {
    fc.assert(
      fc.property(fc.string(), (subject) => {
        const { token, id } = mintToken(subject);
        expect(sessionIdOf(id)).toBeUndefined();
        expect(parseSessionId(token.reveal())).toBeUndefined();
        expect(parseSessionId(id)).toBe(id);
      }),
    );
  });

  it('names the shard of the subject, which is one of 1,024', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (subject) => {
        expect(mintToken(subject).id.slice(0, 2)).toBe(shardOf(subject));
        expect(shardOf(subject)).toMatch(/^[0-9a-v]{2}$/);
      }),
    );
  });
});
