/* eslint-disable @n8n/community-nodes/no-restricted-imports -- reads the memory of a process on a developer's machine, never inside n8n */
/**
 * How much memory a large video takes on its way into n8n: the resident memory of a real n8n (its main process, files in
 * filesystem mode) while each way fetches the same file. Needs Linux.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { sleep } from 'n8n-workflow';

import { startBench, type Bench } from './n8n';
import { WAYS, type Way } from './ways';

const MEBIBYTES = 1_024;
const RUNS = 2;
/** Until n8n has given back what its start and its first execution took. Milliseconds. */
const REST_MS = 30_000;
const PATIENCE_MS = 180_000;

export interface Peak {
	way: Way;
	mebibytes: number;
	/** Highest resident memory during the execution beyond that just before it, MiB, of each run. */
	peaks: number[];
}

/** A line of /proc/PID/status. MiB. */
function memoryOf(pid: number, line: 'VmRSS' | 'VmHWM'): number {
	const status = readFileSync(`/proc/${pid}/status`, 'utf8');
	return Number(new RegExp(`^${line}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
}

async function fetchVideo(bench: Bench, way: Way, size?: number): Promise<void> {
	const prompt = `A boat [[queueSeconds=0 renderSeconds=0${size ? ` videoBytes=${size}` : ''}]]`;
	const execution = await bench.run(way, [prompt], PATIENCE_MS);
	const bytes = execution.items('Video')[0]?.binary?.data?.bytes;
	if (size && bytes !== size) throw new Error(`${way}: ${bytes} bytes arrived instead of ${size}`);
}

/** In a new n8n that has fetched a small video. */
async function peakOf(way: Way, mebibytes: number, restMs: number): Promise<number> {
	const bench = await startBench([way]);
	try {
		await fetchVideo(bench, way);
		await sleep(restMs);
		const pid = bench.server.pid ?? 0;
		const idle = memoryOf(pid, 'VmRSS');
		// The kernel forgets the highest resident memory so far.
		writeFileSync(`/proc/${pid}/clear_refs`, '5');
		await fetchVideo(bench, way, mebibytes * 1024 * 1024);
		return memoryOf(pid, 'VmHWM') - idle;
	} finally {
		await bench.close();
	}
}

export async function measureMemory(isQuick: boolean): Promise<Peak[]> {
	const mebibytes = isQuick ? 64 : MEBIBYTES;
	const all = WAYS.map((way): Peak => ({ way, mebibytes, peaks: [] }));
	for (let run = 0; run < (isQuick ? 1 : RUNS); run++) {
		// Side by side, each with an n8n of its own: they rest most of the time.
		await Promise.all(
			all.map(async ({ way, peaks }) => {
				peaks.push(await peakOf(way, mebibytes, isQuick ? 5_000 : REST_MS));
			}),
		);
	}
	return all;
}
