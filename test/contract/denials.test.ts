import { openTestNearRedis, openTestRedis, openTestSqlite } from '../support/stores.ts';
import { describeForeignDenials } from './denials.ts';

describeForeignDenials('SQLite', openTestSqlite);
describeForeignDenials('Redis', openTestRedis);
describeForeignDenials('Redis with a near cache', openTestNearRedis);
