import { openTestNearRedis, openTestRedis, openTestSqlite } from '../support/stores.ts';
import { describeSessionTable } from './session-table.ts';

describeSessionTable('SQLite', openTestSqlite);
describeSessionTable('Redis', openTestRedis);
describeSessionTable('Redis with a near cache', openTestNearRedis);
