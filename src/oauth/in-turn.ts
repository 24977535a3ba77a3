import { createTurns, type InTurn } from '../lib/turns.ts';
import { OAuthError } from './errors.ts';

const LIMITS = { underWay: 16, waiting: 256 };

/**
 * Signing and verifying cost processor time, and decisions are made in this same process: only so much at a time. To read
 * a body is no work: whoever sends it slowly would keep the others out.
 */
export function createInTurn(): InTurn {
  return createTurns(LIMITS, tooMany);
}

function tooMany(): OAuthError {
  return new OAuthError('temporarily_unavailable', 'Too many requests at a time.', 503, {
    'Retry-After': '1',
  });
}
