import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { runJest, sum } from './jest.mjs';
import { prepareRealN8n } from './realN8n.mjs';

// An n8n needs its own core, and timed tests need it to themselves.
const jestArguments = ['--selectProjects=e2e', '--runInBand', '--testTimeout=180000'];

const which = process.argv[2] === '--oldest' ? 'oldest' : 'newest';
const wishes = process.argv.slice(which === 'oldest' ? 3 : 2);
// The editor tests only know the newest editor.
if (which === 'oldest') jestArguments.push('--testPathIgnorePatterns=editor');

await ensureInstalled();
await ensureBuilt();
// These make jest.config.js define the project e2e.
Object.assign(process.env, await prepareRealN8n(which));
const { counts, passed } = await runJest('jest', [...jestArguments, ...wishes]);
if (!passed) process.exitCode = 1;
console.log(sum(counts));
