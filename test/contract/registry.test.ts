import { openTestRedis, openTestSqlite } from '../support/stores.ts';
import { describeAuditTrail } from './audit-trail.ts';
import { describeRegistry } from './registry.ts';

describeRegistry('SQLite', openTestSqlite);
describeRegistry('Redis', openTestRedis);
describeAuditTrail('SQLite', openTestSqlite);
describeAuditTrail('Redis', openTestRedis);
