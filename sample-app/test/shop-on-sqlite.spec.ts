import { sqliteDatabase } from './support/databases.js';
import { describeShop } from './support/shop-behaviour.js';

describeShop('SQLite', sqliteDatabase);
