import { applicationAccessRoutes } from './application-access.ts';
import { applicationSecretRoutes } from './application-secrets.ts';
import { applicationRoutes } from './applications.ts';
import { keyRoutes } from './keys.ts';
import type { RegistryApi } from './registry-api.ts';
import { resourceScopeRoutes } from './resource-scopes.ts';
import { resourceRoutes } from './resources.ts';
import { roleRoutes } from './roles.ts';
import type { Route } from './route.ts';
import { tenantRoutes } from './tenant-routes.ts';

/** Everything that is declared for a tenant. */
export function registryRoutes(api: RegistryApi): readonly Route[] {
  return [
    ...applicationRoutes(api),
    ...applicationAccessRoutes(api),
    ...applicationSecretRoutes(api),
    ...resourceRoutes(api),
    ...resourceScopeRoutes(api),
    ...roleRoutes(api),
    ...keyRoutes(api),
    ...tenantRoutes(api),
  ];
}
