import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, installApart } from './install.mjs';
import { unpackTarball } from './pack.mjs';
import { StepFailed, root, step, temporaryFolder } from './run.mjs';

/** n8n's own scan of a published package, on what would be published: the sources and the tarball. */
export async function scan() {
	const installation = await installApart({
		name: 'scanner',
		manifestDir: join(root, 'test/scanner'),
	});
	// The scanner creates a temporary folder when it is loaded, and leaves it behind.
	process.env.TMPDIR = process.env.TEMP = process.env.TMP = temporaryFolder();
	const scanner = join(
		installation,
		'node_modules/@n8n/scan-community-package/scanner/scanner.mjs',
	);
	const { analyzePackage, SOURCE_FILE_PATTERNS } = await import(pathToFileURL(scanner));
	for (const [folder, patterns] of [
		[root, SOURCE_FILE_PATTERNS],
		[await unpackTarball(), ['**/*.js', 'package.json']],
	]) {
		const result = await analyzePackage(folder, patterns);
		// The scanner passes a folder in which it finds nothing to check, and says so in the message.
		if (!result.passed || result.message)
			throw new StepFailed(result.message, result.details ?? '');
	}
}

if (import.meta.filename === process.argv[1]) {
	await ensureInstalled();
	await ensureBuilt();
	if (!(await step('scan', scan))) process.exitCode = 1;
}
