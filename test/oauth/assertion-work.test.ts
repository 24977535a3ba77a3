import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/lib/secret.ts';
import { createCheckAssertion } from '../../src/oauth/assertion.ts';
import { createSignatures } from '../../src/oauth/jwt/signature.ts';
import { createVerify } from '../../src/oauth/jwt/verify.ts';
import { readClientKeys } from '../../src/oauth/keys/client-keys.ts';
import { describeTenant } from '../../src/oauth/tenant.ts';
import { makePair, sign } from '../support/assertions.ts';
import { applicationNamed } from '../support/declared.ts';
import { EMPTY_REGISTRY } from '../support/registries.ts';

const NOW = 1_700_000_000;
const tenant = describeTenant(
  'default',
  {
    tokenProfile: 'rfc9068',
    strictScope: false,
    accessTokenTtl: 3_600,
    signingAlg: 'RS256',
    withoutResource: 'client',
  },
  'https://auth.example.com',
);

describe('TOK-05 the work that an assertion costs', () => {
  it.each(['ES256', 'RS256', 'Ed25519'])(
    'is one signature, of whomever it says that it is: %s',
    async (alg) => {
      const [pair, stranger] = [await makePair(alg), await makePair(alg)];
      const { publicJwk } = pair;
      const jwks = await readClientKeys([{ ...publicJwk }]);
      const registry = { ...EMPTY_REGISTRY, applications: [applicationNamed('known', { jwks })] };
      const verify = createVerify(() => NOW, createSignatures(0));
      const asked: string[] = [];
      const check = createCheckAssertion(
        async (text, rules) => {
          const key = await rules.findKey(undefined);
          asked.push(String(key?.alg));
          return verify(text, rules);
        },
        async () => true,
      );
      const ask = async (clientId: string, by = pair) => {
        const claims = {
          iss: clientId,
          sub: clientId,
          aud: tenant.issuer,
          jti: 'j',
          iat: NOW,
          exp: NOW + 60,
        };
        const assertion = new Secret(await sign(claims, by));
        return check({ tenant, registry, now: NOW, clientId: undefined, assertion });
      };
      expect(await ask('known')).toMatchObject({ clientId: 'known' });
      expect(await ask('known', stranger)).toBeUndefined();
      expect(await ask('unknown')).toBeUndefined();
      expect(await ask('known', await makePair('ES384'))).toBeUndefined();
      expect(asked).toEqual([alg, alg, alg, 'ES384']);
    },
  );
});
