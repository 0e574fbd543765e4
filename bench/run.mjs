// Makes everything ready that the benches need, then runs them.
import { ensureBuilt } from '../test/setup/build.mjs';
import { ensureInstalled } from '../test/setup/install.mjs';
import { prepareRealN8n } from '../test/setup/realN8n.mjs';
import { launch, temporaryFolder } from '../test/setup/run.mjs';

await ensureInstalled();
await ensureBuilt();
Object.assign(process.env, await prepareRealN8n(), {
	// What n8n-core reads when it is imported.
	N8N_LOG_LEVEL: 'silent',
	N8N_USER_FOLDER: temporaryFolder(),
});
process.exitCode = await launch('bench/bench.ts', process.argv.slice(2));
