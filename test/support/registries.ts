import type { AuditEntry, Versioned } from '../../src/registry/ports.ts';
import type { Registry } from '../../src/registry/registry.ts';

/** What is there where nothing was ever declared. */
export const EMPTY_REGISTRY: Registry = {
  applications: [],
  resources: [],
  roles: [],
  keys: [],
  retired: [],
};

/** A registry with something in every field, the optional ones among them. */
export const RICH_REGISTRY: Registry = {
  applications: [
    {
      clientId: 'f4a1',
      name: 'nightly "日本" \u0000',
      type: 'regularwebapp',
      enabled: true,
      createdAt: 1_700_000_000.25,
      grantTypes: ['client_credentials'],
      accessTokenTtl: 600,
      claims: {
        plan: 'gold',
        level: 3,
        beta: true,
        none: null,
        groups: ['a', 1, false, null],
        constructor: 'c',
      },
      jwks: [{ thumbprint: 't', jwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'k' } }],
      secrets: [
        { id: 's1', name: 'first', digest: 'd1', createdAt: 1_700_000_000, expiresAt: 1_800_000_000 },
        { id: 's2', name: 'second', digest: 'd2', createdAt: 1_700_000_001 },
      ],
      scopes: ['own:read'],
      grants: [{ resource: 'https://api.example.com/orders', scopes: ['orders:read'] }],
      roles: ['r1'],
    },
    {
      clientId: 'f4a2',
      name: 'bare',
      type: '',
      enabled: false,
      createdAt: 0,
      grantTypes: [],
      claims: {},
      jwks: [],
      secrets: [],
      scopes: [],
      grants: [],
      roles: [],
    },
  ],
  resources: [
    {
      id: 'a1',
      name: 'orders',
      indicator: 'https://api.example.com/orders',
      createdAt: 1_700_000_000,
      scopes: [{ name: 'orders:read', description: '' }],
      accessTokenTtl: 60,
      tokenFormat: 'jwt',
      signingAlg: 'ES384',
      typ: 'at+jwt',
      isDefault: true,
      restricted: true,
      introspectors: ['f4a2'],
    },
    {
      id: 'a2',
      name: 'bare',
      indicator: 'urn:bare',
      createdAt: 1_700_000_000,
      scopes: [],
      tokenFormat: 'opaque',
      typ: 'JWT',
      isDefault: false,
      restricted: false,
      introspectors: [],
    },
  ],
  roles: [{ id: 'r1', name: 'reader', description: 'reads', access: [{ resource: 'urn:bare', scopes: [] }] }],
  keys: (['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'] as const).flatMap((alg) => [
    { kid: `${alg}1`, alg, state: 'next', publicJwk: { kty: 'x' }, sealed: 's', createdAt: 1 },
    {
      kid: `${alg}2`,
      alg,
      state: 'current',
      publicJwk: { kty: 'x' },
      sealed: 's',
      createdAt: 1,
      currentSince: 2,
    },
    {
      kid: `${alg}3`,
      alg,
      state: 'previous',
      publicJwk: { kty: 'x' },
      sealed: 's',
      createdAt: 1,
      previousSince: 3,
    },
  ]),
  retired: ['47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'],
  accessTokenTtl: 3_600,
};

/** A state that no other test has. */
export function versioned(registry: Registry = EMPTY_REGISTRY): Versioned {
  return { version: crypto.randomUUID(), registry };
}

export function auditEntryOf(changes: Partial<AuditEntry> = {}): AuditEntry {
  return {
    id: crypto.randomUUID(),
    at: 1_700_000_000.5,
    actor: 'admin',
    action: 'application.create',
    target: 'f4a1',
    ...changes,
  };
}
