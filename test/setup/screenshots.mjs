process.env.E2E_SCREENSHOTS ??= 'docs/images';
process.argv.push('--testPathPatterns', 'editor(Forms)?.test');
await import('./e2e.mjs');
