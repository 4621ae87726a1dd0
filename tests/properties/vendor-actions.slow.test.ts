process.env['HISTORIES'] ??= '250';
await import('./vendor-actions.test.ts');
