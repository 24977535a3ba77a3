import { generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto';
import { importJWK } from 'jose';
import type { VerificationKey } from '../../src/oauth/jwt/issuer.ts';

export type Jwk = { readonly [member: string]: unknown };

/** A key pair of an issuer. It signs whatever it is given, also what no library would. */
export type Signer = {
  readonly alg: string;
  readonly kid: string;
  readonly publicKey: KeyObject;
  /** The public members, `kid` and `alg`. */
  readonly jwk: Jwk;
  readonly verificationKey: () => Promise<VerificationKey>;
  readonly signature: (input: string) => Buffer;
};

const KINDS = {
  RS256: { pair: () => generateKeyPairSync('rsa', { modulusLength: 2048 }), hash: 'sha256' },
  ES256: { pair: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }), hash: 'sha256' },
  ES384: { pair: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }), hash: 'sha384' },
  EdDSA: { pair: () => generateKeyPairSync('ed25519'), hash: null },
};

export function createSigner(alg: keyof typeof KINDS, kid: string): Signer {
  const { pair, hash } = KINDS[alg];
  const { publicKey, privateKey } = pair();
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg };
  return {
    alg,
    kid,
    publicKey,
    jwk,
    verificationKey: async () => {
      const key = await importJWK(jwk, alg);
      if (key instanceof Uint8Array) throw new Error('a public key was expected');
      return { kid, alg, key };
    },
    signature: (input) => signBytes(hash, Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  };
}

/** A part of a token: an object, or JSON as it stands. */
export type Part = string | { readonly [name: string]: unknown };

export const encode = (part: Part): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

/** A token whose signature is good, whatever stands in it. */
export function signToken(signer: Signer, claims: Part, header: Part = {}): string {
  const whole =
    typeof header === 'string' ? header : { alg: signer.alg, kid: signer.kid, typ: 'at+jwt', ...header };
  const input = `${encode(whole)}.${encode(claims)}`;
  return `${input}.${signer.signature(input).toString('base64url')}`;
}

const N_P256 = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The second signature of ES256, (r, n − s), which is as good as the first. */
export function withOtherSignature(token: string): string {
  const [header, payload, signature = ''] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  const other = N_P256 - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
  const s = Buffer.from(other.toString(16).padStart(64, '0'), 'hex');
  return `${header}.${payload}.${Buffer.concat([bytes.subarray(0, 32), s]).toString('base64url')}`;
}
