import { z } from 'zod';

/** RFC 6265 section 4.1.1: a cookie's name is a token of HTTP. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export const cookie = z
  .strictObject({
    name: z
      .string()
      .regex(NAME, 'must be a cookie name (RFC 6265)')
      .prefault('session')
      .describe('Without a domain, `__Host-session` is the better name: no other host can set it'),
    domain: z
      .string()
      .regex(/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i, 'must be a host name')
      .optional()
      .describe('Absent: the host that sets it, and no other'),
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
  });

type CookieShape = {
  name: string;
  domain?: string | undefined;
  path: string;
  secure: boolean;
  sameSite: string;
};

/** RFC 6265bis sections 4.1.3 and 5.7: such a cookie would be dropped without a word, and nobody could log in. */
function* refusedByBrowsers(settings: CookieShape): Generator<[setting: keyof CookieShape, why: string]> {
  const { name, domain, path, secure, sameSite } = settings;
  const isHost = name.startsWith('__Host-');
  if ((isHost || name.startsWith('__Secure-')) && !secure) yield ['secure', `a ${name} that is not secure`];
  if (isHost && domain !== undefined) yield ['domain', `a ${name} with a domain`];
  if (isHost && path !== '/') yield ['path', `a ${name} whose path is not "/"`];
  if (sameSite === 'none' && !secure) yield ['sameSite', 'sameSite none without secure'];
}
