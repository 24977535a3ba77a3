import type { ApiResource, SigningAlg } from '../registry/registry.ts';

/** How a tenant issues, as the settings have it. Durations are in seconds. */
export type TenantOptions = {
  /** `appid`: access tokens as IBM App ID's SDKs demand them. */
  readonly tokenProfile: 'rfc9068' | 'appid';
  /** A scope that is not granted is an error, instead of being left out. */
  readonly strictScope: boolean;
  readonly accessTokenTtl: number;
  readonly signingAlg: SigningAlg;
  /** Of a request that names no resource, where none is the default: a token for the client itself, or an error. */
  readonly withoutResource: 'client' | 'refuse';
};

export type Tenant = TenantOptions & {
  readonly name: string;
  /** The issuer, byte for byte; its endpoints lie below it. */
  readonly issuer: string;
  /** The identifier of the tenant's own management API. */
  readonly managementUrl: string;
};

/** `publicUrl` has no slash at its end. Nothing of a request is ever part of these. */
export function describeTenant(name: string, options: TenantOptions, publicUrl: string): Tenant {
  return {
    ...options,
    name,
    issuer: issuerOf(publicUrl, name),
    managementUrl: managementUrlOf(publicUrl, name),
  };
}

/** What signs the tokens for a resource. App ID's SDKs read RS256 and nothing else. */
export function signingAlgFor(
  { tokenProfile, signingAlg }: TenantOptions,
  resource: ApiResource,
): SigningAlg {
  return tokenProfile === 'appid' ? 'RS256' : (resource.signingAlg ?? signingAlg);
}

export function issuerOf(publicUrl: string, tenant: string): string {
  return `${publicUrl}/oauth/v4/${tenant}`;
}

export function managementUrlOf(publicUrl: string, tenant: string): string {
  return `${publicUrl}/management/v4/${tenant}`;
}
