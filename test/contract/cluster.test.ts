import { afterAll, beforeAll } from 'vitest';
import { startCluster, type TestCluster } from '../support/cluster.ts';
import { openOnCluster } from '../support/cluster-store.ts';
import { describeAuditTrail } from './audit-trail.ts';
import { describeForeignDenials } from './denials.ts';
import { describeFindRow } from './find-row.ts';
import { describeConsumeOnce, describeStrike } from './once.ts';
import { describeRegistry } from './registry.ts';
import { describeAgreeOnSecret, describeSecretUses } from './secrets.ts';
import { describeSessionTable } from './session-table.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.close());

const open = () => openOnCluster(cluster);

const suites = [
  describeSessionTable,
  describeFindRow,
  describeRegistry,
  describeAuditTrail,
  describeSecretUses,
  describeAgreeOnSecret,
  describeConsumeOnce,
  describeStrike,
  describeForeignDenials,
];
for (const describeSuite of suites) describeSuite('a Redis Cluster', open);
