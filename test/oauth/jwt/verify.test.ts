import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CannotTell } from '../../../src/decision/session.ts';
import { createSigner, encode, signToken, withOtherSignature } from '../../support/tokens.ts';
import { CLAIMS, NOW, trust } from '../../support/trusted.ts';

const rsa = createSigner('RS256', 'rsa');
const ec = createSigner('ES256', 'ec');
const ed = createSigner('EdDSA', 'ed');
const stranger = createSigner('RS256', 'rsa');
const keys = await Promise.all([rsa, ec, ed].map((signer) => signer.verificationKey()));
const ADA = { subject: 'ada' };

describe('a token that is verified', () => {
  it.each([rsa, ec, ed])('is what its issuer says of it, signed by $alg', async (signer) => {
    const { find, admitted } = trust(keys);
    expect(await find(signToken(signer, CLAIMS))).toEqual(ADA);
    expect(admitted).toMatchObject([{ subject: 'ada', expiresAt: NOW + 600, jti: 'j-1', kid: signer.kid }]);
  });

  it('may be nothing any more, for its issuer', async () => {
    const { find } = trust(keys, { admit: async () => undefined });
    expect(await find(signToken(rsa, CLAIMS))).toBeUndefined();
  });

  it('needs no kid where its issuer has one key', async () => {
    const token = signToken(rsa, CLAIMS, { kid: undefined });
    expect(await trust(keys.slice(0, 1)).find(token)).toEqual(ADA);
  });
});

describe('a token that is refused', () => {
  const fault = (token: string) => trust(keys).find(token);

  it.each(['none', 'None', 'nOnE', 'NONE', ''])('JWT-01 is not signed: alg %j', async (alg) => {
    const header = encode({ alg, kid: 'rsa', typ: 'at+jwt' });
    expect(await fault(`${header}.${encode(CLAIMS)}.`)).toBe('jwt_syntax');
    expect(await fault(`${header}.${encode(CLAIMS)}.AA`)).toBe('jwt_key');
  });

  it.each([rsa, ec])('JWT-02 is signed by HMAC with the public key of $alg as its secret', async (signer) => {
    const input = `${encode({ alg: 'HS256', kid: signer.kid, typ: 'at+jwt' })}.${encode(CLAIMS)}`;
    const secrets = [
      signer.publicKey.export({ format: 'pem', type: 'spki' }),
      signer.publicKey.export({ format: 'der', type: 'spki' }),
      JSON.stringify(signer.jwk),
    ];
    for (const secret of secrets) {
      const signature = createHmac('sha256', secret).update(input).digest('base64url');
      expect(await fault(`${input}.${signature}`)).toBe('jwt_key');
    }
  });

  it.each(['PS256', 'RS512', 'ES256', 'EdDSA', 'rs256'])(
    'JWT-03 says another algorithm than its key has: %s',
    async (alg) => {
      expect(await fault(signToken(rsa, CLAIMS, { alg }))).toBe('jwt_key');
    },
  );

  it('is signed by somebody else', async () => {
    expect(await fault(signToken(stranger, CLAIMS))).toBe('jwt_signature');
    expect(await fault(signToken(ec, CLAIMS).slice(0, -6))).toBe('jwt_signature');
  });

  it.each(['../../../../etc/passwd', '__proto__', 'constructor', "' OR 1=1 --", 'rsa ', '', 'k'.repeat(255)])(
    'JWT-06 names a key that there is not: %j',
    async (kid) => {
      expect(await fault(signToken(rsa, CLAIMS, { kid }))).toBe('jwt_key');
    },
  );

  it('JWT-06 names no key where there are several, or none that is a name', async () => {
    expect(await fault(signToken(rsa, CLAIMS, { kid: undefined }))).toBe('jwt_key');
    expect(await fault(signToken(rsa, CLAIMS, { kid: ['rsa'] }))).toBe('jwt_syntax');
    expect(await fault(signToken(rsa, CLAIMS, { kid: 'k'.repeat(4_000) }))).toBe('jwt_syntax');
  });

  it.each(['JWT', 'logout+jwt', 'rt+jwt', 'dpop+jwt', 'at+jwt2', undefined])(
    'JWT-12 is of another kind: typ %j',
    async (typ) => {
      expect(await fault(signToken(rsa, CLAIMS, { typ }))).toBe('jwt_claims');
    },
  );

  it('JWT-12 has no typ where that is not taken expressly', async () => {
    const token = signToken(rsa, CLAIMS, { typ: undefined });
    expect(await trust(keys, { types: ['jwt', ''] }).find(token)).toEqual(ADA);
    expect(await trust(keys, { types: ['jwt'] }).find(token)).toBe('jwt_claims');
  });

  it.each(['https://other.example', '__proto__', 'constructor', undefined, ['https://issuer.example/oidc']])(
    'JWT-10 is of an issuer that nobody named: %j',
    async (iss) => {
      expect(await fault(signToken(rsa, { ...CLAIMS, iss }))).toBe('jwt_issuer');
    },
  );

  it('is of an issuer that another tenant trusts', async () => {
    const token = signToken(rsa, CLAIMS);
    expect(await trust(keys).find(token, { tenant: 'acme' })).toBe('jwt_issuer');
    expect(await trust(keys, { tenant: 'acme' }).find(token)).toBe('jwt_issuer');
    expect(await trust(keys, { tenant: 'acme' }).find(token, { tenant: 'acme' })).toEqual(ADA);
  });

  it('brings an ID token that its issuer takes from nobody', async () => {
    const token = signToken(rsa, CLAIMS);
    expect(await trust(keys).find(token, { idToken: token })).toBe('jwt_syntax');
    expect(await trust(keys, { takesPairs: true }).find(token, { idToken: token })).toEqual(ADA);
  });

  it('costs no look for a key before all else about it is right', async () => {
    const { find, asked } = trust(keys);
    await find(signToken(rsa, { ...CLAIMS, exp: NOW }));
    await find(signToken(rsa, { ...CLAIMS, aud: 'other' }));
    await find(signToken(rsa, CLAIMS, { typ: 'JWT' }));
    await find(signToken(rsa, CLAIMS, { crit: ['exp'] }));
    expect(asked).toEqual([]);
    await find(signToken(rsa, CLAIMS));
    expect(asked).toEqual(['rsa']);
  });

  it('is not told from a good one while its keys are not known', async () => {
    const doubt = new CannotTell('issuer_unavailable', 'no key is known');
    const { find } = trust(keys, { findKey: () => Promise.reject(doubt) });
    await expect(find(signToken(rsa, CLAIMS))).rejects.toBe(doubt);
  });
});

