/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, no-console -- measures this process; runs on a developer's machine, never inside n8n */
/**
 * What an item costs n8n in CPU time when the renders take no time. This program, with a case as its argument, measures
 * that case: each is a process of its own with n8n's engine and n8n's own nodes, on the Node that n8n runs on.
 */
import { createRequire } from 'node:module';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import execa from 'execa';
import type {
	IExecuteFunctions,
	IHttpRequestOptions,
	INodeType,
	IVersionedNodeType,
} from 'n8n-workflow';

import type { routeItems } from '../nodes/Sora/actions/router';
import { systemClock, type Clock } from '../nodes/Sora/flow/clock';
import { limiter } from '../nodes/Sora/flow/limiter';
import { realN8n } from '../test/e2e/environment';
import { temporaryFolder } from '../test/e2e/processes';
import { manual, noOp, SORA, workflowOf } from '../test/e2e/workflows';
import { startStandIn, type StandIn, type StandInAddress } from './standIn';
import { BY_HAND, GENERATE, handBuilt, OURS, withLoop } from './ways';

/** The node's clock runs with the gateway's, so that its intervals take no real time. */
const SPEED = 1_000;
const ITEMS = 1_000;
const RUNS = 5;
/** As many as it takes until V8 has compiled what runs often: n8n runs for weeks. */
const WARM_UP_ITEMS = 1_000;
/** For the longest stall of n8n's event loop. */
const MANY_ITEMS = 10_000;
/** The real pause of the workflow built by hand, which has no clock to speed up, in seconds. */
const PAUSE_SECONDS = 0.1;

/** At that speed, half an hour is over before thousands of items are ordered. */
const ENDLESS = { ...GENERATE.options, maxWaitMinutes: 10_080 };

/** n8n's helpers called for the same requests, five at a time as in our node, and nothing else: no node can cost less. */
export const BARE = 'bare calls';
const BARE_IN_FLIGHT = 5;

export const COSTED = [OURS, BARE, BY_HAND] as const;
type Costed = (typeof COSTED)[number];

interface Case {
	way: Costed;
	items: number;
	gateway: StandInAddress;
}

interface Figures {
	/** Milliseconds of CPU time an item, kernel included. */
	cpuMs: number;
	/** Milliseconds during which n8n could do nothing else, at the most. */
	stallMs: number;
}

/** @param description of a node that may use the credential */
function bareNode({ description }: INodeType, baseUrl: string): INodeType {
	async function videoOf(context: IExecuteFunctions, item: number) {
		const { helpers } = context;
		const send = async (options: IHttpRequestOptions) =>
			(await helpers.httpRequestWithAuthentication.call(context, 'soraApi', options)) as JsonTask;
		const url = `${baseUrl}/v2/videos/generations`;
		const prompt = context.getNodeParameter('prompt', item);
		const body = { model: 'sora-2', prompt, aspect_ratio: '16:9', duration: '10' };
		const { task_id: taskId } = await send({ method: 'POST', url, body, json: true });
		const { data } = await send({ url: `${url}/${encodeURIComponent(taskId)}`, json: true });
		const stream = (await helpers.httpRequest({
			url: data.output,
			encoding: 'stream',
		})) as Parameters<typeof helpers.prepareBinaryData>[0];
		const file = await helpers.prepareBinaryData(stream, 'video.mp4', 'video/mp4');
		return { json: { taskId }, binary: { data: file }, pairedItem: { item } };
	}
	return {
		description,
		async execute(this: IExecuteFunctions) {
			const inTurn = limiter(BARE_IN_FLIGHT);
			const jobs = this.getInputData().map(
				async (_, item) => await inTurn(async () => await videoOf(this, item)),
			);
			return [await Promise.all(jobs)];
		},
	};
}

interface JsonTask {
	task_id: string;
	data: { output: string };
}

/** n8n's own nodes, from the real n8n. */
function n8nsNodes(): Record<string, INodeType | IVersionedNodeType> {
	const n8nRequire = createRequire(realN8n().n8n);
	const load = (name: string) => {
		const file = `n8n-nodes-base/dist/nodes/${name}/${name}.node.js`;
		const Node = (n8nRequire(file) as Record<string, new () => INodeType>)[name];
		if (!Node) throw new Error(`${file} has no ${name}`);
		return [`n8n-nodes-base.${name[0]?.toLowerCase()}${name.slice(1)}`, new Node()] as const;
	};
	return Object.fromEntries(['HttpRequest', 'If', 'Wait', 'NoOp'].map(load));
}

/** As fast as the stand-in's. */
function fastClock(): Clock {
	const began = systemClock.now();
	return {
		now: () => began + (systemClock.now() - began) * SPEED,
		sleep: async (ms, signal) => await systemClock.sleep(ms / SPEED, signal),
		random: systemClock.random,
	};
}

