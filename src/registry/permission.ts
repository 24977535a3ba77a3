import type { Session } from '../decision/session.ts';
import { createRecent } from '../lib/recent.ts';
import { findApplication, findResource, rolesOf } from './lookup.ts';
import type { ApiResource, Application, Registry } from './registry.ts';

/** IBM App ID puts it into every token, and its SDK asks for it. It is a permission of nothing. */
export const APPID_DEFAULT = 'appid_default';

/**
 * The scopes of a resource that an application has now, by its grants and its roles: perhaps none. Undefined where
 * it gets no token for it at all.
 */
export function permittedScopes(
  registry: Registry,
  application: Application,
  resource: ApiResource,
): readonly string[] | undefined {
  const access = [
    ...application.grants,
    ...rolesOf(registry, application).flatMap((role) => role.access),
  ].filter(({ resource: indicator }) => indicator === resource.indicator);
  if (resource.restricted && access.length === 0) return undefined;
  const given = new Set(access.flatMap(({ scopes }) => scopes));
  return resource.scopes.map(({ name }) => name).filter((name) => given.has(name));
}

/** The names of an application's roles. */
export function roleNames(registry: Registry, application: Application): readonly string[] {
  return rolesOf(registry, application).map(({ name }) => name);
}

/**
 * What is left of an access token issued here: what it was given **and** what is still declared. Undefined where its
 * application is gone or disabled, the credential that it was obtained with was taken away, or its resource is gone
 * or closed to the application.
 */
export function effective(session: Session, registry: Registry): Session | undefined {
  const application = findApplication(registry, session.clientId);
  if (!application?.enabled || !stillHas(application, session.credentialId)) return undefined;
  const [indicator] = session.audience;
  const resource = findResource(registry, indicator);
  const permitted = resource && permittedScopes(registry, application, resource);
  if (permitted === undefined) return undefined;
  const roles = roleNames(registry, application);
  return {
    ...session,
    scope: session.scope.filter((scope) => scope === APPID_DEFAULT || permitted.includes(scope)),
    roles: session.roles.filter((role) => roles.includes(role)),
  };
}

const MAX_REMEMBERED = 16_384;

/** The same, worked out once for each of `heldRows` that are held in memory, until something else is declared. */
export function createEffective(heldRows: number): typeof effective {
  const worked = createRecent(
    Math.min(MAX_REMEMBERED, heldRows),
    ({ id }: Session) => id,
    (): { by?: Registry; left?: Session | undefined } => ({}),
  );
  return (session, registry) => {
    const last = worked(session);
    if (last.by !== registry) {
      last.left = effective(session, registry);
      last.by = registry;
    }
    return last.left;
  };
}

/** A secret that merely expired lets its tokens live out; one that was deleted takes them with it. */
function stillHas({ secrets, jwks }: Application, credentialId: string | undefined): boolean {
  return (
    secrets.some(({ id }) => id === credentialId) ||
    jwks.some(({ thumbprint }) => thumbprint === credentialId)
  );
}
