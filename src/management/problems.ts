import type { Context, ErrorHandler, NotFoundHandler } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';
import { CannotTell, type Doubt } from '../decision/session.ts';
import { Refusal, type RefusalKind } from '../registry/refusal.ts';

const fault = z.strictObject({
  path: z.string().describe('As in `claims.email`; empty for the whole'),
  message: z.string(),
});

/** How every problem looks on the wire. */
export const problem = z.strictObject({
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string(),
  errors: z.array(fault).optional().describe('Each part of the request that is wrong'),
});

/** What is wrong in a part of the request. */
export type Fault = z.output<typeof fault>;

/** An expected refusal, thrown by a handler and rendered once, as RFC 9457 `application/problem+json`. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: ContentfulStatusCode;
  readonly title: string;
  readonly faults: readonly Fault[];

  constructor(status: ContentfulStatusCode, title: string, detail: string, faults: readonly Fault[] = []) {
    super(detail);
    this.status = status;
    this.title = title;
    this.faults = faults;
  }
}

export function renderProblem(context: Context, { status, title, message, faults }: Problem): Response {
  const body: z.input<typeof problem> = {
    type: 'about:blank',
    title,
    status,
    detail: message,
    ...(faults.length > 0 && { errors: [...faults] }),
  };
  return context.body(JSON.stringify(body), status, {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
  });
}

export const notFound: NotFoundHandler = (context) =>
  renderProblem(context, new Problem(404, 'Not Found', 'There is nothing at this path.'));

const DOUBTS: Readonly<Record<Doubt, string>> = {
  store_unavailable: 'The store does not answer. It is not known whether the call took effect.',
  store_refused: 'The store refused the call. The log of the store says why.',
  secret_differs: 'The store was used with another "secretKey" before. Nothing is declared or issued here.',
  row_unreadable: "A row of the session table can't be read. Revoke it by its id, or all of its subject.",
  issuer_unavailable: 'No key of the issuer is known, and it does not answer.',
  overloaded: 'Too many tokens wait to be verified.',
};

const REFUSALS: Readonly<Record<RefusalKind, readonly [status: ContentfulStatusCode, title: string]>> = {
  not_found: [404, 'Not Found'],
  invalid: [400, 'Bad Request'],
  taken: [422, 'Unprocessable Content'],
  limit: [422, 'Unprocessable Content'],
  fixed: [409, 'Conflict'],
  busy: [409, 'Conflict'],
};

/** `report` is told of what nobody expected; what the store can't tell is 503, and never "there is none". */
export function createErrorHandler(report: (error: unknown) => void): ErrorHandler {
  return (error, context) => {
    if (error instanceof Problem) return renderProblem(context, error);
    if (error instanceof Refusal) {
      return renderProblem(context, new Problem(...REFUSALS[error.kind], error.message));
    }
    if (error instanceof CannotTell) {
      context.header('Retry-After', '1');
      return renderProblem(context, new Problem(503, 'Service Unavailable', DOUBTS[error.doubt]));
    }
    report(error);
    return renderProblem(context, new Problem(500, 'Internal Server Error', 'The log says more.'));
  };
}
