import { openTestRedis, openTestSqlite } from '../support/stores.ts';
import { describeForeignDenials } from './denials.ts';

describeForeignDenials('SQLite', openTestSqlite);
describeForeignDenials('Redis', openTestRedis);
