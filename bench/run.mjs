// Makes everything ready that the benches need, then runs one of them, or all in turn.
import { ensureBuilt } from '../test/setup/build.mjs';
import { ensureInstalled } from '../test/setup/install.mjs';
import { prepareRealN8n } from '../test/setup/realN8n.mjs';
import { launch } from '../test/setup/run.mjs';

const [bench, ...args] = process.argv.slice(2);

await ensureInstalled();
await ensureBuilt();
Object.assign(process.env, await prepareRealN8n());
launch(`bench/${bench}.ts`, args);
