import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIdentity, encodeList, encodeValue, fitsProxies } from '../../src/proxy/identity-headers.ts';
import { POSTERN, PRESETS } from '../../src/proxy/presets.ts';
import { sessionOf } from '../support/sessions.ts';

const decode = decodeURIComponent;
const identity = createIdentity(POSTERN, 100);

describe('the value of an identity header', () => {
  it('is left as it is where it is plain', () => {
    expect(encodeValue('')).toBe('');
    expect(encodeValue('Ada Lovelace <ada@example.com>; "x", ~!$&')).toBe(
      'Ada Lovelace <ada@example.com>; "x", ~!$&',
    );
  });

  it('HDR-08 HDR-10 encodes every control character', () => {
    for (let code = 0; code < 0x20; code += 1) {
      expect(encodeValue(`a${String.fromCharCode(code)}b`)).toBe(
        `a%${code.toString(16).toUpperCase().padStart(2, '0')}b`,
      );
    }
    expect(encodeValue('\u007f')).toBe('%7F');
    expect(encodeValue('a\r\nX-Admin: 1')).toBe('a%0D%0AX-Admin: 1');
  });

  it('HDR-09 encodes what is beyond ASCII as UTF-8, and a lone surrogate as U+FFFD', () => {
    expect(encodeValue('日本')).toBe('%E6%97%A5%E6%9C%AC');
    expect(encodeValue('👩‍💻')).toBe('%F0%9F%91%A9%E2%80%8D%F0%9F%92%BB');
    expect(encodeValue('\u202e')).toBe('%E2%80%AE');
    expect(encodeValue('a\ud800b')).toBe('a%EF%BF%BDb');
  });

  it('encodes a space at either end and a percent sign anywhere', () => {
    expect(encodeValue(' a b ')).toBe('%20a b%20');
    expect(encodeValue(' ')).toBe('%20');
    expect(encodeValue('100%')).toBe('100%25');
    expect(encodeValue('%41')).toBe('%2541');
  });

  it('is printable ASCII without a space at its ends, and decodes to what went in', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string());
    fc.assert(
      fc.property(text, (value) => {
        const encoded = encodeValue(value);
        expect(encoded).toMatch(/^(?:[!-~](?:[ -~]*[!-~])?)?$/);
        expect(decode(encoded)).toBe(value.toWellFormed());
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('a list in an identity header', () => {
  it('HDR-11 keeps a member with a separator one member', () => {
    expect(encodeList(['a,admin', 'b'], ',')).toBe('a%2Cadmin,b');
    expect(encodeList(['a admin', 'b'], ' ')).toBe('a%20admin b');
  });

  it('HDR-11 splits into the members that went in', () => {
    const members = fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1 });
    fc.assert(
      fc.property(members, fc.constantFrom<',' | ' '>(',', ' '), (list, separator) => {
        const encoded = encodeList(list, separator);
        expect(encoded).toMatch(/^[ -~]*$/);
        expect(encoded.split(separator).map(decode)).toEqual(list.map((member) => member.toWellFormed()));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the identity headers of a session', () => {
  it('name an application in no header that means a user', () => {
    const { headers } = identity.of(
      sessionOf({ clientId: 'machine', subject: 'machine', subjectType: 'client' }),
    );
    expect(headers.slice(0, 8)).toEqual([
      'X-Auth-Subject',
      'machine',
      'X-Auth-Subject-Type',
      'client',
      'X-Auth-Tenant',
      'default',
      'X-Auth-Client-Id',
      'machine',
    ]);
  });

  it('are there whether or not the session has a value for them, and never more than text', () => {
    const { headers } = identity.of(
      sessionOf({ claims: { email: 3, name: ['a'] }, roles: [], scope: [], amr: [] }),
    );
    expect(headers).toHaveLength(26);
    for (const name of ['X-Auth-Email', 'X-Auth-Name', 'X-Auth-Roles', 'X-Auth-Scope', 'X-Auth-Amr']) {
      expect(headers[headers.indexOf(name) + 1]).toBe('');
    }
  });

  it('HDR-12 are counted as they stand on the wire', () => {
    const lines = (length: number) => ['X-Name', 'n'.repeat(length)];
    expect(fitsProxies(lines(3_072 - 'X-Name: \r\n'.length))).toBe(true);
    expect(fitsProxies(lines(3_073 - 'X-Name: \r\n'.length))).toBe(false);
  });

  it('PBT-03 HDR-08 are printable ASCII, one value for each name, whatever the session holds', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string());
    const scalar = fc.oneof(text, fc.double(), fc.boolean(), fc.constant(null));
    const claims = fc.dictionary(
      fc.oneof(text, fc.constantFrom('email', 'name', '__proto__', 'preferred_username')),
      fc.oneof(scalar, fc.array(scalar)),
    );
    const lists = fc.array(fc.string({ unit: 'binary', minLength: 1 }));
    fc.assert(
      fc.property(
        text,
        claims,
        lists,
        fc.constantFrom(...Object.values(PRESETS)),
        (subject, said, list, preset) => {
          const { names, resolved } = createIdentity(preset, 100);
          const session = sessionOf({
            subject,
            claims: said,
            roles: list,
            scope: list,
            amr: list,
            audience: list,
          });
          const { headers } = resolved.of(session);
          expect(names.every((name) => headers.includes(name))).toBe(true);
          for (const text of headers) expect(text).toMatch(/^(?:[!-~](?:[ -~]*[!-~])?)?$/);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
