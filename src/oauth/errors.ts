import type { Context, ErrorHandler } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { CannotTell } from '../decision/session.ts';

/** RFC 6749 sections 4.1.2.1 and 5.2, RFC 8707 section 2. */
export type ErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'temporarily_unavailable';

/** An expected refusal, thrown where it is found and rendered once. `description` is ASCII and quotes nothing. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly code: ErrorCode;
  readonly status: ContentfulStatusCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    description: string,
    status: ContentfulStatusCode = 400,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(description);
    this.code = code;
    this.status = status;
    this.headers = headers;
  }
}

export function invalidRequest(description: string): OAuthError {
  return new OAuthError('invalid_request', description);
}

/** `retryAfterSeconds` is how long whoever fails is refused. */
export function throttled(retryAfterSeconds: number): OAuthError {
  const headers = { 'Retry-After': String(Math.ceil(retryAfterSeconds)) };
  return new OAuthError('temporarily_unavailable', 'Too many failures. Wait, then try again.', 429, headers);
}

/** Nothing of the issuer is ever cached, save its keys and its metadata. RFC 6749 section 5.1. */
export const NO_STORE = { 'Cache-Control': 'no-store', Pragma: 'no-cache' } as const;

export function renderError(context: Context, { code, message, status, headers }: OAuthError): Response {
  return context.json({ error: code, error_description: message }, status, { ...NO_STORE, ...headers });
}

const UNAVAILABLE = new OAuthError('temporarily_unavailable', 'The store does not answer. Try again.', 503, {
  'Retry-After': '1',
});

/** What the store can't tell is 503, and never 401. `report` is told of what nobody expected. */
export function createErrorHandler(report: (error: unknown) => void): ErrorHandler {
  return (error, context) => {
    if (error instanceof OAuthError) return renderError(context, error);
    if (!(error instanceof CannotTell)) report(error);
    return renderError(context, UNAVAILABLE);
  };
}
