/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, no-console -- measures this process; runs on a developer's machine, never inside n8n */
/**
 * What does an item cost in CPU time and allocations, when the renders take no time? This package beside the workflow
 * built by hand, which makes the same three requests for each item: submit, look, fetch the file; and beside these
 * requests alone, which is the bound. Each measurement is
 * a process of its own with n8n's engine and n8n's own nodes, on the Node that n8n runs on; the stand-in gateway is
 * another one. Run with `npm run bench:cost`.
 */
import { Session } from 'node:inspector/promises';
import execa from 'execa';
import type { IExecuteFunctions, IHttpRequestOptions, INodeType } from 'n8n-workflow';

import { systemClock, type Clock } from '../nodes/Sora/flow/clock';
import { limiter } from '../nodes/Sora/flow/limiter';
import { realN8n } from '../test/e2e/environment';
import { temporaryFolder } from '../test/e2e/processes';
import { manual, noOp, SORA, workflowOf } from '../test/e2e/workflows';
import { machine } from './machine';
import { perform, publish, type Settings } from './report';
import { controlOf, startStandIn, type StandIn, type StandInAddress } from './standIn';
import { shown, spreadOf, type Spread } from './statistics';
import { BY_HAND, GENERATE, handBuilt, OURS, withLoop } from './ways';

/** The node's clock runs with the gateway's, so that its manners (first look, pace) take no real time. */
const SPEED = 1_000;
const KIB = 1024;
const ITEMS = 500;
const RUNS = 5;
const ALLOCATION_RUNS = 2;
/** How our cost grows: the number of items, and how often it is measured. */
const GROWTH: Array<[items: number, runs: number]> = [
	[10, 5],
	[100, 5],
	[1_000, 3],
	[10_000, 3],
];
const WARM_UP_ITEMS = 200;
/** The real pause of the workflow built by hand, which has no clock to speed up, in seconds. */
const PAUSE_SECONDS = 0.1;
const SAMPLE_EVERY_BYTES = 16 * KIB;

/** What no node can go below: n8n's helpers, called for the same requests, with nothing around them. */
const BARE = 'bare, 5 at a time';
/** As the workflow built by hand sends them, which has the event loop turn less often. */
const BARE_AT_ONCE = 'bare, all at once';
const PLACES: Record<string, number> = { [BARE]: 5, [BARE_AT_ONCE]: Number.MAX_SAFE_INTEGER };

const BESIDE = [OURS, BY_HAND, BARE, BARE_AT_ONCE] as const;

interface Case {
	way: (typeof BESIDE)[number];
	items: number;
	/** Measuring allocations takes CPU time, so it is one or the other. */
	what: 'cpu' | 'allocations';
	gateway: StandInAddress;
}

interface Figures {
	items: number;
	/** Milliseconds of CPU time in all, kernel included. */
	cpuMs: number;
	/** Milliseconds of it in which this process ran itself. */
	userMs: number;
	/** Allocated on V8's heap in all; absent where CPU time was measured. */
	bytes?: number;
	/** Requests of each kind, an item. */
	requests: Record<string, number>;
}

function workflowOfWay(way: Case['way'], baseUrl: string) {
	if (way === BY_HAND) {
		return withLoop(workflowOf(manual, ...handBuilt(baseUrl, PAUSE_SECONDS), noOp('Done')));
	}
	const video = { name: 'Video', type: SORA, parameters: GENERATE };
	return workflowOf(manual, video, noOp('Done'));
}

