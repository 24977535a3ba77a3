import { JwtVerifier } from 'aws-jwt-verify';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { auth } from 'express-oauth2-jwt-bearer';
import { createVerifier } from 'fast-jwt';
import { Hono } from 'hono';
import { jwk } from 'hono/jwk';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import jsonwebtoken from 'jsonwebtoken';
import jwksRsa from 'jwks-rsa';
import * as oauth from 'oauth4webapi';
import type { SigningAlg } from '../../src/registry/registry.ts';

/** Resolves for a token that it finds good, and rejects for any other. */
export type Verify = (token: string) => Promise<unknown>;

export type Trust = {
  readonly issuer: string;
  readonly jwksUri: string;
  readonly audience: string;
  readonly alg: SigningAlg;
};

const ALL: readonly SigningAlg[] = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];

function jose({ issuer, jwksUri, audience, alg }: Trust): Verify {
  const keys = createRemoteJWKSet(new URL(jwksUri));
  return (token) => jwtVerify(token, keys, { issuer, audience, algorithms: [alg], typ: 'at+jwt' });
}

function oauth4webapi({ issuer, jwksUri, audience, alg }: Trust): Verify {
  return (token) => {
    const request = new Request('https://api.example', { headers: { Authorization: `Bearer ${token}` } });
    return oauth.validateJwtAccessToken({ issuer, jwks_uri: jwksUri }, request, audience, {
      signingAlgorithms: [alg],
      [oauth.allowInsecureRequests]: true,
    });
  };
}

/** As a middleware that Express calls; it discovers the keys, and the algorithms, by itself. */
function expressBearer({ issuer, audience, alg }: Trust): Verify {
  const handle = auth({ issuerBaseURL: issuer, audience, tokenSigningAlg: alg, strict: true });
  return (token) =>
    new Promise((resolve, reject) => {
      const request = {
        headers: { authorization: `Bearer ${token}` },
        method: 'GET',
        protocol: 'https',
        url: '/',
        get: () => 'api.example',
        is: () => false,
      };
      handle(request, {}, (error: unknown) => (error === undefined ? resolve(request) : reject(error)));
    });
}

function nodeJsonwebtoken({ issuer, jwksUri, audience, alg }: Trust): Verify {
  if (alg === 'EdDSA') throw new Error('jsonwebtoken has no EdDSA');
  const keys = jwksRsa({ jwksUri });
  return async (token) => {
    const key = await keys.getSigningKey(jsonwebtoken.decode(token, { complete: true })?.header.kid);
    return jsonwebtoken.verify(token, key.getPublicKey(), { issuer, audience, algorithms: [alg] });
  };
}

function fastJwt({ issuer, jwksUri, audience, alg }: Trust): Verify {
  const keys = jwksRsa({ jwksUri });
  return createVerifier({
    key: async ({ header }: { header: { kid?: string } }) =>
      (await keys.getSigningKey(header.kid)).getPublicKey(),
    algorithms: [alg],
    allowedIss: issuer,
    allowedAud: audience,
    checkTyp: 'at+jwt',
  });
}

/** It fetches keys over TLS alone, unless it is given another way of fetching. */
function awsJwtVerify({ issuer, jwksUri, audience }: Trust): Verify {
  const fetcher = { fetch: async (uri: string) => (await fetch(uri)).arrayBuffer() };
  const jwksCache = new SimpleJwksCache({ fetcher });
  const verifier = JwtVerifier.create({ issuer, audience, jwksUri }, { jwksCache });
  return (token) => verifier.verify(token);
}

export function honoJwk({ issuer, jwksUri, audience, alg }: Trust, typ?: string): Verify {
  const verification = { iss: issuer, aud: audience, ...(typ !== undefined && { typ }) };
  const app = new Hono().get('/', jwk({ jwks_uri: jwksUri, alg: [alg], verification }), (context) =>
    context.body(null),
  );
  return async (token) => {
    const { status } = await app.request('/', { headers: { Authorization: `Bearer ${token}` } });
    if (status !== 200) throw new Error(`hono/jwk answers ${status}`);
    return status;
  };
}

export type Verifier = {
  readonly name: string;
  readonly algs: readonly SigningAlg[];
  /** The `typ` of the tokens that it takes. */
  readonly typ: 'at+jwt' | 'JWT';
  readonly trusting: (trust: Trust) => Verify;
};

/** Verifiers of access tokens that others use, each set up as its own manual says. */
export const VERIFIERS: readonly Verifier[] = [
  { name: 'jose', algs: ALL, typ: 'at+jwt', trusting: jose },
  { name: 'oauth4webapi', algs: ALL, typ: 'at+jwt', trusting: oauth4webapi },
  { name: 'express-oauth2-jwt-bearer, strict', algs: ALL, typ: 'at+jwt', trusting: expressBearer },
  {
    name: 'jsonwebtoken with jwks-rsa',
    algs: ['RS256', 'PS256', 'ES256', 'ES384'],
    typ: 'at+jwt',
    trusting: nodeJsonwebtoken,
  },
  { name: 'fast-jwt', algs: ALL, typ: 'at+jwt', trusting: fastJwt },
  {
    name: 'aws-jwt-verify',
    algs: ['RS256', 'ES256', 'ES384', 'EdDSA'],
    typ: 'at+jwt',
    trusting: awsJwtVerify,
  },
  { name: 'hono/jwk', algs: ALL, typ: 'JWT', trusting: (trust) => honoJwk(trust) },
  {
    name: 'hono/jwk, told of the type',
    algs: ALL,
    typ: 'at+jwt',
    trusting: (trust) => honoJwk(trust, 'at+jwt'),
  },
];
