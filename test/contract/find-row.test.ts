import { openTestNearRedis, openTestRedis, openTestSqlite } from '../support/stores.ts';
import { describeFindRow } from './find-row.ts';

describeFindRow('SQLite', openTestSqlite);
describeFindRow('Redis', openTestRedis);
describeFindRow('Redis with a near cache', openTestNearRedis);
