import { checkAccess, withdrawResource, withdrawScopes } from './access.ts';
import { type Limits, MAX_SECRETS, MAX_TOKEN_SECONDS, refuseBeyond } from './limits.ts';
import { applicationOf, replaced, without } from './lookup.ts';
import { notFound, Refusal } from './refusal.ts';
import type { Access, Application, ClientSecret, Registry } from './registry.ts';

export function addApplication(registry: Registry, application: Application, limits: Limits): Registry {
  const applications = [...registry.applications, application];
  refuseBeyond(limits.applications, applications.length, 'applications');
  return { ...registry, applications };
}

export type ApplicationChanges = Partial<
  Pick<Application, 'name' | 'type' | 'enabled' | 'grantTypes' | 'claims' | 'jwks'>
> & { readonly accessTokenTtl?: number | null };

/** What is not named stays as it was; a lifetime of null is none of its own any more (RFC 7396). */
export function changeApplication(
  registry: Registry,
  clientId: string,
  changes: ApplicationChanges,
): Registry {
  return update(registry, clientId, ({ accessTokenTtl: before, ...application }) => {
    const { accessTokenTtl = before ?? null, ...others } = changes;
    return { ...application, ...others, ...(accessTokenTtl !== null && { accessTokenTtl }) };
  });
}

/** Its tokens die with it, and so does what it offered: nobody keeps a grant of that. */
export function removeApplication(registry: Registry, clientId: string): Registry {
  const application = applicationOf(registry, clientId);
  const left = withdrawResource(registry, clientId);
  return {
    ...left,
    applications: left.applications.filter((one) => one.clientId !== application.clientId),
    resources: left.resources.map((resource) => ({
      ...resource,
      introspectors: without(resource.introspectors, clientId),
    })),
  };
}

/** What it offers as a protected API of its own. A scope that is not among them any more is taken from all. */
export function setOwnScopes(
  registry: Registry,
  clientId: string,
  scopes: readonly string[],
  limits: Limits,
): Registry {
  refuseBeyond(limits.scopes, scopes.length, 'scopes of one application');
  const changed = update(registry, clientId, (application) => ({ ...application, scopes }));
  return withdrawScopes(changed, clientId, scopes);
}

export function setGrants(registry: Registry, clientId: string, grants: readonly Access[]): Registry {
  checkAccess(registry, grants);
  return update(registry, clientId, (application) => ({ ...application, grants }));
}

export function setRoles(registry: Registry, clientId: string, roles: readonly string[]): Registry {
  const unknown = roles.find((id) => !registry.roles.some((role) => role.id === id));
  if (unknown !== undefined) throw new Refusal('invalid', `There is no role with the id "${unknown}".`);
  return update(registry, clientId, (application) => ({ ...application, roles: [...new Set(roles)] }));
}

/** `now` is the store's. A name that a working secret has is taken. */
export function addSecret(registry: Registry, clientId: string, secret: ClientSecret, now: number): Registry {
  return update(registry, clientId, (application) => {
    const secrets = remembered(application.secrets, now);
    const working = secrets.filter((one) => works(one, now));
    if (working.some(({ name }) => name === secret.name)) {
      throw new Refusal('taken', `The application has a secret "${secret.name}" already.`);
    }
    refuseBeyond(MAX_SECRETS, working.length + 1, 'secrets of one application');
    return { ...application, secrets: [...secrets, secret] };
  });
}

/** Tokens that were obtained with it die with it. */
export function removeSecret(registry: Registry, clientId: string, name: string, now: number): Registry {
  return update(registry, clientId, (application) => {
    const named = application.secrets.filter((one) => one.name === name);
    // One that is over has given its name away, and its tokens may live: it can go when none that works is meant.
    const secret = named.find((one) => works(one, now)) ?? named[0];
    if (secret === undefined) throw notFound('secret');
    return { ...application, secrets: without(application.secrets, secret) };
  });
}

/**
 * A new secret in the place of all others. They work for `graceSeconds` more, and the tokens that they gave live out;
 * with no grace they are gone at once, and their tokens with them.
 */
export function rotateSecrets(
  registry: Registry,
  clientId: string,
  secret: ClientSecret,
  { graceSeconds, now }: { graceSeconds: number; now: number },
): Registry {
  const end = Math.ceil(now) + graceSeconds;
  const ending = (one: ClientSecret) => ({ ...one, expiresAt: Math.min(one.expiresAt ?? end, end) });
  const cleared = update(registry, clientId, (application) => ({
    ...application,
    secrets: graceSeconds === 0 ? [] : application.secrets.map(ending),
  }));
  return addSecret(cleared, clientId, secret, now);
}

export function works({ expiresAt }: ClientSecret, now: number): boolean {
  return expiresAt === undefined || now < expiresAt;
}

/** An expired secret is kept until the last token that it gave is over. */
export function remembered(secrets: readonly ClientSecret[], now: number): readonly ClientSecret[] {
  return secrets.filter(({ expiresAt }) => expiresAt === undefined || now < expiresAt + MAX_TOKEN_SECONDS);
}

function update(
  registry: Registry,
  clientId: string,
  change: (application: Application) => Application,
): Registry {
  const application = applicationOf(registry, clientId);
  return {
    ...registry,
    applications: replaced(registry.applications, application, change(application)),
  };
}
