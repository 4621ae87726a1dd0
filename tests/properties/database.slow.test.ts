import { testDatabase } from './database.ts';

testDatabase(200_000);
