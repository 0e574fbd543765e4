import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { launch } from './run.mjs';

await ensureInstalled();
await ensureBuilt();
launch('test/demo/main.ts', process.argv.slice(2));
