import { openTestRedis, openTestSqlite } from '../support/stores.ts';
import { describeAgreeOnSecret, describeSecretUses } from './secrets.ts';

describeSecretUses('SQLite', openTestSqlite);
describeSecretUses('Redis', openTestRedis);
describeAgreeOnSecret('SQLite', openTestSqlite);
describeAgreeOnSecret('Redis', openTestRedis);
