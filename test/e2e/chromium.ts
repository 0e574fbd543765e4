/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- starts a browser on a developer's machine, never inside n8n */
/** A headless browser with a profile of its own, which ends with the test even where that is killed. */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

import { Log, plainEnvironment, Program, removeFolder, temporaryFolder } from './processes';

const START_TIMEOUT_MS = 60_000;
const FLAGS = [
	'--headless',
	'--no-sandbox',
	'--disable-gpu',
	'--disable-dev-shm-usage',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
	'--no-first-run',
	'--hide-scrollbars',
	'--mute-audio',
	// The editor is to work without a word to anybody outside of this machine.
	'--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
	'--remote-debugging-port=0',
];

export interface RunningBrowser {
	readonly browser: Browser;
	close(): Promise<void>;
}

function executable(): string {
	const path = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
	if (existsSync(path)) return path;
	throw new Error(
		`There is no browser at ${path}: install Chromium (on Debian: apt-get install chromium), or set CHROMIUM_PATH`,
	);
}

export async function startChromium(): Promise<RunningBrowser> {
	const path = executable();
	const profile = temporaryFolder();
	const log = new Log();
	const program = new Program({
		command: [path, ...FLAGS, `--user-data-dir=${profile}`, 'about:blank'],
		cwd: profile,
		environment: plainEnvironment(),
		log,
	});
	const close = async () => {
		await program.kill();
		await removeFolder(profile);
	};
	try {
		// Not left to Playwright: it would leave the browser behind when the test is killed.
		const [, address = ''] = await log.waitFor(/DevTools listening on (ws:\S+)/, {
			timeoutMs: START_TIMEOUT_MS,
		});
		return { browser: await chromium.connectOverCDP(address), close };
	} catch (error) {
		await close();
		throw error as Error;
	}
}
