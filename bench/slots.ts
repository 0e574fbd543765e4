/**
 * Executions in an n8n that runs two of them at a time: waiting in the node, asleep, and the examples that leave the wait
 * to n8n's Wait node.
 */
import { sleep } from 'n8n-workflow';

import { changed, example } from '../test/e2e/examples';
import { webhook } from '../test/e2e/workflows';
import { startBench, type Bench } from './n8n';
import { mean } from './statistics';
import { OURS } from './ways';

export const SLOTS = 2;
const EXECUTIONS = 8;
/** Longer than n8n's minute, so that the timer's case is no lucky one. */
const RENDER_SECONDS = 70;
const SAMPLE_MS = 1_000;
const LONGEST_MS = 15 * 60_000;

interface SlotWay {
	name: string;
	example: string;
	/** The gateway never calls. */
	isSilent?: true;
	/** The node that returns the finished video. */
	last: string;
}

const IN_NODE: SlotWay = {
	name: 'in the node',
	example: 'text-to-video.json',
	last: 'Generate a Video',
};
const OUTSIDE: SlotWay[] = [
	{ name: 'asleep, woken by the call', example: 'parked.json', last: 'Videos' },
	{ name: 'asleep, without a call', example: 'parked.json', isSilent: true, last: 'Videos' },
	{ name: "n8n's Wait node, woken by the call", example: 'callback.json', last: 'Get the Video' },
	{ name: "n8n's Wait node, every two minutes", example: 'timer.json', last: 'Videos' },
];

const ONE_IDEA = {
	assignments: {
		assignments: [{ id: 'ideas', name: 'ideas', type: 'array', value: '["A hedgehog dives"]' }],
	},
};

/** The workflow, started by a call to a webhook instead of by hand. */
function calledAt(path: string, workflow: ReturnType<typeof example>) {
	const { type, typeVersion, webhookId, parameters } = webhook(path);
	const nodes = workflow.nodes.map((node) =>
		node.type === 'n8n-nodes-base.manualTrigger'
			? ({ ...node, type, typeVersion, webhookId, parameters } as typeof node)
			: node,
	);
	return { ...workflow, nodes };
}

export type Slots = Awaited<ReturnType<typeof measure>>;

async function measure(bench: Bench, way: SlotWay, isQuick: boolean) {
	const { api, standIn } = bench;
	const executions = isQuick ? 3 : EXECUTIONS;
	const renderSeconds = isQuick ? 10 : RENDER_SECONDS;
	await standIn.reset();
	const callback = way.isSilent ? 'never' : 'finished';
	await standIn.set({ queueSeconds: 0, renderSeconds, callback });
	const path = way.name.replace(/\W+/g, '-');
	const original = example(way.example);
	const hasIdeas = original.nodes.some(({ name }) => name === 'Ideas');
	const workflow = await api.importWorkflow(
		calledAt(path, hasIdeas ? changed(original, 'Ideas', ONE_IDEA) : original),
		bench.credentials.get(OURS),
	);
	await api.publish(workflow);
	const began = Date.now();
	for (let index = 0; index < executions; index++) {
		const { ok, status } = await api.callWebhook(path);
		if (!ok) throw new Error(`n8n answered the call with ${status}`);
	}
	const held: number[] = [];
	for (;;) {
		const all = await api.executions(workflow);
		const having = (...statuses: string[]) =>
			all.filter(({ status }) => statuses.includes(status)).length;
		if (having('error', 'crashed', 'canceled')) throw new Error(`${way.name}: one failed`);
		if (having('success') === executions) break;
		if (Date.now() - began > LONGEST_MS) throw new Error(`${way.name} takes too long`);
		held.push(having('running'));
		await sleep(SAMPLE_MS);
	}
	const seconds = (Date.now() - began) / 1_000;
	const orders = (await standIn.requests()).filter(({ route }) => route === 'generate');
	if (orders.length !== executions) throw new Error(`${way.name}: ${orders.length} purchases`);
	for (const { id } of await api.executions(workflow)) {
		const [item, ...others] = (await api.execution(id)).items(way.last);
		if (!item?.binary?.data || others.length) throw new Error(`${way.name}: ${id} has no video`);
	}
	// Seconds from the first call to the last purchase.
	const orderedSeconds = (Math.max(...orders.map(({ realAt }) => realAt)) - began) / 1_000;
	// Of the executions that held a slot, sampled every second, the mean.
	return { name: way.name, executions, renderSeconds, seconds, orderedSeconds, held: mean(held) };
}

async function measureIn(ways: SlotWay[], isQuick: boolean): Promise<Slots[]> {
	const bench = await startBench([OURS], {
		// The stand-in calls the address that n8n hands out, and calls loopback addresses only.
		N8N_HOST: '127.0.0.1',
		N8N_CONCURRENCY_PRODUCTION_LIMIT: String(SLOTS),
	});
	try {
		const all: Slots[] = [];
		for (const way of ways) all.push(await measure(bench, way, isQuick));
		return all;
	} finally {
		await bench.close();
	}
}

/** Two n8ns, as the wait in the node takes about as long as all others together. */
export async function measureSlots(isQuick: boolean): Promise<Slots[]> {
	const both = [[IN_NODE], OUTSIDE].map(async (ways) => await measureIn(ways, isQuick));
	return (await Promise.all(both)).flat();
}
