import type { Case } from '../case.ts';
import { P1, P1I, P2 } from './cookie.ts';
import { C1, F1, F2 } from './floors.ts';
import { P10, P11 } from './growth.ts';
import { P8 } from './issuing.ts';
import { P3, P4 } from './jwt.ts';
import { P6 } from './latency.ts';
import { P12 } from './memory.ts';
import { P7 } from './nginx.ts';
import { DOS_05 } from './overload.ts';
import { P9 } from './revocation.ts';
import { SOAK } from './soak.ts';
import { P13 } from './start.ts';
import { P5 } from './strangers.ts';

/** In the order in which they run, and stand in the table. */
export const CASES: readonly Case[] = [
  ...[F1, F2, C1],
  ...[P1, P1I, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11, P12, P13, DOS_05],
];

/** Measures nothing to compare: it runs where it is named. */
export const BY_NAME: readonly Case[] = [SOAK];
