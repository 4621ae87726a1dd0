process.env['HISTORIES'] ??= '150';
await import('./vendor-actions.test.ts');
