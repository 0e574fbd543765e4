/* eslint-disable @n8n/community-nodes/no-restricted-imports -- reads the memory of a process on a developer's machine, never inside n8n */
/**
 * How much memory does a large video take on its way into n8n? The resident memory of a real n8n (its main process,
 * files in filesystem mode) while this package, n8n's own nodes and the workflow built by hand fetch the same file.
 * Each run has a new n8n, which has fetched a small video before. Needs Linux. Run with `npm run bench:memory`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { sleep } from 'n8n-workflow';

import { machine } from './machine';
import { startBench, type Bench } from './n8n';
import { perform, publish, type Settings } from './report';
import { shown, spreadOf } from './statistics';
import { WAYS, type Way } from './ways';

const MIB = 1024 * 1024;
const SIZES = [256, 1024];
const RUNS = 3;
/** Until n8n has given back what its start took, or an execution before. Milliseconds. */
const REST_MS = 30_000;
const PATIENCE_MS = 180_000;
const WITHOUT_A_RENDER = 'queueSeconds=0 renderSeconds=0';

interface Figures {
	way: Way;
	mebibytes: number;
	/** Resident memory before, and the most during the execution. MiB. */
	idle: number;
	peak: number;
}

/** A line of /proc/PID/status. MiB. */
function memoryOf(pid: number, line: 'VmRSS' | 'VmHWM'): number {
	const status = readFileSync(`/proc/${pid}/status`, 'utf8');
	return Number(new RegExp(`^${line}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
}

/** Makes the kernel forget the highest resident memory so far. */
function forgetPeak(pid: number): void {
	writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

async function fetchOnce(bench: Bench, way: Way, mebibytes: number): Promise<Figures> {
	const pid = bench.server.pid ?? 0;
	const size = mebibytes * MIB;
	if (mebibytes) await sleep(REST_MS);
	const idle = memoryOf(pid, 'VmRSS');
	forgetPeak(pid);
	const prompt = `A boat [[${WITHOUT_A_RENDER}${size ? ` videoBytes=${size}` : ''}]]`;
	const execution = await bench.run(way, [prompt], PATIENCE_MS);
	const peak = memoryOf(pid, 'VmHWM');
	const bytes = execution.items('Video')[0]?.binary?.data?.bytes;
	if (size && bytes !== size) throw new Error(`${way}: ${bytes} bytes arrived instead of ${size}`);
	return { way, mebibytes, idle, peak };
}

/** The sizes in a row, in a new n8n. */
async function runOnce(way: Way, sizes: number[]): Promise<Figures[]> {
	const bench = await startBench([way]);
	try {
		await fetchOnce(bench, way, 0);
		const figures: Figures[] = [];
		for (const size of sizes) figures.push(await fetchOnce(bench, way, size));
		return figures;
	} finally {
		await bench.close();
	}
}

const growth = ({ peak, idle }: Figures) => peak - idle;

const METHOD = `The most resident memory of n8n's main process while an execution fetches one video (the kernel's own high-water mark),
beyond the resident memory just before it. Files in n8n's \`filesystem\` mode, ${RUNS} runs of each way, each in a new n8n that had
fetched a small video and then rested for half a minute. The renders take no time.`;

const BOUNDS = `What bounds it: a stream needs some chunks on each side and what the garbage collector has not yet taken away, whatever the
size of the video; what is held needs the size at least once, as with n8n's MiniMax and Gemini nodes. Ours streams, as n8n's
OpenAI node and its HTTP Request node do: differences between those three are the collector's. In n8n's \`database\` mode (queue mode) n8n itself holds the file, and no
node can change that.`;

async function memory(settings: Settings): Promise<void> {
	const sizes = settings.smoke ? [16] : SIZES;
	const all: Figures[] = [];
	for (let run = 0; run < (settings.smoke ? 1 : RUNS); run++) {
		// Side by side, each with an n8n of its own: they rest most of the time.
		const ways = await Promise.all(WAYS.map(async (way) => await runOnce(way, sizes)));
		all.push(...ways.flat());
	}
	const groups = sizes.map((size) => ({
		size,
		ways: WAYS.map((way) => ({
			way,
			runs: all.filter((one) => one.way === way && one.mebibytes === size),
		})),
	}));
	const rows = groups.flatMap(({ size, ways }) =>
		ways.map(({ way, runs }) => ({
			way,
			'video (MiB)': size,
			'idle (MiB)': shown(spreadOf(runs.map(({ idle }) => idle)), 0),
			'peak over idle (MiB)': shown(spreadOf(runs.map(growth)), 0),
			'over the size': (spreadOf(runs.map(growth)).median / size).toFixed(2),
			'peak in all (MiB)': shown(spreadOf(runs.map(({ peak }) => peak)), 0),
		})),
	);
	publish(
		{
			question: 'memory',
			heading: 'Memory: one large video',
			machine: machine(),
			method: METHOD,
			tables: [{ rows }],
			bounds: BOUNDS,
			data: all,
		},
		settings,
	);
}

perform(memory);
