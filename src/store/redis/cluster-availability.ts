import type { Cluster, Redis } from 'ioredis';
import type { StoreObserver } from '../store.ts';
import { NotTheOne } from '../unreadable.ts';
import type { Availability } from './availability.ts';
import { CLOSED, isRefusal, wordsOf } from './errors.ts';
import { greet } from './greeting.ts';
import { isInStep } from './in-step.ts';
import { watchMasters } from './masters.ts';
import { guardReplies } from './replies.ts';
import { createTeller } from './told.ts';

const PROBE_MILLISECONDS = 100;
/** How long a node may be out of step before anybody notices who got a nil, which does not say whose it is. */
const BEAT_MILLISECONDS = 1_000;

/**
 * Up from the first reply to a probe until no node is connected. One node that is silent says nothing of the others: what
 * lies there is given up command by command. `reached` is called whenever it is up again, or reaches another master: that
 * may not have heard of what was revoked.
 */
export function watchCluster(
  cluster: Cluster,
  probeKey: string,
  observer: StoreObserver,
  reached: () => void,
): Availability {
  let isUp = false;
  const tell = createTeller(observer.changed);
  const become = (state: 'up' | 'down', reason: string) => {
    const wasUp = isUp;
    isUp = state === 'up';
    if (isUp && !wasUp) reached();
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
  watchMasters(cluster, () => (isUp ? reached() : undefined));
  const { trusted, check } = watchSteps(cluster);
  cluster.on('+node', guardReplies);
  cluster.on('ready', probe);
  cluster.on('close', () => become('down', CLOSED));
  cluster.on('error', (error: NodeJS.ErrnoException) => {
    become('down', wordsOf(error));
    if (isRefusal(error) || cluster.status === 'ready') cluster.disconnect(true);
  });
  return {
    isUp: () => isUp,
    waiting: () => cluster.nodes('master').reduce((sum, node) => sum + node.commandQueue.length, 0),
    trusted,
    received: () => 0,
    failed: async (error) => {
      if (error instanceof NotTheOne) await check();
    },
  };
}

/** Leaves a node whose replies and commands no longer fit together; the client makes another connection to it. */
function watchSteps(cluster: Cluster) {
  let trusted = 0;
  let underWay: Promise<unknown> | undefined;
  const checkNode = async (node: Redis) => {
    const { stream } = node;
    if (node.status !== 'ready' || (await isInStep(node))) return;
    trusted += 1;
    stream.destroy();
  };
  const checkAll = () => Promise.all(cluster.nodes('master').map(checkNode));
  const check = async () => {
    underWay ??= checkAll().finally(() => {
      underWay = undefined;
    });
    await underWay;
  };
  const beat = setInterval(check, BEAT_MILLISECONDS).unref();
  cluster.on('end', () => clearInterval(beat));
  return { trusted: () => trusted, check };
}
