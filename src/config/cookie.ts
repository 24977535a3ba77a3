import { z } from 'zod';

/** RFC 6265 section 4.1.1: a cookie's name is a token of HTTP. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** In lower case, since hosts are compared with it. */
const DOMAIN = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;

export const cookie = z
  .strictObject({
    name: z
      .string()
      .regex(NAME, 'must be a cookie name (RFC 6265)')
      .prefault('session')
      .describe('Without a domain, `__Host-session` is the better name: no other host can set it'),
    domains: z
      .array(z.string().regex(DOMAIN, 'must be a host name in lower case'))
      .prefault([])
      .describe(
        'Empty: the host that sets it, and no other. Of several, each session is for one, the first unless told otherwise',
      ),
    path: z
      .string()
      .regex(/^\/[!-:<-~]*$/, 'must be a path that begins with "/"')
      .prefault('/'),
    secure: z.boolean().prefault(true).describe('Only over https'),
    sameSite: z.enum(['lax', 'strict', 'none']).prefault('lax'),
  })
  .superRefine((settings, context) => {
    for (const [setting, why] of refusedByBrowsers(settings)) {
      context.addIssue({ code: 'custom', path: [setting], message: `browsers refuse ${why}` });
    }
    for (const [index, around] of containedIn(settings.domains)) {
      const message = `lies in "${around}": its hosts would get two cookies of the name, and those are refused`;
      context.addIssue({ code: 'custom', path: ['domains', index], message });
    }
  });

type CookieShape = {
  name: string;
  domains: readonly string[];
  path: string;
  secure: boolean;
  sameSite: string;
};

/** RFC 6265bis sections 4.1.3 and 5.7: such a cookie would be dropped without a word, and nobody could log in. */
function* refusedByBrowsers(settings: CookieShape): Generator<[setting: keyof CookieShape, why: string]> {
  const { name, domains, path, secure, sameSite } = settings;
  const isHost = name.startsWith('__Host-');
  if ((isHost || name.startsWith('__Secure-')) && !secure) yield ['secure', `a ${name} that is not secure`];
  if (isHost && domains.length > 0) yield ['domains', `a ${name} with a domain`];
  if (isHost && path !== '/') yield ['path', `a ${name} whose path is not "/"`];
  if (sameSite === 'none' && !secure) yield ['sameSite', 'sameSite none without secure'];
}

/** The places of those that lie in another one, which a browser would send its cookie to as well. */
function* containedIn(domains: readonly string[]): Generator<[index: number, around: string]> {
  for (const [index, domain] of domains.entries()) {
    const around = domains.find((other, at) => at !== index && `.${domain}`.endsWith(`.${other}`));
    if (around !== undefined) yield [index, around];
  }
}
