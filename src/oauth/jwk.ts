/** All that a public key is made of, RFC 7518 section 6 and RFC 8037 section 2. Nothing else is kept, or published. */
export const PUBLIC_MEMBERS = { RSA: ['n', 'e'], EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'] } as const;

const MIN_RSA_BITS = 2_048;
/** What is larger costs whoever verifies more than it protects. */
const MAX_RSA_BITS = 8_192;

/** RFC 7518 section 3.3 asks for 2,048 bits. With an exponent of 1 everybody signs. */
export function isSoundRsa({ n, e }: { readonly n?: unknown; readonly e?: unknown }): boolean {
  if (typeof n !== 'string' || typeof e !== 'string') return false;
  const bits = bitsOf(n);
  return bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS && bitsOf(e) > 1 && isOdd(e);
}

function isOdd(base64url: string): boolean {
  return ((Buffer.from(base64url, 'base64url').at(-1) ?? 0) & 1) === 1;
}

/** The length of an unsigned integer, big end first (RFC 7518 section 2), without its leading zeros. */
function bitsOf(base64url: string): number {
  const bytes = Buffer.from(base64url, 'base64url');
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? 0 : (bytes.length - first) * 8 - (Math.clz32(bytes[first] ?? 0) - 24);
}
