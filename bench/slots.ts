/**
 * What waiting costs where n8n runs few executions at a time: 20 executions with a render of one minute each, in an
 * n8n that runs two at a time: one that does everything itself, and queue mode with one worker, side by side. Waiting
 * inside the node, the one that is parked, and the two examples that leave the waiting to n8n's Wait node. Then what one
 * poll of a parked execution costs, by the size of what the execution carries. Run with `npm run bench:slots`; it takes
 * about twenty minutes. Queue mode needs PostgreSQL and Redis on the machine.
 *
 * Nothing is sped up: n8n's timers know real seconds only.
 */
import { sleep } from 'n8n-workflow';

import { messageOf } from '../nodes/Sora/gateway/failures';
import { calledAt, changed, example } from '../test/e2e/examples';
import { jsonPost, N8nApi, newOwner, type Credential } from '../test/e2e/n8nApi';
import { N8nServer } from '../test/e2e/n8nServer';
import { startQueueStack } from '../test/e2e/queueStack';
import { parkedGenerate, V1, webhook, workflowOf } from '../test/e2e/workflows';
import { machine } from './machine';
import { perform, publish, type Row, type Settings } from './report';
import { startStandIn, type StandIn } from './standIn';
import { mean, spreadOf } from './statistics';

const SLOTS = 2;
const EXECUTIONS = 20;
const RENDER_SECONDS = 60;
const SAMPLE_MS = 1_000;
const LONGEST_MS = 30 * 60_000;

type Workflow = ReturnType<typeof example>;

interface Way {
	name: string;
	example: string;
	change?: (workflow: Workflow) => Workflow;
	/** The gateway never calls. */
	isSilent?: true;
	/** The node that puts the finished video out. */
	last: string;
}

const WAYS: Way[] = [
	{
		name: 'waiting inside the node',
		example: 'text-to-video.json',
		last: 'Generate a Video',
	},
	{
		name: 'parked, one node, woken by the call',
		example: 'parked.json',
		change: (workflow) => changed(workflow, 'Ideas', oneIdea),
		last: 'Videos',
	},
	{
		name: "parked, one node, on n8n's timer",
		example: 'parked.json',
		change: (workflow) => changed(workflow, 'Ideas', oneIdea),
		isSilent: true,
		last: 'Videos',
	},
	{
		name: 'Wait node, woken by the call',
		example: 'callback.json',
		last: 'Get the Video',
	},
	{
		name: 'Wait node, every two minutes',
		example: 'timer.json',
		change: (workflow) => changed(workflow, 'Ideas', oneIdea),
		last: 'Videos',
	},
];

const oneIdea = {
	assignments: {
		assignments: [{ id: 'ideas', name: 'ideas', type: 'array', value: '["A hedgehog dives"]' }],
	},
};

interface Figures {
	/** From the first call to the twentieth video. */
	seconds: number;
	/** From the first call to the twentieth purchase. */
	orderedSeconds: number;
	/** Executions that held a slot, at each sample. */
	held: number[];
}

interface Bench {
	api: N8nApi;
	standIn: StandIn;
	credential: Credential;
}

async function measure(
	{ api, standIn, credential }: Bench,
	way: Way,
	count: number,
): Promise<Figures> {
	await standIn.reset();
	const callback = way.isSilent ? 'never' : 'finished';
	await standIn.set({ queueSeconds: 0, renderSeconds: RENDER_SECONDS, callback });
	const path = `slots-${WAYS.indexOf(way)}`;
	const imported = example(way.example);
	const workflow = await api.importWorkflow(
		{ ...calledAt(path, way.change?.(imported) ?? imported), name: way.name },
		credential,
	);
	await api.publish(workflow);
	const started = Date.now();
	for (let index = 0; index < count; index++) {
		const answer = await api.callWebhook(path);
		if (!answer.ok) throw new Error(`n8n answered the call with ${answer.status}`);
	}
	const held: number[] = [];
	for (;;) {
		const executions = await api.executions(workflow);
		const having = (...statuses: string[]) =>
			executions.filter(({ status }) => statuses.includes(status)).length;
		if (having('error', 'crashed', 'canceled')) throw new Error(`${way.name}: one failed`);
		if (having('success') === count) break;
		if (Date.now() - started > LONGEST_MS) throw new Error(`${way.name} takes too long`);
		held.push(having('running'));
		await sleep(SAMPLE_MS);
	}
	const seconds = (Date.now() - started) / 1000;
	const orders = (await standIn.requests()).filter(({ route }) => route === 'generate');
	if (orders.length !== count) throw new Error(`${orders.length} purchases, not ${count}`);
	for (const { id } of await api.executions(workflow)) {
		const [item, ...others] = (await api.execution(id)).items(way.last);
		if (!item?.binary?.data || others.length) throw new Error(`${way.name}: ${id} has no video`);
	}
	const orderedSeconds = (Math.max(...orders.map(({ realAt }) => realAt)) - started) / 1000;
	return { seconds, orderedSeconds, held };
}

