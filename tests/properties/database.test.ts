import { testDatabase } from './database.ts';

testDatabase(12_000);
