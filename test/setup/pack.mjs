import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { capture, npm, temporaryFolder } from './run.mjs';

/** What npm would publish, unpacked into a temporary folder. Returns the folder. */
export async function unpackTarball() {
	const folder = temporaryFolder();
	await capture([...npm, 'pack', '--ignore-scripts', '--pack-destination', folder]);
	const [tarball] = await readdir(folder);
	const unpacked = join(folder, 'unpacked');
	await mkdir(unpacked);
	await capture(['tar', '-xzf', tarball, '-C', 'unpacked', '--strip-components=1'], {
		cwd: folder,
	});
	return unpacked;
}
