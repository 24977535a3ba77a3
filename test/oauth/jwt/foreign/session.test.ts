import { describe, expect, it } from 'vitest';
import { parseSessionId } from '../../../../src/decision/token.ts';
import { type Mapping, sessionOf } from '../../../../src/oauth/jwt/foreign/session.ts';

const NOW = 1_700_000_000;
const NAMES = { subject: 'sub', scope: 'scope', roles: 'roles', email: 'email', name: 'name' };
const MAPPING: Mapping = { tenant: 'acme', subjectType: 'user', claims: NAMES };

/** The session of a verified token with these claims, or the fault in them. */
function read(
  claims: object,
  { mapping = {}, text = 'a.b.c', jti = '', issuer = 'https://issuer.example' } = {},
) {
  const token = {
    claims: { sub: 'ada', ...claims },
    issuer,
    subject: 'ada',
    audience: ['api'],
    expiresAt: NOW + 600.5,
    issuedAt: NOW - 60,
    kid: 'k',
    ...(jti !== '' && { jti }),
  };
  return sessionOf(token, text, { ...MAPPING, ...mapping }, NOW + 0.25);
}

const idOf = (...args: Parameters<typeof read>) => {
  const session = read(...args);
  return typeof session === 'string' ? session : session.id;
};

describe('the session of a foreign token', () => {
  it('is what its claims say', () => {
    expect(
      read({
        scope: 'orders:read orders:write',
        roles: ['staff', 'admin'],
        email: 'ada@example.com',
        name: 'Ada',
        phone: '1',
        amr: ['pwd', 'otp'],
        auth_time: NOW - 500,
        client_id: 'app',
      }),
    ).toEqual({
      id: expect.any(String),
      tenant: 'acme',
      subject: 'ada',
      subjectType: 'user',
      clientId: 'app',
      scope: ['orders:read', 'orders:write'],
      roles: ['staff', 'admin'],
      audience: ['api'],
      amr: ['pwd', 'otp'],
      claims: { email: 'ada@example.com', name: 'Ada' },
      authenticatedAt: NOW - 500,
      createdAt: NOW - 60,
      expiresAt: NOW + 600,
      idleSeconds: 0,
      lastSeenAt: NOW,
    });
  });

  it('has nothing that its token does not say', () => {
    const session = read({});
    expect(session).toMatchObject({ scope: [], roles: [], amr: [], claims: {}, authenticatedAt: NOW - 60 });
    expect(session).not.toHaveProperty('clientId');
  });

  it('is read from the claims that the settings name, and is of the kind that they say', () => {
    const claims = { subject: 'oid', scope: 'scp', roles: 'groups', email: 'upn', name: 'nick' };
    const session = read(
      { oid: 'u-1', scp: ['a', 'b'], groups: 'staff only', upn: 'a@b', nick: 'Zoë', roles: 1, scope: 1 },
      { mapping: { subjectType: 'client', claims } },
    );
    expect(session).toMatchObject({
      subject: 'u-1',
      subjectType: 'client',
      scope: ['a', 'b'],
      roles: ['staff only'],
      claims: { email: 'a@b', name: 'Zoë' },
    });
  });

  it.each(['constructor', 'toString', 'hasOwnProperty'])(
    'HDR-13 is not read from what every object has: %s',
    (name) => {
      const claims = { ...NAMES, scope: name, roles: name };
      expect(read({}, { mapping: { claims } })).toMatchObject({ scope: [], roles: [] });
      expect(read({}, { mapping: { claims: { ...NAMES, subject: name } } })).toBe('jwt_claims');
    },
  );

  it('has an id that is no name of a row, one for each token', () => {
    const id = idOf({});
    expect(id).toMatch(/^foreign\.[A-Za-z0-9_-]{43}$/);
    expect(parseSessionId(id)).toBeUndefined();
    expect(idOf({})).toBe(id);
    expect(idOf({}, { text: 'a.b.d' })).not.toBe(id);
    expect(idOf({}, { issuer: 'https://other.example' })).not.toBe(id);
    const [first, again] = [idOf({}, { jti: 'j' }), idOf({}, { jti: 'j', text: 'a.b.d' })];
    expect(again).toBe(first);
    expect(idOf({}, { jti: 'k' })).not.toBe(first);
  });

  it('has the application that it was issued to, by either name', () => {
    expect(read({ azp: 'spa' })).toMatchObject({ clientId: 'spa' });
    expect(read({ client_id: 'app', azp: 'spa' })).toMatchObject({ clientId: 'app' });
  });
});

describe('a claim of another shape than it must have', () => {
  it.each([['a', 'b'], {}, 1, null, '', true, '\ud800'].map((value) => ({ value })))(
    'HDR-13 is no subject: $value',
    ({ value }) => {
      expect(read({ oid: value }, { mapping: { claims: { ...NAMES, subject: 'oid' } } })).toBe('jwt_claims');
    },
  );

  it.each(
    [{}, 1, null, true, [1], ['a', null], [['a']], [''], ['\ud800'], { length: 0 }].map((value) => ({
      value,
    })),
  )('HDR-13 is neither scope nor roles: $value', ({ value }) => {
    expect(read({ scope: value })).toBe('jwt_claims');
    expect(read({ roles: value })).toBe('jwt_claims');
  });

  it('is longer than a name may be, or has more of them than it may', () => {
    const many = Array.from({ length: 200 }, (_, index) => `r${index}`);
    const long = 'x'.repeat(512);
    expect(read({ roles: many, scope: many.join(' ') })).toMatchObject({ roles: many, scope: many });
    expect(read({ roles: long, scope: [long] })).toMatchObject({ roles: [long], scope: [long] });
    for (const value of [[...many, 'more'], [`${long}x`]]) {
      expect(read({ roles: value })).toBe('jwt_claims');
      expect(read({ scope: value.join(' ') })).toBe('jwt_claims');
    }
  });

  it('is no time of a login, or one that is still to come', () => {
    expect(read({ auth_time: NOW + 60 })).toMatchObject({ authenticatedAt: NOW + 60 });
    for (const value of [NOW + 61, String(NOW), null, -1, Number('1e400')]) {
      expect(read({ auth_time: value })).toBe('jwt_claims');
    }
  });

  it('HDR-13 is left out where nothing is decided by it', () => {
    expect(read({ email: ['a@b'], name: {}, amr: 'pwd', azp: 1 })).toMatchObject({ claims: {}, amr: [] });
    expect(read({ amr: ['pwd', 1], name: '' })).toMatchObject({ claims: {}, amr: [] });
  });
});
