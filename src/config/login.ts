import { z } from 'zod';
import { parsed } from './parsed.ts';

/** An absolute URL of a page, as it is: with a query, where it needs one, and without a fragment, which would swallow ours. */
function parsePageUrl(text: string): string | undefined {
  const url = /^https?:\/\/[!-~]+$/.test(text) ? URL.parse(text) : null;
  if (url === null || url.username + url.password + url.hash !== '' || text.includes('#')) return undefined;
  return url.href;
}

const pageUrl = parsed(parsePageUrl, 'an http or https URL without user and fragment');

/** Of one policy, whose browsers log in elsewhere, or nowhere. */
export const pageUrlOrNone = parsed(
  (text) => (text === 'none' ? text : parsePageUrl(text)),
  '"none", or an http or https URL without user and fragment',
);

const HOST =
  /^(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::[1-9]\d{0,4})?$/;

export const login = z.strictObject({
  url: pageUrl
    .optional()
    .describe(
      'Where browsers that have to log in are sent, with `rd`: where they wanted to go. Absent: nowhere',
    ),
  hosts: z
    .array(
      z
        .string()
        .regex(HOST, 'must be a host in lower case, with a port where it has one, or "*." and a host'),
    )
    .prefault([])
    .describe('The hosts that `rd` may lead to: `app.example.com`, or `*.example.com` for one label'),
  allowHttp: z.boolean().prefault(false).describe('`rd` may be http. Only for your own machine'),
});

/** As a browser writes it in `Origin`. A `*` stands for nothing there, though a URL may have it in its host. */
function parseOrigin(text: string): string | undefined {
  return URL.parse(text)?.origin === text && /^https?:\/\/[^*]+$/.test(text) ? text : undefined;
}

export const cors = z.strictObject({
  origins: z
    .array(parsed(parseOrigin, 'an origin, as in https://app.example.com'))
    .prefault([])
    .describe('Scripts of these may read why they were denied, and their preflights pass'),
});
