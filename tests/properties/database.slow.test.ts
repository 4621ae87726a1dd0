import { testDatabase } from './database.ts';

testDatabase(120_000);
