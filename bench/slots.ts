/**
 * What waiting costs where n8n runs few executions at a time: 20 executions with a render of one minute each, in an
 * n8n that runs two at a time. Waiting inside the node beside the two examples that leave the waiting to n8n's Wait
 * node. Run with `npm run bench:slots`; it takes about a quarter of an hour.
 *
 * Nothing is sped up: n8n's Wait node knows real seconds only.
 */
import { sleep } from 'n8n-workflow';

import { changed, example } from '../test/e2e/examples';
import { N8nApi, newOwner, type Credential, type WorkflowJson } from '../test/e2e/n8nApi';
import { N8nServer } from '../test/e2e/n8nServer';
import { webhook } from '../test/e2e/workflows';
import { machine } from './machine';
import { perform, publish, type Row, type Settings } from './report';
import { startStandIn, type StandIn } from './standIn';

const SLOTS = 2;
const EXECUTIONS = 20;
const RENDER_SECONDS = 60;
const SAMPLE_MS = 1_000;
const LONGEST_MS = 30 * 60_000;
const TRIGGER = 'n8n-nodes-base.manualTrigger';

interface Way {
	name: string;
	workflow: () => WorkflowJson;
	/** The node that puts the finished video out. */
	last: string;
}

const WAYS: Way[] = [
	{
		name: 'waiting inside the node (text-to-video.json)',
		workflow: () => example('text-to-video.json'),
		last: 'Generate a Video',
	},
	{
		name: 'Wait node, woken by the call (callback.json)',
		workflow: () => example('callback.json'),
		last: 'Get the Video',
	},
	{
		name: 'Wait node, every two minutes (timer.json)',
		workflow: () => changed(example('timer.json'), 'Ideas', oneIdea),
		last: 'Videos',
	},
];

const oneIdea = {
	assignments: {
		assignments: [{ id: 'ideas', name: 'ideas', type: 'array', value: '["A hedgehog dives"]' }],
	},
};

/** The example, started by a call instead of by hand. */
function calledAt(path: string, workflow: WorkflowJson): WorkflowJson {
	const { type, typeVersion, webhookId, parameters } = webhook(path);
	const nodes = workflow.nodes.map((node) =>
		node.type === TRIGGER
			? ({ ...node, type, typeVersion, webhookId, parameters } as typeof node)
			: node,
	);
	return { ...workflow, nodes };
}

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

async function measure({ api, standIn, credential }: Bench, way: Way, count: number) {
	await standIn.reset();
	await standIn.set({ queueSeconds: 0, renderSeconds: RENDER_SECONDS });
	const path = `slots-${WAYS.indexOf(way)}`;
	const workflow = await api.importWorkflow(
		{ ...calledAt(path, way.workflow()), name: way.name },
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
	return { seconds, orderedSeconds, held } satisfies Figures;
}

const mean = (values: number[]) =>
	values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

const rowOf = (name: string, { seconds, orderedSeconds, held }: Figures): Row => ({
	way: name,
	'all videos there after (s)': Math.round(seconds),
	'last one ordered after (s)': Math.round(orderedSeconds),
	'slots held, mean': mean(held).toFixed(2),
	'slots held, most': Math.max(0, ...held),
});

async function slots(settings: Settings): Promise<void> {
	const count = settings.smoke ? 3 : EXECUTIONS;
	const standIn = await startStandIn(1);
	// The stand-in calls the address that n8n gives out, and calls the loopback address alone.
	const environment = {
		N8N_CONCURRENCY_PRODUCTION_LIMIT: String(SLOTS),
		N8N_HOST: '127.0.0.1',
	};
	const server = await N8nServer.start({ environment });
	try {
		const api = new N8nApi(server.url);
		await api.setUpOwner(newOwner());
		const { apiKey, url } = standIn;
		const credential = await api.createCredential({ apiKey, baseUrl: url });
		const rows: Row[] = [];
		const data: Record<string, Figures> = {};
		for (const way of WAYS) {
			const figures = await measure({ api, standIn, credential }, way, count);
			data[way.name] = figures;
			rows.push(rowOf(way.name, figures));
		}
		publish(
			{
				question: 'slots',
				heading: 'Slots',
				machine: machine(),
				method: `${count} executions, started together by a webhook, each for one video with a render of ${RENDER_SECONDS} s, in an n8n that runs ${SLOTS} executions at a time (\`N8N_CONCURRENCY_PRODUCTION_LIMIT=${SLOTS}\`): the three examples as they are, but for their trigger. How many executions are running was looked at every second.`,
				tables: [{ rows }],
				charts: [],
				bounds: `Waiting inside the node, ${count} videos take ${count} / ${SLOTS} renders one after the other, whatever the node does. An execution that sleeps in a Wait node holds no slot. The timer looks every two minutes, so that a render of one minute is noticed after two.`,
				data,
			},
			settings,
		);
	} finally {
		await server.close();
		standIn.stop();
	}
}

perform(slots);
