process.env['CARDS_FROM_FILE'] ??= '10000';
await import('./bulk.test.ts');
