/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine, never inside n8n */
/** A real n8n to try the package in, with a stand-in gateway, ready to click. Started with npm run n8n. */
import { parseArgs } from 'node:util';

import { startSimulator, type Simulator } from '../simulator/simulator';
import { examplesInOrder, isForOpenRouter, openRouterCredential } from './examples';
import { N8nApi, newOwner, type Owner, type SavedWorkflow } from './n8nApi';
import { N8nServer } from './n8nServer';

const USAGE = `Usage: npm run n8n [-- options]

  Starts a real n8n with this package installed, and a stand-in gateway that it buys its videos from. Everything
  happens on this machine, and nothing is paid. The first time, n8n is downloaded: 2.8 GB, a few minutes.

  --port N       the editor's port (default: any free one)
  --help         this text
`;

/** A render of four minutes in fifteen seconds of ours: long enough to watch it, short enough to wait for it. */
const STAND_IN = {
	timeScale: 16,
	scenario: {
		renderSeconds: 240,
		characterSeconds: 20,
		urlLifeSeconds: Infinity,
		face: 'openrouter',
	} as const,
};
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const OPENROUTER = 'Stand-in gateway, as OpenRouter';

function say(text = ''): void {
	process.stdout.write(`${text}\n`);
}

function sayRequest(line: string): void {
	// Without the signature of a link, which fills the line.
	const short = line.replace(/\?\S*/, '');
	say(`  ${new Date().toLocaleTimeString('en-GB')}  ${short}`);
}

/** @returns the examples, the easiest first */
async function furnish(api: N8nApi, owner: Owner, simulator: Simulator): Promise<SavedWorkflow[]> {
	await api.setUpOwner(owner);
	const credential = await api.createCredential(
		{ apiKey: simulator.apiKey, baseUrl: simulator.url },
		'Stand-in gateway',
	);
	const openRouter = await api.createCredential(openRouterCredential(simulator), OPENROUTER);
	const saved: SavedWorkflow[] = [];
	// The last one saved stands first in the editor's list.
	for (const { workflow } of examplesInOrder().reverse()) {
		const chosen = isForOpenRouter(workflow) ? openRouter : credential;
		saved.unshift(await api.importWorkflow(workflow, chosen));
	}
	return saved;
}

function introduction(
	n8n: N8nServer,
	simulator: Simulator,
	{ owner, workflows }: { owner: Owner; workflows: SavedWorkflow[] },
): string {
	const width = Math.max(...workflows.map(({ name }) => name.length));
	const list = workflows.map(
		({ id, name }) => `    ${name.padEnd(width)}  ${n8n.url}/workflow/${id}`,
	);
	return `
  Editor      ${n8n.url}
  Email       ${owner.email}
  Password    ${owner.password}

  1. Open the editor in a browser, and sign in. It shows the list of workflows; the house on the left ("Overview")
     leads back to it.
  2. Open a workflow, the first one for a start. The credential is chosen already; the agent needs one more, for its
     chat model.
${list.join('\n')}
  3. Press "Execute workflow"; some open a form first. The Sora node waits about 20 seconds for a video.
  4. Open the Sora node, and the tab "Binary" of its output: "View" plays the video.

  To make a Sora API credential by hand, or to call the gateway yourself:
  Base URL    ${simulator.url}
  API key     ${simulator.apiKey}
  The second credential, "${OPENROUTER}", speaks OpenRouter's API: choose it in any node, with a model
  from its list (google/veo-3.1). By hand: API Format OpenRouter, Base URL ${simulator.url}/api/v1

  To see an error, end a prompt with [[outcome=moderation]] or with [[outcome=renderError]].
  The videos come from a stand-in gateway on this machine, the same for every prompt; nothing is paid.

  Ctrl-C ends everything, and nothing is kept.

What the gateway is asked:`;
}

/** Until a signal comes, or n8n ends by itself. Gives whether it was a signal. */
async function untilTheEnd(n8n: N8nServer): Promise<boolean> {
	const signalled = new Promise<boolean>((done) => {
		for (const signal of SIGNALS) {
			process.removeAllListeners(signal);
			process.on(signal, () => done(true));
		}
	});
	return await Promise.race([signalled, n8n.ended.then(() => false)]);
}

async function perform(port: number | undefined): Promise<number> {
	// Until everything stands there is nothing to end in order: what was started is ended with this process.
	for (const signal of SIGNALS) process.on(signal, () => process.exit(130));
	let introduced = false;
	const simulator = await startSimulator({
		...STAND_IN,
		log: (line) => {
			if (introduced) sayRequest(line);
		},
	});
	let n8n: N8nServer | undefined;
	try {
		say('Starting n8n, which takes 10 to 60 seconds ...');
		n8n = await N8nServer.start({
			port,
			environment: {
				// The stand-in calls the address that n8n gives out, and so does whoever opens a form.
				N8N_HOST: '127.0.0.1',
			},
		});
		const api = new N8nApi(n8n.url);
		const owner = newOwner();
		const workflows = await furnish(api, owner, simulator);
		say(introduction(n8n, simulator, { owner, workflows }));
		introduced = true;
		const asked = await untilTheEnd(n8n);
		introduced = false;
		say(asked ? '\nStopping ...' : `\nn8n has ended by itself:\n${n8n.log.tail}`);
		return asked ? 0 : 1;
	} finally {
		for (const signal of SIGNALS) process.on(signal, () => process.exit(130));
		await n8n?.close();
		await simulator.close();
		say('Ended.');
	}
}

async function main(): Promise<number> {
	const { values } = parseArgs({
		options: { port: { type: 'string' }, help: { type: 'boolean', default: false } },
	});
	if (values.help) {
		say(USAGE);
		return 0;
	}
	const port = values.port === undefined ? undefined : Number(values.port);
	if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
		throw new Error('--port must be a number from 1 to 65535');
	}
	return await perform(port);
}

main().then(
	(code) => process.exit(code),
	(error: unknown) => {
		process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
		process.exit(1);
	},
);
