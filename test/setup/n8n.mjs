import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { prepareRealN8n } from './realN8n.mjs';
import { launch } from './run.mjs';

const args = process.argv.slice(2);

await ensureInstalled();
if (!args.includes('--help')) {
	await ensureBuilt();
	Object.assign(process.env, await prepareRealN8n());
}
launch('test/e2e/tryout.ts', args);
