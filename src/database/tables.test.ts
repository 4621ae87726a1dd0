import { expect, test } from 'vitest';
import { tablesFile, writeTableTypes } from '../../scripts/database-types.ts';
import { createTestDatabase } from '../../tests/support/database.ts';

test('the types of the tables are those of the migrated database (npm run database:types)', async () => {
  const database = await createTestDatabase();
  try {
    await expect(writeTableTypes(database.urls.superuser, tablesFile, '--verify')).resolves.toBeUndefined();
  } finally {
    await database.drop();
  }
});
