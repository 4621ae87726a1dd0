import { testDatabase } from './database.ts';

testDatabase(20_000);