describe('another spelling of a good token', () => {
  it.each([rsa, ec, ed])('JWT-18 has another last character, signed by $alg', async (signer) => {
    const { find } = trust(keys);
    const token = signToken(signer, CLAIMS);
    expect(await find(token)).toEqual(ADA);
    // 64 bytes leave 4 bits of the last character unused, 256 bytes leave 4 too: 16 characters decode alike.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const spellings = [...alphabet].map((last) => token.slice(0, -1) + last);
    const bytesOf = (text: string) => Buffer.from(text.split('.')[2] ?? '', 'base64url').toString('hex');
    const alike = spellings.filter((text) => bytesOf(text) === bytesOf(token));
    expect(alike).toHaveLength(16);
    for (const text of alike.filter((spelling) => spelling !== token)) {
      expect(await find(text)).toBe('jwt_syntax');
    }
    for (const text of [`${token}=`, `${token}==`, `${token} `, `${token}\n`, `${token}.`]) {
      expect(await find(text)).toBe('jwt_syntax');
    }
  });

  it('JWT-18 the second signature of ECDSA is another text, and the same token to whoever denies it', async () => {
    const { find, admitted } = trust(keys);
    const token = signToken(ec, CLAIMS);
    const other = withOtherSignature(token);
    expect(other).not.toBe(token);
    expect([await find(token), await find(other)]).toEqual([ADA, ADA]);
    expect(admitted[1]).toEqual(admitted[0]);
    const { find: findDenied } = trust(keys, {
      admit: async ({ jti }) => (jti === 'j-1' ? 'jwt_denied' : undefined),
    });
    expect([await findDenied(token), await findDenied(other)]).toEqual(['jwt_denied', 'jwt_denied']);
  });
});
