import { parseNetwork } from '../lib/network.ts';
import { parsed } from './parsed.ts';

export const network = parsed(parseNetwork, 'an IP address or a CIDR');
