import type { MiddlewareHandler } from 'hono';
import { equalInConstantTime } from '../lib/digest.ts';
import type { Secret } from '../lib/secret.ts';
import { Problem } from './problems.ts';

/** Lets pass who carries the admin token, and nobody else. */
export function requireAdminToken(adminToken: Secret): MiddlewareHandler {
  return async (context, next) => {
    const presented = /^bearer ([^ ]+)$/i.exec(context.req.header('Authorization') ?? '')?.[1];
    if (presented === undefined || !equalInConstantTime(presented, adminToken.reveal())) {
      context.header('WWW-Authenticate', 'Bearer realm="management"');
      throw new Problem(401, 'Unauthorized', 'Send the admin token: Authorization: Bearer <admin token>.');
    }
    await next();
  };
}
