import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSigner, signToken, withOtherSignature } from '../../support/tokens.ts';
import { CLAIMS, trust } from '../../support/trusted.ts';

const signers = [createSigner('RS256', 'rsa'), createSigner('ES256', 'ec'), createSigner('EdDSA', 'ed')];
const keys = await Promise.all(signers.map((signer) => signer.verificationKey()));
const { find } = trust(keys);
const tokens = signers.flatMap((signer) =>
  [{}, { aud: [CLAIMS.aud], iat: CLAIMS.exp - 600 }, { email: 'zoë@example.com' }].map((more) =>
    signToken(signer, { ...CLAIMS, ...more }),
  ),
);
const good = new Set(
  tokens.flatMap((token, index) => [token, ...(index > 2 && index < 6 ? [withOtherSignature(token)] : [])]),
);
for (const token of tokens)
  if (typeof (await find(token)) !== 'object') throw new Error('a seed is not good');

const token = fc.constantFrom(...tokens);
const place = fc.nat(2_000);

/** The text of a token, one of its characters changed, dropped or doubled. */
const respelled = fc
  .tuple(
    token,
    place,
    fc.oneof(fc.stringMatching(/^[A-Za-z0-9_.-]$/), fc.string({ maxLength: 2 })),
    fc.boolean(),
  )
  .map(([text, at, by, inserts]) => {
    const index = at % (text.length + 1);
    return text.slice(0, index) + by + text.slice(inserts ? index : index + 1);
  });

/** The bytes of one part, one of them changed. */
const altered = fc
  .tuple(token, fc.nat(2), place, fc.integer({ min: 1, max: 255 }))
  .map(([text, part, at, by]) => {
    const parts = text.split('.');
    const bytes = Buffer.from(parts[part] ?? '', 'base64url');
    bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ by;
    return parts.with(part, bytes.toString('base64url')).join('.');
  });

/** The parts of two tokens. */
const mixed = fc
  .tuple(token, token, token)
  .map((texts) => texts.map((text, part) => text.split('.')[part]).join('.'));

it('PBT-06 no byte of a token can be changed: none but the seeds, and their second signatures, is taken', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(respelled, altered, mixed), async (text) => {
      if (!good.has(text))
        expect(await find(text)).toMatch(/^jwt_(syntax|issuer|key|signature|claims|expired)$/);
    }),
    { numRuns: 3_000 },
  );
});
