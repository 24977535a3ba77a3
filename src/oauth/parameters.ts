import { invalidRequest, OAuthError } from './errors.ts';
import { parsePlainObject } from './jwt/parse.ts';

/** The parameters of a request to the issuer; an empty one counts as absent (RFC 6749 section 3.2). */
export type Parameters = ReadonlyMap<string, string>;

/** RFC 8707 lets a client name several resources. A token of ours is for one. */
const TARGETS = new Set(['resource', 'audience']);

/**
 * Reads a form (RFC 6749 appendix B) or, as IBM App ID's SDK posts it, a JSON object of strings. Throws an
 * `OAuthError`.
 */
export function parseParameters(contentType: string | undefined, body: string): Parameters {
  const [type = ''] = (contentType ?? '').toLowerCase().split(';');
  switch (type.trim()) {
    case 'application/x-www-form-urlencoded':
      return collect(new URLSearchParams(body));
    case 'application/json':
      return collect(membersOf(body));
    default:
      throw invalidRequest('Send application/x-www-form-urlencoded or application/json.');
  }
}

function collect(entries: Iterable<readonly [string, string]>): Parameters {
  const parameters = new Map<string, string>();
  for (const [name, value] of entries) {
    if (name.includes('\0') || value.includes('\0')) throw invalidRequest('A parameter holds a NUL.');
    if (value === '') continue;
    if (parameters.has(name)) throw repeated(name);
    parameters.set(name, value);
  }
  return parameters;
}

function repeated(name: string): OAuthError {
  return TARGETS.has(name)
    ? new OAuthError('invalid_target', 'A token is for one resource.')
    : invalidRequest('A parameter is there twice.');
}

/** A list counts as that many parameters of the name. */
function* membersOf(body: string): Generator<readonly [string, string]> {
  const value = parseJson(body);
  if (value === undefined) throw invalidRequest('The body is not a JSON object, or has a member twice.');
  for (const [name, member] of Object.entries(value)) {
    for (const one of Array.isArray(member) ? member : [member ?? '']) {
      if (typeof one !== 'string') throw invalidRequest('A parameter is not a string.');
      yield [name, one];
    }
  }
}

function parseJson(body: string): Record<string, unknown> | undefined {
  try {
    return parsePlainObject(body);
  } catch {
    // The parser's own message quotes the body.
    throw invalidRequest('The body is not JSON.');
  }
}
