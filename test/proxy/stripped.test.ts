import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCredential } from '../../src/decision/credential.ts';
import { valuesOf } from '../../src/lib/http-server.ts';
import { strippedOf } from '../../src/proxy/stripped.ts';
import { createSession, type NewSession, send } from '../support/http.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

const linesOf = (...lines: string[]) => lines.flatMap((line) => ['Cookie', line]);
const leftOf = (...lines: string[]) =>
  valuesOf(strippedOf(linesOf(...lines), 'session', undefined), 'cookie');

describe('the cookies that are left', () => {
  it.each([
    ['none', [], ''],
    ['ours alone', ['session=x'], ''],
    ['ours first', ['session=x; a=1; b=2'], 'a=1; b=2'],
    ['ours in the middle', ['a=1; session=x; b=2'], 'a=1; b=2'],
    ['ours last', ['a=1; b=2; session=x'], 'a=1; b=2'],
    ['ours twice', ['session=x; a=1; session=y'], 'a=1'],
    ['of all lines', ['a=1; session=x', 'b=2', 'session=y; c=3'], 'a=1; b=2; c=3'],
    ['of one name, in their order', ['b=1; a=1; b=2'], 'b=1; a=1; b=2'],
    ['names that begin or end as ours does', ['sessions=1; my-session=2; Session=3'], undefined],
    ['ours as a value', ['a=session=x; b=session'], undefined],
    ['without a name', ['session; =session=x; alone'], undefined],
    ['quoted, encoded and empty ones', ['a="1, 2"; b=%20; c='], undefined],
    ['inner spaces as they are', ['a=1 ; b = 2;  c=3'], 'a=1 ; b = 2;  c=3'],
    ['separated in other ways', ['a=1;session=x;b=2'], 'a=1; b=2'],
    ['with ours behind more spaces', ['a=1;   session =x; b=2'], 'a=1; b=2'],
    ['with ours behind a tab', ['a=1; \tsession=x'], 'a=1'],
    ['nothing but separators', ['; ;;'], ''],
  ])('%s', (_, lines, left) => {
    expect(leftOf(...lines)).toEqual([left ?? lines.join('; ')]);
  });

  it.each(['ü', '\u00ff', '\t', '\u0001', '\u007f'])(
    'are none where they could not be said again byte for byte: %j',
    (letter) => {
      expect(leftOf(`a=${letter}; session=x; b=2`)).toEqual(['']);
      expect(leftOf(`a=1; session=${letter}; b=2`)).toEqual(['a=1; b=2']);
    },
  );

  it('are none where they are more than 8 KiB', () => {
    const most = `a=${'x'.repeat(8 * 1024 - 2)}`;
    expect(leftOf(most, 'session=x')).toEqual([most]);
    expect(leftOf(`${most}x`, 'session=x')).toEqual(['']);
  });

  it('hold no session, whatever the client sent', () => {
    const piece = fc.constantFrom('session', '=', ';', '; ', ' ', 'a', 'b=1', 'session=x', '"', '\t', ',');
    const line = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 3 }), (lines) => {
        const [left = ''] = leftOf(...lines);
        const reading = { cookieName: 'session', takesPairs: false };
        expect(readCredential(['Cookie', left], reading)).toEqual({ kind: 'none' });
        for (const cookie of left.split(';')) expect(cookie.trim()).not.toMatch(/^session\s*=/);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('a policy that strips credentials', () => {
  let postern: InProcess;
  let ada: NewSession;
  beforeAll(async () => {
    postern = await startInProcess({
      policies: {
        default: {},
        strict: { stripCredentials: true },
        open: { anonymous: true, stripCredentials: true },
        admins: { roles: ['admin'], stripCredentials: true },
      },
    });
    ada = await createSession(postern.ports.admin, { subject: 'ada' });
  });
  afterAll(() => postern.close());

  const REMOVED = 'x-envoy-auth-headers-to-remove';

  async function ask(path: string, ...headers: string[]) {
    const { status, rawHeaders } = await send(postern.ports.decision, { path, headers });
    const [cookie, authorization, removed] = ['cookie', 'authorization', REMOVED].map((name) =>
      valuesOf(rawHeaders, name),
    );
    return { status, cookie, authorization, removed };
  }

  it.each(['auth-request', 'forward-auth'])('says what takes their place: %s', async (dialect) => {
    const headers = ['Cookie', `a=1; session=${ada.token}`, 'Cookie', 'b=2'];
    const stripped = { status: 200, cookie: ['a=1; b=2'], authorization: [''], removed: [] };
    expect(await ask(`/${dialect}/strict`, ...headers)).toEqual(stripped);
    expect(await ask(`/${dialect}/strict`, 'Authorization', `Bearer ${ada.token}`)).toEqual({
      ...stripped,
      cookie: [''],
    });
  });

  it('tells Envoy what to remove', async () => {
    const asked = (cookie: string) => ask('/ext-authz/strict/orders', 'Cookie', cookie);
    expect(await asked(`a=1; session=${ada.token}`)).toMatchObject({
      cookie: ['a=1'],
      removed: ['authorization'],
    });
    expect(await asked(`session=${ada.token}`)).toMatchObject({
      cookie: [''],
      removed: ['authorization,cookie'],
    });
  });

  it.each(['/forward-auth/open', '/resolve/open'])(
    'keeps from the application what is dead, too: %s',
    async (path) => {
      const stripped = { status: 200, cookie: ['a=1'], authorization: [''] };
      expect(await ask(path, 'Cookie', 'session=dead; a=1')).toMatchObject(stripped);
      expect(await ask(path, 'Cookie', 'a=1', 'Authorization', 'Basic YTpi')).toMatchObject(stripped);
    },
  );

  it.each([
    ['/forward-auth/strict', 'session=dead; a=1', 401],
    ['/ext-authz/strict/', 'session=dead; a=1', 401],
    ['/forward-auth/admins', () => `session=${ada.token}; a=1`, 403],
    ['/forward-auth/strict', 'session=x; session=y', 400],
  ])('HDR-04 says nothing of them on a denial: %s', async (path, cookie, status) => {
    const sent = typeof cookie === 'string' ? cookie : cookie();
    expect(await ask(path, 'Cookie', sent)).toEqual({ status, cookie: [], authorization: [], removed: [] });
  });

  it('HDR-04 is the only one that says anything of them', async () => {
    for (const path of ['/forward-auth/default', '/ext-authz/default/']) {
      const headers = ['Cookie', `session=${ada.token}; a=1`, 'X-Auth-Subject', 'eve'];
      expect(await ask(path, ...headers)).toEqual({
        status: 200,
        cookie: [],
        authorization: [],
        removed: [],
      });
    }
  });
});