/** What an execution carries besides, in megabytes: n8n takes bodies of up to 16. */
const CARRIED_MB = [0, 1, 4, 15];
const POLLS = 5;

interface PollCost {
	megabytes: number;
	/** From the call that wakes the execution to the poll at the gateway: n8n reads and writes all of it. */
	untilPollMs: number[];
	/** From the poll until n8n has it in its database again. */
	untilParkedMs: number[];
}

/** Wakes parked executions whose render goes on, one at a time: each is polled once, and parked again. */
async function measurePolls(
	{ api, standIn, credential }: Bench,
	megabytes: number,
	polls: number,
): Promise<PollCost> {
	await standIn.reset();
	await standIn.set({ renderSeconds: 10 * LONGEST_MS, callback: 'never' });
	const path = `polls-${megabytes}`;
	const order = workflowOf(webhook(path), parkedGenerate('A hedgehog dives'));
	const workflow = await api.importWorkflow({ ...order, settings: V1, name: path }, credential);
	await api.publish(workflow);
	const cost: PollCost = { megabytes, untilPollMs: [], untilParkedMs: [] };
	const carrying = jsonPost({ carried: 'x'.repeat(megabytes * 1_000_000) });
	for (let poll = 0; poll < polls; poll++) {
		const answer = await api.callWebhook(path, carrying);
		if (!answer.ok) throw new Error(`n8n answered the call with ${answer.status}`);
		const status = async () => (await api.executions(workflow))[0]?.status;
		while ((await status()) !== 'waiting') await sleep(20);
		const purchase = (await standIn.purchases()).at(-1);
		const began = Date.now();
		const call = jsonPost({ task_id: purchase?.taskId });
		const called = await fetch(String(purchase?.body.notify_hook), call);
		if (!called.ok) throw new Error(`n8n answered the gateway with ${called.status}`);
		const polled = async () =>
			(await standIn.requests()).find(({ route, realAt }) => route === 'task' && realAt > began);
		let request = await polled();
		for (; !request; request = await polled()) await sleep(20);
		while ((await status()) !== 'waiting') await sleep(5);
		cost.untilPollMs.push(request.realAt - began);
		cost.untilParkedMs.push(Date.now() - request.realAt);
	}
	return cost;
}

const pollRow = ({ megabytes, untilPollMs, untilParkedMs }: PollCost): Row => ({
	'the execution carries (MB)': megabytes,
	'from the call to the poll (ms)': Math.round(spreadOf(untilPollMs).median),
	'from the poll until it is parked again (ms)': Math.round(spreadOf(untilParkedMs).median),
});

const rowOf = ({ host, way, seconds, orderedSeconds, held }: Result): Row => ({
	way: `${way.name} (${way.example})`,
	n8n: host,
	'all videos there after (s)': Math.round(seconds),
	'last one ordered after (s)': Math.round(orderedSeconds),
	'slots held, mean': mean(held).toFixed(2),
	'slots held, most': Math.max(0, ...held),
});

/** An n8n that runs `SLOTS` executions at a time. */
interface Host {
	name: string;
	start: () => Promise<{ main: N8nServer; close(): Promise<void> }>;
}

// The stand-in calls the address that n8n gives out, and calls the loopback address alone.
const ON_LOOPBACK = { N8N_HOST: '127.0.0.1' };

