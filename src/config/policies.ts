import { z } from 'zod';
import { faultsOfPlace } from '../decision/place.ts';
import { SCOPE_TOKEN } from '../lib/grammar.ts';
import { pageUrlOrNone } from './login.ts';
import { network } from './network.ts';

export const name = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/,
    'must be lower-case letters, digits and inner dashes, 63 at most',
  );

const scopeToken = z.string().regex(SCOPE_TOKEN, 'must be a scope token (RFC 6749 section 3.3)');

const text = z.string().min(1).max(512);

const requirements = {
  anonymous: z.boolean().prefault(false).describe('Whoever presents nothing may pass, without an identity'),
  clientNetworks: z
    .array(network)
    .prefault([])
    .describe("The client's address lies in one of them: addresses and CIDRs"),
  subjectType: z.enum(['user', 'client']).optional(),
  subjects: z.array(text).prefault([]).describe('Any one of them'),
  clientIds: z.array(text).prefault([]).describe('Any one of these applications'),
  audience: text.optional().describe('An identifier that the session must be for'),
  scope: z.array(scopeToken).prefault([]).describe('All of them'),
  anyScope: z.array(scopeToken).prefault([]).describe('Any one of them'),
  roles: z.array(text).prefault([]).describe('Any one of them'),
  amr: z.array(text).prefault([]).describe('How they logged in (RFC 8176): all of them'),
  maxAuthAgeSeconds: z.int().positive().optional().describe('The greatest age of the last login'),
};

type Stated = { readonly [requirement: string]: unknown };

/** The names of what asks for something, among the requirements. */
function statedIn(values: Stated): string[] {
  return Object.keys(requirements).filter((name) => {
    const value = values[name];
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  });
}

function refuseContradiction(values: Stated, context: z.core.$RefinementCtx): void {
  if (values.anonymous !== true) return;
  const message = 'anonymous lets everybody pass, so nothing can be required of who it is';
  refuseStated(values, message, context, ['anonymous', 'clientNetworks']);
}

function refuseStated(
  values: Stated,
  message: string,
  context: z.core.$RefinementCtx,
  allowed: readonly string[] = [],
): void {
  for (const requirement of statedIn(values)) {
    if (!allowed.includes(requirement)) context.addIssue({ code: 'custom', path: [requirement], message });
  }
}

const rule = z
  .strictObject({
    methods: z.array(text).min(1).optional().describe('In capitals; absent: all'),
    host: text.optional().describe('`app.example.com`, or `*.example.com` for one label; absent: all'),
    path: text.describe('`/orders`; `*` is one segment, `/**` at the end is whatever follows'),
    deny: z.boolean().optional().describe('Nobody passes, whoever it is'),
    ...requirements,
  })
  .superRefine((values, context) => {
    if (values.deny !== true) return refuseContradiction(values, context);
    refuseStated(values, 'deny lets nobody pass, so nothing else can be asked for', context);
  })
  .superRefine((place, context) => {
    for (const { member, message } of faultsOfPlace(place)) {
      context.addIssue({ code: 'custom', path: [member], message });
    }
  });

const policy = z
  .strictObject({
    tenant: z.string().prefault('default'),
    ...requirements,
    assertionAudience: text
      .optional()
      .describe('The application gets a signed assertion for this audience, in `X-Auth-Assertion`'),
    stripCredentials: z
      .boolean()
      .prefault(false)
      .describe('The proxy is told to keep the credential from the application'),
    loginUrl: pageUrlOrNone.optional().describe('In the place of `login.url`, or `none`'),
    rules: z.array(rule).min(1).optional(),
  })
  .superRefine(refuseContradiction)
  .superRefine((values, context) => {
    if (values.rules === undefined) return;
    refuseStated(values, 'a policy with rules has its requirements in them, and none of its own', context);
  });

export type PolicySettings = z.output<typeof policy>;
export type RequirementSettings = Omit<z.output<typeof rule>, 'methods' | 'host' | 'path'>;

export const policies = z
  .record(name, policy)
  .refine(
    (all) => Object.keys(all).length > 0,
    'must name one at least: without the setting there is "default"',
  )
  .describe('What `/{dialect}/{policy}` asks for');
