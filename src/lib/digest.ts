import { hash, timingSafeEqual } from 'node:crypto';

/** SHA-256 of the UTF-8 text, in base64url without padding: 43 characters. */
export function sha256(text: string): string {
  return hash('sha256', text, 'base64url');
}

/** Compares in a time that tells neither the length nor the first difference of either side. */
export function equalInConstantTime(left: string, right: string): boolean {
  return timingSafeEqual(hash('sha256', left, 'buffer'), hash('sha256', right, 'buffer'));
}
