/** A process of its own: how often a second one core signs, or verifies, what an access token has to say. */
import { subtle, type webcrypto } from 'node:crypto';
import { z } from 'zod';

const ALGORITHMS = {
  RS256: {
    make: {
      name: 'RSASSA-PKCS1-v1_5',
      hash: 'SHA-256',
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
    },
    use: { name: 'RSASSA-PKCS1-v1_5' },
  },
  ES256: { make: { name: 'ECDSA', namedCurve: 'P-256' }, use: { name: 'ECDSA', hash: 'SHA-256' } },
} as const;

export type Algorithm = keyof typeof ALGORITHMS;

const schema = z.strictObject({
  alg: z.enum(['RS256', 'ES256']),
  operation: z.enum(['sign', 'verify']),
  seconds: z.number(),
});

export type Work = z.output<typeof schema>;

/** What is signed of a token of ours is about as long. */
const INPUT = Buffer.alloc(600, 'a');
/** So that the next one waits already when one is done. */
const IN_FLIGHT = 8;

const { alg, operation, seconds } = schema.parse(JSON.parse(process.argv[2] ?? ''));
const { make, use } = ALGORITHMS[alg];
const pair = await generate(make);
const signature = await subtle.sign(use, pair.privateKey, INPUT);
const work = {
  sign: () => subtle.sign(use, pair.privateKey, INPUT),
  verify: () => subtle.verify(use, pair.publicKey, signature, INPUT),
}[operation];
process.stdout.write(String(await rateOf(work)));

function generate(
  algorithm: webcrypto.RsaHashedKeyGenParams | webcrypto.EcKeyGenParams,
): Promise<webcrypto.CryptoKeyPair> {
  const uses = ['sign', 'verify'] as const;
  return 'hash' in algorithm
    ? subtle.generateKey(algorithm, false, uses)
    : subtle.generateKey(algorithm, false, uses);
}

async function rateOf(once: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  const end = started + seconds * 1000;
  let done = 0;
  const goOn = async () => {
    while (performance.now() < end) {
      await once();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, goOn));
  return (done * 1000) / (performance.now() - started);
}
