import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cookieOf, createSession, manage } from '../support/http.ts';
import { startSite } from '../support/site.ts';

let site: Awaited<ReturnType<typeof startSite>>;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.close());

/** What the application decodes of what reached it behind a real nginx. */
async function seenBy(body: object) {
  const session = await createSession(site.postern.ports.admin, body);
  const { reply, seen } = await site.ask({ path: '/', headers: cookieOf(session) });
  expect(reply.status).toBe(200);
  const decode = (name: string) => decodeURIComponent(seen?.[name] ?? '');
  return {
    subject: decode('x_auth_subject'),
    email: decode('x_auth_email'),
    name: decode('x_auth_name'),
    roles: (seen?.x_auth_roles ?? '').split(',').map(decodeURIComponent),
    headers: Object.keys(seen ?? {}),
  };
}

const everywhere = (text: string) => ({
  subject: text,
  roles: [text, 'staff'],
  claims: { email: text, name: text },
});

async function expectIntact(text: string, whole = text.toWellFormed()) {
  const seen = await seenBy(everywhere(text));
  expect(seen).toMatchObject({ subject: whole, email: whole, name: whole, roles: [whole, 'staff'] });
  expect(seen.headers).not.toContain('x_admin');
}

describe('an identity of any characters reaches the application, and can be decoded', () => {
  it('HDR-08 each byte from 0x00 to 0xff, alone, at either end and in the middle', async () => {
    for (let code = 0; code <= 0xff; code += 1) {
      const letter = String.fromCharCode(code);
      for (const text of [letter, `${letter}a${letter}b${letter}`]) await expectIntact(text);
    }
  });

  it.each(['日本', '👩‍💻 Ada', '\u202egnp.exe', 'Ünïcödé', '%41', '100%', 'a=b&c', '"quoted"', '\ufeff'])(
    'HDR-09 %j',
    (text) => expectIntact(text),
  );

  it('HDR-09 a lone surrogate, as U+FFFD', () => expectIntact('a\ud800b', 'a\ufffdb'));

  it.each(['a\r\nX-Admin: 1', 'a\nX-Admin: 1', 'a\rX-Admin: 1', 'a\r\n\r\nGET / HTTP/1.1'])(
    'HDR-10 %j is one value and no new header',
    (text) => expectIntact(text),
  );

  it('HDR-11 a role with a comma is one role', async () => {
    const { roles } = await seenBy({ subject: 'ada', roles: ['a,admin', 'b'] });
    expect(roles).toEqual(['a,admin', 'b']);
  });

  it('the process lived through it all', async () => {
    expect((await manage(site.postern.ports.admin, 'GET', '/default/sessions?subject=nobody')).status).toBe(
      200,
    );
  });
});
