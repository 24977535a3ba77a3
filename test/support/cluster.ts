import { createRedis, type TestRedis } from './redis.ts';
import { freePort } from './server.ts';
import { AT_SERVERS, argumentsOf, type Guard, letIn, schemeOf } from './tls-servers.ts';

const SLOTS = 16_384;
const MASTERS = 3;

/** A real Redis Cluster: three masters, each with a replica. */
export type TestCluster = {
  readonly url: string;
  /** The masters of the start, and behind them their replicas in the same order. */
  readonly nodes: readonly TestRedis[];
  /** The node that has a key now. */
  readonly masterOf: (key: string) => Promise<TestRedis>;
  /** Resolves once the nodes that live agree that all slots are served. */
  readonly healthy: () => Promise<void>;
  readonly kill: () => Promise<void>;
  /** Starts all of it where it was killed as a whole, and resolves once it is healthy. */
  readonly start: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export async function startCluster(guard?: Guard): Promise<TestCluster> {
  const nodes = await Promise.all(Array.from({ length: 2 * MASTERS }, () => startNode(guard)));
  const at = (index: number) => {
    const node = nodes[index];
    if (node === undefined) throw new Error(`there is no node ${index}`);
    return node;
  };
  await Promise.all(nodes.map(({ client }, index) => client.cluster('SET-CONFIG-EPOCH', index + 1)));
  for (const { reached, bus } of nodes) await at(0).client.call('CLUSTER', 'MEET', '127.0.0.1', reached, bus);
  await Promise.all(
    Array.from({ length: MASTERS }, (_, index) =>
      at(index).client.call('CLUSTER', 'ADDSLOTSRANGE', ...range(index)),
    ),
  );
  await until(nodes, (info) => info.includes(`cluster_known_nodes:${nodes.length}`));
  for (let index = 0; index < MASTERS; index += 1) {
    const id = String(await at(index).client.cluster('MYID'));
    // A replica that has not heard of its master by gossip refuses.
    while (!(await succeeds(at(MASTERS + index).client.cluster('REPLICATE', id))));
  }
  const healthy = () => until(nodes, (info) => info.includes('cluster_state:ok'));
  await healthy();
  for (let index = MASTERS; index < nodes.length; index += 1)
    while (!(await at(index).client.info('replication')).includes('master_link_status:up'));
  let killed = false;
  return {
    url: schemeOf('cluster', guard) + nodes.map(({ reached }) => `127.0.0.1:${reached}`).join(','),
    nodes,
    masterOf: (key) => masterOf(nodes, key),
    healthy,
    kill: async () => {
      killed = true;
      await Promise.all(nodes.map(({ kill }) => kill()));
    },
    start: async () => {
      if (killed) await Promise.all(nodes.map(({ start }) => start()));
      killed = false;
      await healthy();
    },
    close: async () => void (await Promise.all(nodes.map(({ close }) => close()))),
  };
}

/** `reached` is the port at which others come in. */
async function startNode(
  guard: Guard | undefined,
): Promise<TestRedis & { readonly bus: number; readonly reached: number }> {
  const [bus, tlsPort] = [await freePort(), await freePort()];
  const timing = ['--cluster-node-timeout', '1000', '--cluster-replica-validity-factor', '0'];
  const guarded = guard && [
    ...argumentsOf([['tls-port', String(tlsPort)], ...guard.settings, ...letIn(AT_SERVERS)]),
    ...['--masterauth', guard.password, '--tls-cluster', 'yes'],
  ];
  const clustered = ['--cluster-enabled', 'yes', '--cluster-port', String(bus), ...timing];
  const node = await createRedis([...clustered, ...(guarded ?? [])], guard?.password);
  await node.start();
  return { ...node, bus, reached: guard === undefined ? node.port : tlsPort };
}

function range(index: number): [first: number, last: number] {
  const width = Math.ceil(SLOTS / MASTERS);
  return [index * width, Math.min(SLOTS, (index + 1) * width) - 1];
}

/** Polls the nodes that live until each of them says so. */
async function until(nodes: readonly TestRedis[], says: (info: string) => boolean): Promise<void> {
  for (const { client } of nodes) {
    for (;;) {
      const info = await client.cluster('INFO').catch(() => undefined);
      if (info === undefined || says(info)) break;
    }
  }
}

async function masterOf(nodes: readonly TestRedis[], key: string): Promise<TestRedis> {
  for (;;) {
    for (const node of nodes) {
      const role = await node.client.role().catch(() => undefined);
      if (role?.[0] === 'master' && (await succeeds(node.client.get(key)))) return node;
    }
  }
}

async function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
