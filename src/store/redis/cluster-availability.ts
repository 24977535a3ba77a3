import type { Cluster } from 'ioredis';
import type { StoreObserver } from '../store.ts';
import type { Availability } from './availability.ts';
import { isRefusal, wordsOf } from './errors.ts';
import { greet } from './greeting.ts';
import { guardReplies } from './replies.ts';
import { createTeller } from './told.ts';

const PROBE_MILLISECONDS = 100;

/**
 * Up from the first reply to a probe until no node is connected. One node that is silent says nothing of the others: what
 * lies there is given up command by command.
 */
export function watchCluster(cluster: Cluster, probeKey: string, observer: StoreObserver): Availability {
  let isUp = false;
  const tell = createTeller(observer.changed);
  const become = (state: 'up' | 'down', reason: string) => {
    isUp = state === 'up';
    tell(state, reason);
  };
  const probe = () => {
    if (isUp || cluster.status !== 'ready') return;
    greet(cluster, probeKey).then(
      () => become('up', 'it answers'),
      (error: NodeJS.ErrnoException) => {
        become('down', wordsOf(error));
        setTimeout(probe, PROBE_MILLISECONDS).unref();
      },
    );
  };
  cluster.on('+node', guardReplies);
  cluster.on('ready', probe);
  cluster.on('close', () => become('down', 'the connection was closed'));
  cluster.on('error', (error: NodeJS.ErrnoException) => {
    become('down', wordsOf(error));
    if (isRefusal(error) || cluster.status === 'ready') cluster.disconnect(true);
  });
  return {
    isUp: () => isUp,
    waiting: () => cluster.nodes('master').reduce((sum, node) => sum + node.commandQueue.length, 0),
    trusted: () => 0,
    received: () => 0,
    failed: async () => undefined,
  };
}
