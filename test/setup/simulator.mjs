import { ensureInstalled } from './install.mjs';
import { launch } from './run.mjs';

await ensureInstalled();
launch('test/simulator/cli.ts', process.argv.slice(2));
