/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine, never inside n8n */
import { constants } from 'node:os';

import { readRequest, USAGE, type Request, type UsageError } from './arguments';
import { temporaryFolder } from './files';
import { plainLine, Steps } from './progress';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** n8n reads all this when it is imported: the demo must neither touch nor follow the user's own n8n. */
function prepareEnvironment(isLive: boolean): void {
	const own = /^(N8N_|EXECUTIONS_)/;
	// A proxy would carry even the requests to the stand-in off this machine.
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

/** What was bought, for whoever has to go on without the demo. */
function leftBehind({ all }: Steps, isLive: boolean, isStopped: boolean): string {
	const ids = all.flatMap(({ kind, id }) => (kind === 'task' && id ? [id] : []));
	// A node that failed has said itself what became of its submission; one that was stopped has not.
	const isUncertain = isStopped && all.some(({ kind, id }) => kind === 'task' && id === undefined);
	return [
		ids.length ? `Tasks accepted so far: ${ids.join(', ')}` : 'No task was accepted so far.',
		ids.length > 0 &&
			(isLive
				? 'Those still rendering go on at the gateway; Video > Get with the task ID tells what became of each.'
				: 'They are gone with the stand-in; nothing was paid.'),
		isLive &&
			isUncertain &&
			'One video was about to be submitted: your account at the gateway shows whether it was bought.',
	]
		.filter(Boolean)
		.join('\n');
}

async function perform({ live, out, unused, format }: Request): Promise<number> {
	// Errors are free of the key by the node's own doing; this is for everything else.
	const say = (text: string) =>
		void process.stdout.write(`${live ? text.replaceAll(live.apiKey, '***') : text}\n`);
	const steps = new Steps((step) => say(plainLine(step, new Date())));
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
	if (unused.length) {
		say(`${unused.join(' and ')} not used: without --live nothing leaves this machine.`);
	}
	try {
		prepareEnvironment(live !== undefined);
		const { show } = await import('./show');
		await show({ say, steps, signal: stop.signal }, { live, out, format });
		return 0;
	} catch (error) {
		const { message, description } = error as Error & { description?: string };
		say(
			signalled
				? '\nStopped.'
				: `\nThe demo failed: ${message}${description ? `\n${description}` : ''}`,
		);
		say(leftBehind(steps, live !== undefined, signalled !== undefined));
		return signalled ? 128 + constants.signals[signalled] : 1;
	}
}

function request(): Request | undefined {
	try {
		return readRequest(process.argv.slice(2), process.env);
	} catch (error) {
		process.stderr.write(`${(error as UsageError).message}\n\n${USAGE}`);
		return undefined;
	}
}

async function main(): Promise<number> {
	const asked = request();
	if (!asked) return 1;
	if (!asked.help) return await perform(asked);
	process.stdout.write(USAGE);
	return 0;
}

// n8n leaves timers behind that would keep the process alive.
void main().then((code) => process.exit(code));
