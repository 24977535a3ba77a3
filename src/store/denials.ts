import { sha256 } from '../lib/digest.ts';

/** What a token or a subject of an issuer is kept under: of what the issuer wrote, nothing is. */
export function denialDigest(issuer: string, name: string): string {
  return sha256(`${issuer}\0${name}`);
}

/** Whether what was issued at `issuedAt` is denied by a denial of its subject. */
export function isBefore(issuedAt: number, notBefore: number | undefined): boolean {
  return notBefore !== undefined && issuedAt < notBefore;
}
