/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine, never inside n8n */
import { constants } from 'node:os';

import { readRequest, USAGE, type Request } from './arguments';
import { temporaryFolder } from './files';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** n8n reads all this when it is imported: the demo must not use the user's own n8n. */
function prepareEnvironment(isLive: boolean): void {
	const own = /^(N8N_|EXECUTIONS_)/;
	// A proxy would send even the requests to the stand-in off this machine.
	const unwanted = isLive ? own : /^(N8N_|EXECUTIONS_|(HTTPS?|ALL|NO)_PROXY$)/i;
	for (const name of Object.keys(process.env)) {
		if (unwanted.test(name)) delete process.env[name];
	}
	Object.assign(process.env, {
		N8N_LOG_LEVEL: 'silent',
		N8N_USER_FOLDER: temporaryFolder(),
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_DEFAULT_BINARY_DATA_MODE: 'filesystem',
	});
}

/** What was bought, for a user who continues without the demo. */
function leftBehind(taskIds: string[], isLive: boolean): string {
	const accepted = taskIds.length
		? `Tasks accepted so far: ${taskIds.join(', ')}.`
		: 'No task was accepted so far.';
	return isLive
		? `${accepted} What still renders goes on at the gateway: Video > Get with the task ID tells what became of it.\nIf a video was being submitted just now, your account there shows whether it was bought.`
		: `${accepted} Nothing was paid.`;
}

async function perform({ live, out, format }: Request): Promise<number> {
	// The node itself keeps the key out of errors; this is for everything else.
	const say = (text: string) =>
		void process.stdout.write(`${live ? text.replaceAll(live.apiKey, '***') : text}\n`);
	const taskIds: string[] = [];
	const stop = new AbortController();
	let signalled: (typeof SIGNALS)[number] | undefined;
	for (const signal of SIGNALS) {
		process.on(signal, () => {
			if (signalled) process.exit(128 + constants.signals[signal]);
			signalled = signal;
			say('Stopping ...');
			stop.abort();
		});
	}
	try {
		prepareEnvironment(live !== undefined);
		const { show } = await import('./show');
		await show({ say, taskIds, signal: stop.signal }, { live, out, format });
		return 0;
	} catch (error) {
		const { message, description } = error as Error & { description?: string | null };
		say(signalled ? '\nStopped.' : `\nThe demo failed: ${message}\n${description ?? ''}`);
		say(leftBehind(taskIds, live !== undefined));
		return signalled ? 128 + constants.signals[signalled] : 1;
	}
}

async function main(): Promise<number> {
	try {
		const request = readRequest(process.argv.slice(2), process.env);
		if (!request.help) return await perform(request);
		process.stdout.write(USAGE);
		return 0;
	} catch (error) {
		process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
		return 1;
	}
}

// n8n leaves timers running that would keep the process alive.
void main().then((code) => process.exit(code));
