import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/lib/secret.ts';
import { deriveSecrets } from '../../../src/oauth/keys/sealing.ts';

const keyOf = (byte: number) => new Secret(Buffer.alloc(32, byte).toString('base64url'));
const secrets = deriveSecrets(keyOf(1));
const others = deriveSecrets(keyOf(2));
const again = deriveSecrets(keyOf(1));

describe('what is sealed', () => {
  it('opens for the same context under the same secret key, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (text, context) => {
        expect(again.unseal(secrets.seal(text, context), context)).toBe(text);
      }),
    );
  });

  it('opens for no other context', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (context, other) => {
        fc.pre(context !== other);
        const sealed = secrets.seal('text', context);
        expect(() => secrets.unseal(sealed, other)).toThrow();
      }),
    );
  });

  it('opens under no other secret key', () => {
    const sealed = secrets.seal('text', 'context');
    expect(() => others.unseal(sealed, 'context')).toThrow();
  });

  it('opens with no bit of it changed: not of its nonce, its tag or its text', () => {
    const bytes = Buffer.from(secrets.seal('a text', 'context'), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(() => secrets.unseal(changed.toString('base64url'), 'context')).toThrow();
    }
  });

  it('opens with nothing cut off or added', () => {
    const sealed = Buffer.from(secrets.seal('a text', 'context'), 'base64url');
    for (let length = 0; length < sealed.length; length += 1) {
      const cut = sealed.subarray(0, length).toString('base64url');
      expect(() => secrets.unseal(cut, 'context')).toThrow();
    }
    const longer = Buffer.concat([sealed, Buffer.alloc(1)]).toString('base64url');
    expect(() => secrets.unseal(longer, 'context')).toThrow();
  });

  it('looks different each time, and shows nothing of the text', () => {
    const sealed = Array.from({ length: 100 }, () => secrets.seal('the same text', 'context'));
    expect(new Set(sealed.map((one) => one.slice(0, 16))).size).toBe(100);
    for (const one of sealed) expect(Buffer.from(one, 'base64url').toString('latin1')).not.toContain('text');
  });
});

describe('TOK-16 what is kept of a client secret', () => {
  it('is its HMAC under a pepper that only the secret key gives', () => {
    expect(secrets.digest('a secret')).toMatch(/^[\w-]{43}$/);
    expect(again.digest('a secret')).toBe(secrets.digest('a secret'));
    expect(others.digest('a secret')).not.toBe(secrets.digest('a secret'));
    expect(secrets.digest('a secreT')).not.toBe(secrets.digest('a secret'));
  });

  it('the fingerprint tells two secret keys apart, and is none of them', () => {
    expect(again.fingerprint).toBe(secrets.fingerprint);
    expect(others.fingerprint).not.toBe(secrets.fingerprint);
    expect(secrets.fingerprint).not.toBe(keyOf(1).reveal());
  });
});
