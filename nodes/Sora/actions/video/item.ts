/** The item of a task, with its files. */
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { pollTask } from '../../gateway/client';
import { taskFailure } from '../../gateway/failedAnswer';
import type { Task } from '../../gateway/contract';
import { contentAddress, type Gateway } from '../../gateway/credential';
import { PATIENCE } from '../../gateway/timeouts';
import { retry } from '../../flow/retry';
import {
	downloadVideo,
	type CutFile,
	type DownloadContext,
	type DownloadedVideo,
} from '../../media/download';
import type { Naming } from '../../media/fileName';
import { toSoraFailure } from '../nodeErrors';
import { fileFields, taskFields, whatToDo } from '../output';
import type { Run } from '../run';

/** How a task becomes an item. */
export interface ItemSettings {
	download: boolean;
	/** The field of the first file; those of others end with their number: `data_2`. */
	binaryProperty: string;
	simplify: boolean;
	/** Of the file. */
	naming?: Naming;
}

/** The parts of a run that an item needs; the trigger supplies them without a run. */
export type DeliveryTools = Pick<Run, 'gateway' | 'clock' | 'downloads' | 'log'> & {
	context: DownloadContext;
	signal?: AbortSignal;
};

/** Makes the item of a task as it is now, with its files if there are any and they are wanted. */
export async function deliver(
	run: DeliveryTools,
	first: Task,
	{ download, simplify, naming, binaryProperty }: ItemSettings,
	extra: IDataObject = {},
): Promise<INodeExecutionData> {
	const wantsFiles = download && first.phase === 'succeeded';
	const none = { task: first, files: [], notes: [] };
	const { task, files, notes } = wantsFiles ? await downloaded(run, first, naming) : none;
	const explains = simplify && task.phase === 'failed';
	const [file] = files;
	const json = {
		...taskFields(task, simplify),
		...(explains && whatToDo(taskFailure(task))),
		...(file && fileFields({ facts: file.facts, note: notes.join(' ') })),
		...(!file && opensWithKeyOnly(run.gateway, task) && { download_note: KEY_ONLY }),
		...extra,
	} as IDataObject;
	const binary = Object.fromEntries(
		files.map(({ data }, index) => [binaryProperty + (index ? `_${index + 1}` : ''), data]),
	);
	return { json, ...(file && { binary }) };
}

const KEY_ONLY =
	'video_url needs the API key, so it does not open in a browser. To get the file, turn on Download Video, here or in Video > Get.';

/** The link is where the gateway keeps the file itself. */
function opensWithKeyOnly(gateway: Gateway, { id, videoUrl }: Task): boolean {
	const own = contentAddress(gateway, id);
	return own !== undefined && videoUrl?.startsWith(own) === true;
}

/** Addresses to download a task's file from: its link, and for the first file the gateway's own copy. */
function addressesOf(gateway: Gateway, { id, videoUrls }: Task, index: number) {
	const kept = index === 0 ? contentAddress(gateway, id) : undefined;
	return [...new Set([videoUrls[index], kept].filter((address) => address !== undefined))];
}

/** The first file is required. A note says what is wrong with the others, and their links are in the item. */
async function downloaded(run: DeliveryTools, first: Task, naming?: Naming) {
	let task = first;
	const files: DownloadedVideo[] = [];
	const notes: string[] = [];
	for (let index = 0; addressesOf(run.gateway, task, index).length > 0; index++) {
		const number = index + 1;
		const where = index ? `Video ${number}: ` : '';
		const known = task;
		const download = async () => await fetched(run, known, index, { ...naming, number });
		try {
			const file = await run.downloads(download);
			task = file.task;
			files.push(file);
			if (file.note) notes.push(where + file.note);
		} catch (error) {
			const failure = toSoraFailure(error);
			if (index === 0 || run.signal?.aborted) throw failure;
			notes.push(where + failure.headline);
		}
	}
	return { task, files, notes };
}

/** Links expire and hosts fail: each retry polls the task again for a new link. */
async function fetched(run: DeliveryTools, first: Task, index: number, naming: Naming) {
	let task = first;
	const cut: CutFile = {};
	const { context, gateway, signal, clock } = run;
	const attempt = async (number: number) => {
		const fresh = number > 1 ? await pollTask(gateway, task.id).catch(() => undefined) : undefined;
		if (fresh?.videoUrls[index] && fresh.saidId === task.saidId) task = fresh;
		const addresses = addressesOf(gateway, task, index);
		const file = await downloadVideo({ context, gateway, signal, task, addresses, naming, cut });
		return { ...file, task };
	};
	return await retry(attempt, {
		attempts: Number.POSITIVE_INFINITY,
		withinMs: PATIENCE.download,
		repeats: 'free',
		clock,
		signal,
		onRetry: ({ headline }) =>
			run.log(`Sora video not downloaded yet: ${headline}`, { taskId: task.id }),
		whenStopped: { task },
	}).catch(async (failure: unknown) => {
		if (cut.digest === undefined || signal?.aborted) throw failure;
		cut.isAccepted = true;
		return await attempt(2);
	});
}
