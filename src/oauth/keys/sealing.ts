import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { Secret } from '../../lib/secret.ts';

/** Everything that is derived from the one secret key; none of it tells of another, nor of the key. */
export type DerivedSecrets = {
  /** HMAC-SHA-256 under the pepper, in base64url: what is kept of a client secret. */
  readonly digest: (secret: string) => string;
  /** AES-256-GCM. `context` is bound to the text: sealed for one place, it opens in no other. */
  readonly seal: (text: string, context: string) => string;
  /** Throws where the text was sealed under another key, for another context, or was changed. */
  readonly unseal: (sealed: string, context: string) => string;
  /** Tells two secret keys apart, and nothing of either. */
  readonly fingerprint: string;
};

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** `secretKey`: 32 bytes in base64url. RFC 5869, a purpose each. */
export function deriveSecrets(secretKey: Secret): DerivedSecrets {
  const derive = (purpose: string) =>
    Buffer.from(
      hkdfSync('sha256', Buffer.from(secretKey.reveal(), 'base64url'), '', `postern ${purpose}`, 32),
    );
  const pepper = derive('pepper of client secrets');
  const wrapping = derive('wrapping of signing keys');
  return {
    digest: (secret) => createHmac('sha256', pepper).update(secret).digest('base64url'),
    seal(text, context) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', wrapping, iv).setAAD(Buffer.from(context));
      const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), encrypted]).toString('base64url');
    },
    unseal(sealed, context) {
      const bytes = Buffer.from(sealed, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', wrapping, bytes.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      }).setAAD(Buffer.from(context));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      const encrypted = bytes.subarray(IV_BYTES + TAG_BYTES);
      return Buffer.concat([decipher.update(encrypted), decipher.final()]).toString('utf8');
    },
    fingerprint: derive('fingerprint').toString('base64url'),
  };
}
