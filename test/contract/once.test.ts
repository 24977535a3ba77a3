import { openTestRedis, openTestSqlite } from '../support/stores.ts';
import { describeConsumeOnce, describeStrike } from './once.ts';

describeConsumeOnce('SQLite', openTestSqlite);
describeConsumeOnce('Redis', openTestRedis);
describeStrike('SQLite', openTestSqlite);
describeStrike('Redis', openTestRedis);
