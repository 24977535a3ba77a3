import type { Socket } from 'node:net';
import type { Decision } from '../decision/decide.ts';
import { equalInConstantTime } from '../lib/digest.ts';
import { only } from '../lib/http-server.ts';
import type { Secret } from '../lib/secret.ts';
import type { GateSettings } from './gate.ts';

const UNTRUSTED: Decision = { outcome: 'malformed-request', reason: 'untrusted_peer' };
const WITHOUT_SECRET: Decision = { outcome: 'malformed-request', reason: 'gateway_secret' };

/** Who asks: remembered when a connection comes, since a socket that has gone away no longer knows its peer. */
export type Peers = {
  readonly remember: (socket: Socket, isUnixSocket: boolean) => void;
  /** The decision on a subrequest from somebody who may not ask; undefined for one who may. */
  readonly refuse: (
    socket: Socket,
    rawHeaders: readonly string[],
    settings: GateSettings,
  ) => Decision | undefined;
};

type Peer = {
  readonly address: string | undefined;
  readonly isUnixSocket: boolean;
  /** What was found, and under which settings: a connection outlives them. */
  trusted?: { readonly under: GateSettings; readonly isTrusted: boolean };
};

export function createPeers(): Peers {
  const peers = new WeakMap<Socket, Peer>();
  return {
    remember: (socket, isUnixSocket) => {
      peers.set(socket, { address: socket.remoteAddress, isUnixSocket });
    },
    refuse: (socket, rawHeaders, settings) => {
      const peer = peers.get(socket);
      if (peer === undefined || !isTrusted(peer, settings)) return UNTRUSTED;
      const { gatewaySecret } = settings;
      return gatewaySecret === undefined || carries(rawHeaders, gatewaySecret) ? undefined : WITHOUT_SECRET;
    },
  };
}

/** Asked once a connection, and again when the settings are others. */
function isTrusted(peer: Peer, settings: GateSettings): boolean {
  if (peer.isUnixSocket) return true;
  if (peer.trusted?.under !== settings) {
    peer.trusted = { under: settings, isTrusted: settings.isTrusted(peer.address) };
  }
  return peer.trusted.isTrusted;
}

/** Exactly one value: of two, one may be the client's. */
function carries(rawHeaders: readonly string[], secret: Secret): boolean {
  const value = only(rawHeaders, 'x-postern-gateway');
  return value !== undefined && equalInConstantTime(value, secret.reveal());
}