/** @param description of a node that may use the credential */
function bareNode({ description }: INodeType, baseUrl: string, places: number): INodeType {
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
			const inTurn = limiter(places);
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

/** Everything that is allocated meanwhile, what is collected again included; sampled. */
async function allocatedDuring(job: () => Promise<void>): Promise<number> {
	const session = new Session();
	session.connect();
	await session.post('HeapProfiler.startSampling', {
		samplingInterval: SAMPLE_EVERY_BYTES,
		includeObjectsCollectedByMajorGC: true,
		includeObjectsCollectedByMinorGC: true,
	});
	await job();
	const { profile } = await session.post('HeapProfiler.stopSampling');
	session.disconnect();
	// Node's types do not know of the samples.
	const { samples } = profile as unknown as { samples: Array<{ size: number }> };
	return samples.reduce((sum, { size }) => sum + size, 0);
}

/** A clock that runs as fast as a stand-in gateway with the same scale. */
function fastClock(timeScale: number): Clock {
	const started = systemClock.now();
	return {
		now: () => started + (systemClock.now() - started) * timeScale,
		sleep: async (ms, signal) => await systemClock.sleep(ms / timeScale, signal),
		random: systemClock.random,
	};
}

/** Requests of each kind so far. */
async function requestCounts(gateway: StandInAddress): Promise<Record<string, number>> {
	const counts: Record<string, number> = {};
	for (const { route } of await controlOf(gateway).requests()) {
		counts[route] = (counts[route] ?? 0) + 1;
	}
	return counts;
}

/** One case, in this process. */
async function measure({ gateway, way, items, what }: Case): Promise<Figures> {
	process.env.N8N_LOG_LEVEL = 'silent';
	const folder = temporaryFolder();
	process.env.N8N_USER_FOLDER = folder;
	const { openStore } = await import('../test/engine/binaryStore');
	const { soraNode } = await import('../test/engine/engine');
	const { startEngine } = await import('./engineRun');
	await openStore('filesystem', folder);
	const ours = soraNode(fastClock(SPEED));
	const places = PLACES[way];
	const runOnEngine = startEngine(places ? bareNode(ours, gateway.url, places) : ours, {
		apiKey: gateway.apiKey,
		baseUrl: gateway.url,
	});
	const workflow = workflowOfWay(way, gateway.url);
	const run = async (count: number) => {
		const ideas = Array.from({ length: count }, (_, item) => ({
			json: { idea: `Boat ${item}` },
		}));
		const made = await runOnEngine(workflow, ideas);
		const files = made.filter(({ binary }) => binary?.data).length;
		if (files !== count) throw new Error(`${way}: ${files} files for ${count} items`);
	};
	await run(WARM_UP_ITEMS);
	const before = await requestCounts(gateway);
	const cpu = process.cpuUsage();
	let bytes: number | undefined;
	if (what === 'allocations') bytes = await allocatedDuring(async () => await run(items));
	else await run(items);
	const { user, system } = process.cpuUsage(cpu);
	const after = await requestCounts(gateway);
	const requests = Object.fromEntries(
		Object.entries(after).map(([route, count]) => [route, (count - (before[route] ?? 0)) / items]),
	);
	if (requests.generate !== 1) throw new Error(`${way}: ${requests.generate} purchases an item`);
	return { items, cpuMs: (user + system) / 1_000, userMs: user / 1_000, bytes, requests };
}

/** The same in a new process: this program anew, with the case as its argument. */
async function measured(standIn: StandIn, chosen: Omit<Case, 'gateway'>): Promise<Figures> {
	await standIn.reset();
	await standIn.set({ queueSeconds: 0, renderSeconds: 0 });
	const { url, apiKey } = standIn;
	const given: Case = { ...chosen, gateway: { url, apiKey } };
	const folder = process.env.BENCH_PROFILE;
	const flags = folder ? ['--cpu-prof', `--cpu-prof-dir=${folder}`] : [];
	const { stdout } = await execa(
		realN8n().node,
		[...flags, '--import', 'tsx', __filename, JSON.stringify(given)],
		{ stdin: 'ignore', stderr: 'inherit' },
	);
	return JSON.parse(stdout) as Figures;
}

const cpuOf = (runs: Figures[]) => spreadOf(runs.map(({ cpuMs, items }) => cpuMs / items));
const kibOf = (runs: Figures[]) =>
	spreadOf(runs.map(({ bytes = 0, items }) => bytes / items / KIB));

function requestsText(runs: Figures[]): string {
	const { generate = 0, task = 0, file = 0 } = runs[0]?.requests ?? {};
	return [generate, task, file].map((count) => Number(count.toFixed(2))).join(' + ');
}

interface Measured {
	beside: Array<{ way: Case['way']; cpu: Figures[]; allocations: Figures[] }>;
	growth: Figures[][];
}

async function measureAll(standIn: StandIn, smoke: boolean): Promise<Measured> {
	const items = smoke ? 20 : ITEMS;
	const beside: Measured['beside'] = BESIDE.map((way) => ({
		way,
		cpu: [],
		allocations: [],
	}));
	for (let run = 0; run < (smoke ? 1 : RUNS); run++) {
		for (const { way, cpu, allocations } of beside) {
			cpu.push(await measured(standIn, { way, items, what: 'cpu' }));
			if (run < ALLOCATION_RUNS) {
				allocations.push(await measured(standIn, { way, items, what: 'allocations' }));
			}
		}
	}
	const growth: Figures[][] = [];
	for (const [count, runs] of smoke ? ([[10, 1]] as typeof GROWTH) : GROWTH) {
		const all: Figures[] = [];
		for (let run = 0; run < runs; run++) {
			all.push(await measured(standIn, { way: OURS, items: count, what: 'cpu' }));
		}
		growth.push(all);
	}
	return { beside, growth };
}

const METHOD = `What an item costs n8n's process when the renders take no time. All make the same requests for each item: submit, look,
fetch the file (30 KB). "Bare" is a node of a few lines that calls n8n's helpers for them, checks nothing and keeps nothing: the
bound. It is run with five requests at a time, as ours submits, and with all of them at once, as HTTP Request sends them. Each run is a process of its own with n8n's engine and n8n's own nodes; the stand-in gateway is
another one. An execution of ${WARM_UP_ITEMS} items goes before. CPU time is user and system time; allocations are those on V8's heap, what is
collected again included, sampled every ${SAMPLE_EVERY_BYTES / KIB} KiB in runs of their own.`;

/** Of ours to what no node can go below. */
function timesTheBound({ beside }: Measured) {
	const times = (of: (runs: Figures[]) => Spread, what: 'cpu' | 'allocations') => {
		const [ours = Number.NaN, bound = Number.NaN] = [OURS, BARE].map(
			(way) => of(beside.find((one) => one.way === way)?.[what] ?? []).median,
		);
		return (ours / bound).toFixed(2);
	};
	return { cpu: times(cpuOf, 'cpu'), allocations: times(kibOf, 'allocations') };
}

function boundsOf(measured: Measured): string {
	const times = timesTheBound(measured);
	return `What bounds it: n8n's HTTP stack and its store, which all of them go through: "bare, 5 at a time" is that bound. Ours takes
${times.cpu} times its CPU time and ${times.allocations} times its allocations. The workflow built by hand costs
less CPU time where it is ahead because it sends everything at once, so that the event loop turns less often for the same requests
("bare, all at once" beside "bare, 5 at a time"); it pays with the burst that the gateway sees (Batch) and with more allocations, as each
of its nodes copies every item. Ours keeps to five submissions and three downloads at a time on purpose. What is left above
"bare" is the work that the package exists for: parameters are checked before anything is paid, answers are read through one contract,
purchases are written down, files are checked as they pass. An item gets cheaper, not dearer, with their number: compilation is
paid once.`;
}

async function cost(settings: Settings): Promise<void> {
	const standIn = await startStandIn(SPEED);
	let all: Measured;
	try {
		all = await measureAll(standIn, settings.smoke);
	} finally {
		standIn.stop();
	}
	const { beside, growth } = all;
	publish(
		{
			question: 'cost',
			heading: 'Cost: CPU time and allocations of an item',
			machine: machine(),
			method: METHOD,
			tables: [
				{
					rows: beside.map(({ way, cpu, allocations }) => ({
						way,
						items: cpu[0]?.items ?? 0,
						'requests an item': requestsText(cpu),
						'CPU an item (ms)': shown(cpuOf(cpu), 2),
						'allocated an item (KiB)': shown(kibOf(allocations), 0),
					})),
				},
				{
					caption: 'Growth of ours with the number of items in one execution:',
					rows: growth.map((runs) => ({
						items: (runs[0]?.items ?? 0).toLocaleString('en-US'),
						'CPU an item (ms)': shown(cpuOf(runs), 2),
						'CPU in all (s)': shown(spreadOf(runs.map(({ cpuMs }) => cpuMs / 1_000)), 2),
						runs: runs.length,
					})),
				},
			],
			bounds: boundsOf(all),
			data: all,
		},
		settings,
	);
}

const [given] = process.argv.slice(2);
if (given?.startsWith('{')) {
	measure(JSON.parse(given) as Case).then(
		(figures) => process.stdout.write(JSON.stringify(figures), () => process.exit(0)),
		(error: unknown) => {
			console.error(error);
			process.exit(1);
		},
	);
} else {
	perform(cost);
}
