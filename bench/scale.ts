/* eslint-disable @n8n/community-nodes/no-restricted-globals, no-console -- measures this process; runs on a developer's machine, never inside n8n */
/**
 * What a waiting item costs in memory, a look in CPU, and how many requests a second reach the gateway, for
 * 10, 100 and 1,000 items in one execution with a slow gateway. Run with `npm run bench:scale`.
 *
 * The stand-in runs in a process of its own, so that only n8n's engine and the node are measured here.
 */
import { startStandIn, type StandIn } from './standIn';

const SCALE = 30;
const RENDER_SECONDS = 300;
const LATENCY_SECONDS = 2;
const SIZES = [10, 100, 1_000];

const collected = () => {
	(globalThis as { gc?: () => void }).gc?.();
	return process.memoryUsage().heapUsed;
};

async function measure(standIn: StandIn, size: number) {
	const { fastClock, runWorkflow, soraNode, soraWorkflow } = await import('../test/engine/engine');
	await standIn.reset();
	await standIn.set({ renderSeconds: RENDER_SECONDS, latencySeconds: LATENCY_SECONDS });
	const items = Array.from({ length: size }, (_, index) => ({ json: { idea: `Boat ${index}` } }));
	const before = collected();
	const cpu = process.cpuUsage();
	const started = performance.now();
	let waiting = 0;
	const running = runWorkflow({
		workflow: soraWorkflow({
			resource: 'video',
			operation: 'generate',
			prompt: '={{ $json.idea }}',
			downloadVideo: false,
			options: { maxConcurrentSubmissions: 100, maxWaitMinutes: 120 },
		}),
		items,
		credential: { apiKey: standIn.apiKey, baseUrl: standIn.url },
		sora: soraNode(fastClock(SCALE)),
	});
	// The middle of the wait: everything is submitted, hardly anything is finished.
	setTimeout(() => (waiting = collected()), (RENDER_SECONDS / SCALE) * 600);
	const { error, items: itemsOf } = await running;
	if (error) throw new Error(error.message);
	const seconds = ((performance.now() - started) / 1000) * SCALE;
	const { user, system } = process.cpuUsage(cpu);
	const requests = await standIn.requests();
	const looks = requests.filter(({ route }) => route === 'task');
	const slots = new Map<number, number>();
	for (const { at } of looks) {
		const slot = Math.floor(at / 10_000);
		slots.set(slot, (slots.get(slot) ?? 0) + 1);
	}
	const inOrder = itemsOf('Sora').every(({ json }, index) => json.prompt === `Boat ${index}`);
	return {
		items: size,
		'in order': inOrder,
		'heap per waiting item (KiB)': Number(((waiting - before) / size / 1024).toFixed(1)),
		'looks per item': Number((looks.length / size).toFixed(1)),
		'CPU per request (ms)': Number(((user + system) / 1000 / requests.length).toFixed(2)),
		'looks a second, busiest 10 s': Math.max(...slots.values()) / 10,
		'gateway seconds in all': Math.round(seconds),
	};
}

async function main(): Promise<void> {
	process.env.N8N_LOG_LEVEL = 'silent';
	const standIn = await startStandIn(SCALE);
	try {
		// The first execution loads and compiles what the later ones share.
		await measure(standIn, 20);
		const rows = [];
		for (const size of SIZES) rows.push(await measure(standIn, size));
		console.log(
			`Node ${process.version}, renders of ${RENDER_SECONDS} s, answers after ${LATENCY_SECONDS} s`,
		);
		console.table(rows);
	} finally {
		standIn.stop();
	}
}

void main().then(
	() => process.exit(0),
	(error: unknown) => {
		console.error(error);
		process.exit(1);
	},
);
