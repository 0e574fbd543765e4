/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, no-console -- measures this process; runs on a developer's machine, never inside n8n */
/**
 * How much memory a video takes on its way into n8n's store: by the node, which streams it, and by a node that
 * holds it, as most do, in the same run. Each is a process of its own with n8n's engine, its store in filesystem
 * mode, and one small video fetched before the measurement. Also what the largest upload takes.
 * Run with `npm run bench:download`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IExecuteFunctions, INodeType } from 'n8n-workflow';

import { measuredApart, measuresAsTold } from './apart';
import { controlOf, startStandIn, type StandInAddress } from './standIn';

const SPEED = 1_000;
const MIB = 1024 * 1024;
const SAMPLE_MS = 10;

interface Case {
	what: 'streamed by the node' | 'held by a node' | 'uploaded by the node';
	mebibytes: number;
}
const CASES: Case[] = [
	{ what: 'streamed by the node', mebibytes: 256 },
	{ what: 'held by a node', mebibytes: 256 },
	{ what: 'streamed by the node', mebibytes: 1024 },
	{ what: 'held by a node', mebibytes: 1024 },
	{ what: 'uploaded by the node', mebibytes: 100 },
];

interface Figures {
	idle: number;
	peak: number;
	seconds: number;
	bytes: number;
}

/** Runs `job` and watches the resident memory meanwhile. */
async function watched(job: () => Promise<number>): Promise<Figures> {
	(globalThis as { gc?: () => void }).gc?.();
	const idle = process.memoryUsage.rss();
	let peak = idle;
	const sampler = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), SAMPLE_MS);
	const started = performance.now();
	const bytes = await job();
	clearInterval(sampler);
	return { idle, peak, seconds: (performance.now() - started) / 1000, bytes };
}

/** What is written by hand: the answer as a whole, then into the store. */
function holding(node: INodeType, url: string): INodeType {
	return {
		description: node.description,
		async execute(this: IExecuteFunctions) {
			const content = (await this.helpers.httpRequest({ url, encoding: 'arraybuffer' })) as Buffer;
			const data = await this.helpers.prepareBinaryData(content, 'video.mp4', 'video/mp4');
			return [[{ json: {}, binary: { data } }]];
		},
	};
}

/** One case, in this process. */
async function measure({ gateway, what, mebibytes }: Case & { gateway: StandInAddress }) {
	process.env.N8N_LOG_LEVEL = 'silent';
	const folder = mkdtempSync(join(tmpdir(), 'n8n-nodes-sora-'));
	const { openStore } = await import('../test/engine/binaryStore');
	const { fastClock, runWorkflow, soraNode, soraWorkflow } = await import('../test/engine/engine');
	const store = await openStore('filesystem', folder);
	const credential = { apiKey: gateway.apiKey, baseUrl: gateway.url };
	const scenario = async (videoBytes: number) =>
		await controlOf(gateway).set({
			videoBytes,
			renderSeconds: 1,
			queueSeconds: 0,
			maxBodyBytes: 2e8,
		});
	const run = async (
		parameters: object,
		sora: INodeType,
		items?: Parameters<typeof runWorkflow>[0]['items'],
	) => {
		const workflow = soraWorkflow({ ...parameters });
		const result = await runWorkflow({ workflow, credential, sora, items });
		if (result.error) throw new Error(result.error.message);
		const [item] = result.items('Done');
		if (!item) throw new Error('nothing came out');
		return item;
	};
	const node = soraNode(fastClock(SPEED));
	const generate = { resource: 'video', operation: 'generate', prompt: 'A boat' };
	try {
		if (what === 'uploaded by the node') {
			const upload = async (content: Buffer) => {
				const data = await store.put(content, { fileName: 'clip.mp4' });
				return async () =>
					await run({ resource: 'file', operation: 'upload' }, node, [
						{ json: {}, binary: { data } },
					]);
			};
			await (
				await upload(Buffer.alloc(1_000))
			)();
			const job = await upload(Buffer.alloc(mebibytes * MIB));
			return await watched(async () => Number((await job()).json.bytes));
		}
		const download = async (): Promise<number> => {
			const { json } = await run({ ...generate, downloadVideo: false }, node);
			const get = {
				resource: 'video',
				operation: 'get',
				taskId: json.task_id,
				downloadVideo: true,
			};
			const by = what === 'held by a node' ? holding(node, String(json.video_url)) : node;
			return (await run(get, by)).binary?.data?.bytes ?? 0;
		};
		await scenario(0);
		await download();
		await scenario(mebibytes * MIB);
		return await watched(download);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

async function all(): Promise<void> {
	const standIn = await startStandIn(SPEED);
	const { url, apiKey } = standIn;
	try {
		const rows = [];
		for (const chosen of CASES) {
			const given = { ...chosen, gateway: { url, apiKey } };
			const { idle, peak, seconds, bytes } = await measuredApart<Figures>(__filename, given, {
				flags: ['--expose-gc'],
			});
			if (bytes !== chosen.mebibytes * MIB) throw new Error(`${bytes} bytes arrived`);
			rows.push({
				what: chosen.what,
				'size (MiB)': chosen.mebibytes,
				'idle (MiB)': Math.round(idle / MIB),
				'growth at the peak (MiB)': Math.round((peak - idle) / MIB),
				seconds: Number(seconds.toFixed(1)),
			});
		}
		console.log(`Node ${process.version}, n8n's store in filesystem mode`);
		console.table(rows);
	} finally {
		standIn.stop();
	}
}

if (!measuresAsTold(measure)) {
	all().then(
		() => process.exit(0),
		(error: unknown) => {
			console.error(error);
			process.exit(1);
		},
	);
}
