import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { PASSED_ON, SITE_POLICIES } from '../support/site.ts';

const read = (path: string) => readFileSync(join(import.meta.dirname, '../../deploy', path), 'utf8');
const POLICIES = Object.keys(SITE_POLICIES);

/** What shows whether a browser asks, and what for. */
const FORMS = [
  'Accept',
  'Origin',
  'Access-Control-Request-Method',
  'Sec-Fetch-Mode',
  'Sec-Fetch-Dest',
  'X-Requested-With',
] as const;

describe('deploy/traefik', () => {
  const forwardAuth = z.object({
    address: z.string(),
    trustForwardHeader: z.literal(false),
    authRequestHeaders: z
      .array(z.string())
      .refine((names) => names.join() === ['Authorization', 'Cookie', ...FORMS].join()),
    authResponseHeaders: z.array(z.string()),
    authResponseHeadersRegex: z.string(),
  });
  const schema = z.looseObject({
    http: z.looseObject({
      routers: z.record(z.string(), z.looseObject({ middlewares: z.array(z.string()) })),
      middlewares: z.record(z.string(), z.looseObject({ forwardAuth: forwardAuth.optional() })),
    }),
  });
  const { http } = schema.parse(parse(read('traefik/dynamic.yaml'), { merge: true }));

  it('HDR-01 HDR-05 every check passes on every identity header, and strips each spelling', () => {
    const checks = Object.values(http.middlewares).flatMap(({ forwardAuth: check }) => check ?? []);
    expect(checks).toHaveLength(POLICIES.length);
    for (const check of checks) {
      expect(check.authResponseHeaders).toEqual(PASSED_ON);
      const [, flag, source = ''] = /^\(\?(i)\)(.*)$/.exec(check.authResponseHeadersRegex) ?? [];
      const strips = new RegExp(source, flag);
      for (const name of ['x-auth-subject', 'X_Auth_Subject', 'x.auth.subject', 'X-AUTH_subject'])
        expect(strips.test(name)).toBe(true);
      for (const name of ['Cookie', 'X-Forwarded-For', 'Authorization'])
        expect(strips.test(name)).toBe(false);
    }
  });

  it('every route is checked, or refuses', () => {
    for (const { middlewares } of Object.values(http.routers)) {
      const [first, second] = middlewares;
      expect(first === 'postern-refuse' || first === 'postern-strip').toBe(true);
      if (first === 'postern-strip') expect(http.middlewares[second ?? '']?.forwardAuth).toBeDefined();
    }
  });

  it('the labels of compose.yaml pass on the same', () => {
    const compose: unknown = parse(read('traefik/compose.yaml'));
    const labels = z
      .looseObject({
        services: z.looseObject({ app: z.looseObject({ labels: z.record(z.string(), z.string()) }) }),
      })
      .parse(compose).services.app.labels;
    const prefix = 'traefik.http.middlewares.whoami-check.forwardauth';
    expect(labels[`${prefix}.authResponseHeaders`]?.split(',')).toEqual(PASSED_ON);
    expect(labels[`${prefix}.trustForwardHeader`]).toBe('false');
    expect(labels[`${prefix}.authResponseHeadersRegex`]).toBe('(?i)^x-auth-|[^a-z0-9-]');
  });
});
