import type { Cluster, Redis } from 'ioredis';

/**
 * Calls whenever a master of a cluster is reached that was none before, or that was away: a replica that took its place,
 * or itself with what it had on disk. A slot that moved from one master to another has lost nothing. A node's connection
 * is never made anew: another one comes in its place.
 */
export function watchMasters(cluster: Cluster, reached: () => void): void {
  let known: readonly Redis[] = [];
  cluster.on('refresh', () => {
    const masters = cluster.nodes('master');
    for (const master of masters) if (!known.includes(master)) greetNew(cluster, master, reached);
    known = masters;
  });
}

function greetNew(cluster: Cluster, master: Redis, reached: () => void): void {
  if (master.status === 'ready') reached();
  else master.once('ready', reached);
  // What is to be read there is refused meanwhile. While the cluster is being connected, that would refuse its own
  // question whether it is ready.
  if (master.status === 'wait' && cluster.status === 'ready') master.connect().catch(() => undefined);
}

/** Whether it is at an address, written as in MOVED, that a master is reached now. */
export function isReached(cluster: Cluster, address: string | undefined): boolean {
  return cluster
    .nodes('master')
    .some(({ status, options }) => status === 'ready' && `${options.host}:${options.port}` === address);
}
