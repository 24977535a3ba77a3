import { z } from 'zod';
import { nearest } from './nearest.ts';

const PRESET_NAMES = ['postern', 'authgear', 'x-auth-request', 'remote'] as const;

const FIELD_NAMES = [
  'subject',
  'user',
  'subjectType',
  'tenant',
  'clientId',
  'sessionId',
  'scope',
  'roles',
  'audience',
  'amr',
  'authenticatedAt',
  'expiresAt',
] as const;

const field = z.enum(FIELD_NAMES);

/** What a header of one's own says: a part of the session, or a claim of it. */
export type MappedField = z.output<typeof field> | { readonly claim: string };

export type IdentityRow = readonly [name: string, field: MappedField];

/** RFC 9110 section 5.1: a header's name is a token. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** As the management API takes the names of claims. */
const CLAIM = /^claims\.([A-Za-z][A-Za-z0-9_.:/-]{0,127})$/;

/** Applications (CGI, WSGI) and proxies (HAProxy's variables) take names for the same that differ in case and marks. */
function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-');
}

/** What proxies, browsers or we take for something else than a statement on who it is; of folded names. */
const RESERVED = new RegExp(
  `^(?:${[
    '(?:access-control|content|proxy|sec|x-envoy|x-original|x-postern)-.*',
    'x-forwarded-(?:for|host|method|port|prefix|proto|uri)|x-auth-(?:assertion|session-valid)|x-real-ip',
    'authorization|www-authenticate|cookie2?|set-cookie2?|host|location|forwarded|cache-control|vary|date',
    'connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|retry-after|refresh|clear-site-data',
  ].join('|')})$`,
);

/** They stand on every answer, whoever it is, and share 3 KiB with what they say. */
const MAX_NAMES_LENGTH = 1_024;

const preset = z.enum(PRESET_NAMES);

export const identityHeaders = z
  .union([preset, z.record(z.string(), z.unknown())], {
    error: ({ input }) =>
      `must be ${PRESET_NAMES.join(', ')}, or a map of names${hintOf(input, PRESET_NAMES)}`,
  })
  .transform((setting, context) => {
    if (typeof setting === 'string') return setting;
    const names = Object.keys(setting);
    const refuse = (path: readonly string[], message: string) =>
      context.addIssue({ code: 'custom', path: [...path], message });
    if (names.join('').length > MAX_NAMES_LENGTH) refuse([], 'the names must be 1 KiB at most together');
    return Object.entries(setting).flatMap(([name, text]): IdentityRow[] => {
      const fault = faultOf(name, names);
      if (fault !== undefined) refuse([name], fault);
      const field = parseField(text);
      if (field === undefined)
        refuse([name], `must be ${FIELD_NAMES.join(', ')} or claims.<name>${hintOf(text, FIELD_NAMES)}`);
      return field === undefined ? [] : [[name, field]];
    });
  });

function parseField(text: unknown): MappedField | undefined {
  const claim = typeof text === 'string' ? CLAIM.exec(text)?.[1] : undefined;
  return claim === undefined ? field.safeParse(text).data : { claim };
}

function faultOf(name: string, names: readonly string[]): string | undefined {
  if (!NAME.test(name)) return 'is no name of a header (RFC 9110 section 5.1)';
  if (RESERVED.test(fold(name))) return 'means something else to proxies, browsers or Postern';
  const other = names.find((other) => other !== name && fold(other) === fold(name));
  return other === undefined
    ? undefined
    : `is the same as ${other} to whoever takes "-", "_", "." and case for the same`;
}

function hintOf(text: unknown, known: readonly string[]): string {
  const near = typeof text === 'string' ? nearest(text, known) : undefined;
  return near === undefined ? '' : `; did you mean ${near}?`;
}
