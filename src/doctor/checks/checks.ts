import type { Check } from '../check.ts';
import { denied, known, twoCredentials } from './credentials.ts';
import { forwarded, hopByHop } from './forwarded.ts';
import { aliases, anonymous, foreignIdentity, identity } from './identity.ts';
import { laxPaths, paths } from './paths.ts';
import { answer, flood, steady, upgrade } from './protocol.ts';

/** Of a site whose Postern runs, in the order of the report. */
export const CHECKS: readonly Check[] = [
  denied,
  known,
  identity,
  aliases,
  foreignIdentity,
  anonymous,
  forwarded,
  hopByHop,
  paths,
  laxPaths,
  upgrade,
  twoCredentials,
  flood,
  answer,
  steady,
];
