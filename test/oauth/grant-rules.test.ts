import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grantClientCredentials } from '../../src/oauth/grant.ts';
import { describeTenant } from '../../src/oauth/tenant.ts';
import { applicationNamed, resourceNamed } from '../support/declared.ts';
import { EMPTY_REGISTRY } from '../support/registries.ts';

const SCOPES = ['a', 'b', 'c', 'd'];
const tenant = describeTenant(
  'default',
  {
    tokenProfile: 'rfc9068',
    strictScope: false,
    accessTokenTtl: 3_600,
    signingAlg: 'ES256',
    withoutResource: 'client',
  },
  'https://auth.example.com',
);
const api = resourceNamed('api', { scopes: SCOPES.map((name) => ({ name, description: '' })) });

function scopeGiven(granted: readonly string[], asked: readonly string[], strictScope = false) {
  const application = applicationNamed('client', { grants: [{ resource: 'urn:api', scopes: granted }] });
  const registry = { ...EMPTY_REGISTRY, applications: [application], resources: [api] };
  const parameters = new Map([
    ['resource', 'urn:api'],
    ...(asked.length > 0 ? [['scope', asked.join(' ')] as const] : []),
  ]);
  return grantClientCredentials(registry, application, parameters, { ...tenant, strictScope }).scope;
}

const some = fc.subarray(SCOPES);
const any = fc.array(fc.constantFrom(...SCOPES, 'undeclared', 'A'), { minLength: 1 });

describe('TOK-06 the scope that is given', () => {
  it('is what is both asked for and granted', () => {
    fc.assert(
      fc.property(some, any, (granted, asked) => {
        expect(scopeGiven(granted, asked)).toEqual(granted.filter((name) => asked.includes(name)));
      }),
    );
  });

  it('never shrinks by asking for more, or by a grant of more', () => {
    fc.assert(
      fc.property(some, some, any, any, (granted, moreGranted, asked, moreAsked) => {
        const wider = scopeGiven([...granted, ...moreGranted], [...asked, ...moreAsked]);
        for (const scope of scopeGiven(granted, asked)) expect(wider).toContain(scope);
      }),
    );
  });

  it('is in a strict tenant all that is asked for, or an error', () => {
    fc.assert(
      fc.property(some, any, (granted, asked) => {
        const give = () => scopeGiven(granted, asked, true);
        if (asked.every((name) => granted.includes(name))) expect(new Set(give())).toEqual(new Set(asked));
        else expect(give).toThrow(expect.objectContaining({ code: 'invalid_scope' }));
      }),
    );
  });
});
