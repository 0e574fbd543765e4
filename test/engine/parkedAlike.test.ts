import type { INode } from 'n8n-workflow';

import { seededRandom } from '../simulator/random';
import { GENERATE, itemsWith, useGateway } from './gateway';
import { parkedOptions, StoredExecution, v1 } from './storedExecution';

// What comes out, and what is paid for it, must not depend on where the execution waits.

const gateway = useGateway({ callback: 'never' });
/** Directives of the items that are drawn from. */
const FATES = [
	'renderSeconds=20',
	'renderSeconds=100',
	'renderSeconds=220',
	'urlDelaySeconds=30',
	'pollFault=html502:2',
	'outcome=moderation',
	'outcome=renderError renderSeconds=30',
	'outcome=renderError renderSeconds=130',
	'submitFault=badRequest',
	'submitFault=quota',
	'submitFault=resetAfter',
	'blank',
];
const MANNERS = {
	'in the node': [{}, v1],
	'with a checkpoint': [{}, { ...v1, saveExecutionProgress: true }],
	parked: [{ waiting: 'parked' }, v1],
} as const;
const KEPT = ['category', 'status', 'retryable', 'timed_out', 'reused', 'error'] as const;

async function run(manner: keyof typeof MANNERS, fates: string[], node: Partial<INode>) {
	gateway.simulator.reset();
	const [parameters, settings] = MANNERS[manner];
	const prompts = fates.map((fate, index) => (fate === 'blank' ? ' ' : `${index} [[${fate}]]`));
	const order = { ...GENERATE, prompt: '={{ $json.scene }}', downloadVideo: false, ...parameters };
	const execution = await StoredExecution.start(
		parkedOptions(gateway, order, {
			...{ node, settings },
			items: itemsWith('scene', prompts),
			savesProgress: manner === 'with a checkpoint',
		}),
	);
	await execution.untilEnd();
	const { purchases } = gateway.simulator.books;
	const seen = (output: number) =>
		execution.items('Sora', output).map(({ json, pairedItem }) => ({
			...Object.fromEntries(
				KEPT.map((name) => [
					name,
					String(json[name]).replace(/video_[\w-]+|request id: \w+/g, 'ID'),
				]),
			),
			pairedItem,
			isNewest:
				json.task_id === undefined ||
				purchases.findLast(({ prompt }) => prompt === json.prompt || prompt === json.scene)
					?.taskId === json.task_id,
		}));
	const bought = purchases.map(({ prompt }) => prompt).sort();
	const tries = node.retryOnFail ? Number(node.maxTries) : 1;
	return {
		status: execution.status,
		out: execution.status === 'success' ? [seen(0), seen(1)] : [],
		runs: execution.runs('Sora').length,
		boughtTooOften: bought.filter((prompt, index) => prompt === bought[index - tries]),
		// Without On Error: Continue the first failure ends the node, and when it is seen depends on when is polled.
		...(node.onError && { bought, sent: gateway.submissions().length }),
	};
}

const NODES: Array<Partial<INode>> = [
	{},
	{ onError: 'continueRegularOutput' },
	{ onError: 'continueErrorOutput' },
].flatMap((node) => [
	node as Partial<INode>,
	{ ...node, retryOnFail: true, maxTries: 2, waitBetweenTries: 1 } as Partial<INode>,
]);

const MOST_ITEMS = 4;

describe.each([1, 2, 3])('items drawn with the seed %d', (seed) => {
	it.each(NODES)('of a node with %j', async (node) => {
		const random = seededRandom(seed * 100 + NODES.indexOf(node));
		const fates = Array.from(
			{ length: 1 + Math.floor(random() * MOST_ITEMS) },
			() => FATES[Math.floor(random() * FATES.length)] as string,
		);
		const inNode = await run('in the node', fates, node);
		const checkpoint = await run('with a checkpoint', fates, node);
		const parked = await run('parked', fates, node);
		expect({ fates, checkpoint, parked }).toEqual({ fates, checkpoint: inNode, parked: inNode });
	});
});