const HOSTS: Host[] = [
	{
		name: 'one process',
		async start() {
			const environment = { ...ON_LOOPBACK, N8N_CONCURRENCY_PRODUCTION_LIMIT: String(SLOTS) };
			const main = await N8nServer.start({ environment });
			return { main, close: async () => await main.close() };
		},
	},
	{
		name: 'queue mode, one worker',
		start: async () => await startQueueStack(1, ON_LOOPBACK, SLOTS),
	},
];

interface Result extends Figures {
	host: string;
	way: Way;
}

interface Measured {
	results: Result[];
	polls: PollCost[];
}

async function measureAll(host: Host, count: number, polls: number): Promise<Measured> {
	const standIn = await startStandIn(1);
	try {
		const server = await host.start();
		try {
			const api = new N8nApi(server.main.url);
			await api.setUpOwner(newOwner());
			const { apiKey, url } = standIn;
			const credential = await api.createCredential({ apiKey, baseUrl: url });
			const results: Result[] = [];
			for (const way of WAYS) {
				const figures = await measure({ api, standIn, credential }, way, count);
				results.push({ host: host.name, way, ...figures });
			}
			const costs: PollCost[] = [];
			for (const megabytes of polls ? CARRIED_MB : []) {
				costs.push(await measurePolls({ api, standIn, credential }, megabytes, polls));
			}
			return { results, polls: costs };
		} finally {
			await server.close();
		}
	} finally {
		standIn.stop();
	}
}

async function slots(settings: Settings): Promise<void> {
	const count = settings.smoke ? 3 : EXECUTIONS;
	const measured = await Promise.allSettled(
		// The cost of a poll is that of one process; the other host has its own work meanwhile.
		HOSTS.map(
			async (host, index) =>
				await measureAll(host, count, index === 0 ? (settings.smoke ? 1 : POLLS) : 0),
		),
	);
	const done = measured.flatMap((host) => (host.status === 'fulfilled' ? [host.value] : []));
	const results = done.flatMap((host) => host.results);
	const polls = done.flatMap((host) => host.polls);
	const missing = measured.flatMap((host, index) =>
		host.status === 'rejected' ? [`${HOSTS[index]?.name} (${messageOf(host.reason)})`] : [],
	);
	if (!results.length) throw new Error(missing.join('; '));
	const secondsOf = (name: string) =>
		results
			.filter(({ way }) => way.name === name)
			.map(({ seconds }) => Math.round(seconds))
			.join(' and ');
	const bounds = `What bounds it: waiting inside the node, ${count} videos take ${count} / ${SLOTS} renders one after the other, whatever the node
does: a slot is held for as long as the execution runs, and n8n starts the next one only then. An execution that lies in the
database holds none, so that the gateway's render is the bound, ${RENDER_SECONDS} s: woken by its call, the last video is there after ${secondsOf('parked, one node, woken by the call')} s
with one node and after ${secondsOf('Wait node, woken by the call')} s with a Wait node. Without a call n8n's timer decides: the parked node looks a minute after
the order, when a render of one minute has just ended, and every minute or two then, so that a render of 70 s is seen after two to
three; the example with a Wait node looks every two minutes.

Each poll of a parked execution reads and writes the whole of it, so that its cost grows with what the execution carries: keep
large items out of an execution that is parked. Files count only where n8n keeps them in memory, in the execution itself
(\`N8N_DEFAULT_BINARY_DATA_MODE=default\`).`;
	publish(
		{
			question: 'slots',
			heading: 'Slots: waiting in the node and beside it',
			machine: machine(),
			method: `${count} executions, started together by a webhook, each for one video with a render of ${RENDER_SECONDS} s, in an n8n that runs ${SLOTS} executions at a
time: one process with \`N8N_CONCURRENCY_PRODUCTION_LIMIT=${SLOTS}\`, and queue mode with one worker of \`--concurrency=${SLOTS}\`. The workflows are the
examples as they are, but for their trigger. How many executions held a slot was looked at every second. In queue mode n8n calls one
that was woken running while it still waits for the worker, so that more than two appear for a moment.`,
			tables: [
				{ rows: results.map(rowOf) },
				{
					caption: `What one poll of a parked execution costs n8n, in one process with SQLite (median of ${POLLS}):`,
					rows: polls.map(pollRow),
				},
			],
			bounds: missing.length ? `${bounds}\n\nNot measured: ${missing.join('; ')}.` : bounds,
			data: { results, polls },
		},
		settings,
	);
}

perform(slots);
