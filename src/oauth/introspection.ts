import type { Session } from '../decision/session.ts';
import { findResource } from '../registry/lookup.ts';
import type { Application, Registry } from '../registry/registry.ts';
import type { Endpoint } from './endpoint.ts';
import { invalidRequest } from './errors.ts';
import type { FindPresented } from './presented.ts';

/**
 * RFC 7662. Whatever is unknown, expired, revoked, of another tenant or not the caller's to see gets one and the same
 * answer (section 2.2).
 */
export function createIntrospectionEndpoint(find: FindPresented): Endpoint {
  return async ({ tenant, registry, application, parameters }) => {
    const token = parameters.get('token');
    if (token === undefined) throw invalidRequest('There is no token.');
    const session = await find(tenant.name, token);
    if (session === undefined || !maySee(registry, application, session)) return { active: false };
    const [audience, ...others] = session.audience;
    return {
      active: true,
      scope: session.scope.join(' '),
      ...(session.clientId !== undefined && { client_id: session.clientId }),
      token_type: 'Bearer',
      exp: session.expiresAt,
      iat: session.createdAt,
      sub: session.subject,
      ...(audience !== undefined && { aud: others.length === 0 ? audience : session.audience }),
      iss: tenant.issuer,
      jti: session.id,
      tenant: tenant.name,
    };
  };
}

/** A client sees what was issued to it, and what is for a resource that names it among its introspectors. */
function maySee(registry: Registry, { clientId }: Application, session: Session): boolean {
  if (session.clientId === clientId) return true;
  return session.audience.some((indicator) =>
    findResource(registry, indicator)?.introspectors.includes(clientId),
  );
}
