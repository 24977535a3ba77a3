import type { Cluster, Redis } from 'ioredis';
import { BadReply } from './replies.ts';

/** Catches what the client itself does with the nodes of a cluster, and takes no care of: it would end the process. */
export function guardNodes(cluster: Cluster): void {
  cluster.on('+node', (node: Redis) => {
    const { asking, duplicate } = node;
    // Whether it was heard shows in the answer to the command that comes after it.
    node.asking = () => {
      const asked = asking.call(node);
      asked.catch(() => undefined);
      return asked;
    };
    // To ask for the slots, over a connection of its own.
    node.duplicate = (options) => askingForSlots(duplicate.call(node, options));
  });
}

type Answer = (error: unknown, slots?: unknown) => void;

/** The client believes whatever comes, of any shape and any size. */
function askingForSlots(copy: Redis): Redis {
  const cluster = (_slots: 'SLOTS', answer: Answer) =>
    void copy.call('cluster', 'SLOTS').then((reply) => {
      if (isSlots(reply)) answer(null, reply);
      else answer(new BadReply('what came were no slots of a cluster'));
    }, answer);
  return Object.assign(copy, { cluster });
}

const SLOTS = 16_384;

/** Each slot in one range at most: the client writes down every slot of every range, in one turn of the event loop. */
function isSlots(reply: unknown): boolean {
  if (!Array.isArray(reply)) return false;
  const ranges: readonly unknown[] = reply;
  return ranges.reduce<number>((sum, range) => sum + widthOf(range), 0) <= SLOTS;
}

/** How many slots a range has; infinitely many where it is none. */
function widthOf(range: unknown): number {
  const [first, last, ...nodes]: unknown[] = Array.isArray(range) ? range : [];
  const isRange = isUpTo(SLOTS - 1, first) && isUpTo(SLOTS - 1, last) && nodes.every(isNode);
  return isRange ? Math.max(1, last - first + 1) : Number.POSITIVE_INFINITY;
}

/** A node that does not say where it is has no host, or an empty one. */
function isNode(node: unknown): boolean {
  const [host, port]: unknown[] = Array.isArray(node) ? node : [];
  return (host === null || typeof host === 'string') && isUpTo(65_535, port);
}

const isUpTo = (most: number, value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= most;