/** Our node as it is shipped: tsx compiles the sources with a call for the name of each closure that is created. */
const shipped = () =>
	createRequire(__filename)('../dist/nodes/Sora/actions/router') as {
		routeItems: typeof routeItems;
	};

async function measureHere({ gateway: { url, apiKey }, way, items }: Case): Promise<Figures> {
	const folder = temporaryFolder();
	Object.assign(process.env, { N8N_LOG_LEVEL: 'silent', N8N_USER_FOLDER: folder });
	const { openStore } = await import('../test/engine/binaryStore');
	const { runWorkflow, soraNode } = await import('../test/engine/engine');
	await openStore('filesystem', folder);
	const ours = soraNode(fastClock(), shipped().routeItems);
	const steps =
		way === BY_HAND
			? handBuilt(url, PAUSE_SECONDS)
			: [{ name: 'Video', type: SORA, parameters: { ...GENERATE, options: ENDLESS } }];
	const plain = workflowOf(manual, ...steps, noOp('Done'));
	const { nodes, connections } = way === BY_HAND ? withLoop(plain) : plain;
	const credentials = { soraApi: { id: '1', name: 'Stand-in' } };
	const baseNodes = n8nsNodes();
	const run = async (count: number) => {
		const { run: done, error } = await runWorkflow({
			workflow: { nodes: nodes.map((node) => ({ ...node, credentials })), connections },
			credential: { apiKey, baseUrl: url },
			items: Array.from({ length: count }, (_, item) => ({ json: { idea: `Boat ${item}` } })),
			sora: way === BARE ? bareNode(ours, url) : ours,
			baseNodes,
			executionId: `execution-${count}`,
			mode: 'trigger',
		});
		const outputs = done.data.resultData.runData.Video ?? [];
		const videos = outputs.flatMap(({ data }) => data?.main?.[0] ?? []);
		const files = videos.filter(({ binary }) => binary?.data).length;
		if (error || files !== count) throw new Error(`${way}: ${files} files; ${error?.message}`);
	};
	await run(WARM_UP_ITEMS);
	const stalls = monitorEventLoopDelay({ resolution: 1 });
	stalls.enable();
	const cpu = process.cpuUsage();
	await run(items);
	const { user, system } = process.cpuUsage(cpu);
	stalls.disable();
	return { cpuMs: (user + system) / 1_000 / items, stallMs: stalls.max / 1e6 };
}

/** The same in a new process: this program anew. `BENCH_PROFILE` is a folder for CPU profiles. */
async function measured(standIn: StandIn, way: Costed, items: number): Promise<Figures> {
	await standIn.reset();
	await standIn.set({ queueSeconds: 0, renderSeconds: 0 });
	const { url, apiKey } = standIn;
	const one: Case = { way, items, gateway: { url, apiKey } };
	const folder = process.env.BENCH_PROFILE;
	const flags = folder ? ['--cpu-prof', `--cpu-prof-dir=${folder}`] : [];
	const { stdout } = await execa(
		realN8n().node,
		[...flags, '--import', 'tsx', __filename, JSON.stringify(one)],
		{ stdin: 'ignore', stderr: 'inherit' },
	);
	const purchases = (await standIn.purchases()).length;
	if (purchases !== WARM_UP_ITEMS + items) throw new Error(`${way}: ${purchases} purchases`);
	return JSON.parse(stdout) as Figures;
}

export type Costs = Awaited<ReturnType<typeof measureCosts>>;

/** The ways take turns, so that whatever else the machine does meets all of them. */
export async function measureCosts(isQuick: boolean) {
	const items = isQuick ? 100 : ITEMS;
	const runs = isQuick ? 1 : RUNS;
	const standIn = await startStandIn(SPEED);
	try {
		/** Milliseconds an item in each run. */
		const cpuMs: Record<Costed, number[]> = { [OURS]: [], [BARE]: [], [BY_HAND]: [] };
		for (let run = 0; run < runs; run++) {
			for (const way of COSTED) cpuMs[way].push((await measured(standIn, way, items)).cpuMs);
		}
		const manyItems = isQuick ? 500 : MANY_ITEMS;
		const many = { items: manyItems, ...(await measured(standIn, OURS, manyItems)) };
		return { items, runs, cpuMs, many };
	} finally {
		standIn.stop();
	}
}

const [argument] = process.argv.slice(2);
if (argument?.startsWith('{')) {
	measureHere(JSON.parse(argument) as Case).then(
		(figures) => process.stdout.write(JSON.stringify(figures), () => process.exit(0)),
		(error: unknown) => {
			console.error(error);
			process.exit(1);
		},
	);
}
