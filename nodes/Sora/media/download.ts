/** From a finished task's link to a file in n8n's store. */
import { createHash } from 'node:crypto';
import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { streamFrom, textOf } from '../gateway/body';
import { parseJson, readTask, readUploadedFile, type Task } from '../gateway/contract';
import type { Gateway, GatewayContext } from '../gateway/credential';
import { SoraFailure, type FailureFacts } from '../gateway/failures';
import { concealed } from '../gateway/secrecy';
import { LIMITS, TIMEOUTS } from '../gateway/timeouts';
import type { Ending } from '../gateway/transport';
import { videoReader } from './clip';
import { fileKind } from './fileKind';
import { DOWNLOAD_LIMITS } from './fileLimits';
import { videoFileName, type Naming } from './fileName';
import { fromWeb, type Failed, type OpenedFile } from './fileOnWeb';
import type { MovieFacts } from './mp4';
import { announcedBytes, judged, tooLarge, type AcceptedFile } from './servedFile';

export interface DownloadContext extends GatewayContext {
	helpers: GatewayContext['helpers'] & Pick<IExecuteFunctions['helpers'], 'prepareBinaryData'>;
}

interface Download {
	context: DownloadContext;
	gateway: Gateway;
	signal?: AbortSignal;
	task: Task;
	/** Alternative addresses of one file, tried in order. */
	addresses: readonly string[];
	naming: Naming;
	cut: CutFile;
}

export interface DownloadedVideo {
	data: IBinaryData;
	/** Anything unusual about the file. */
	note?: string;
	facts: MovieFacts;
}

/**
 * A file that seems incomplete, across attempts. An encoder may have written a wrong length: if the same bytes arrive
 * repeatedly, as many as the host announces, the file is accepted as it is.
 */
export interface CutFile {
	/** An attempt has failed this way: hashing takes seconds of n8n's only thread, so it begins with the next one. */
	isSuspect?: boolean;
	/** Of all bytes; `undefined` unless the host announced exactly as many. */
	digest?: string;
	/** Accept the file if the same bytes come again. */
	isAccepted?: boolean;
}

/**
 * Streams a video from the first address that works into n8n's binary store.
 * @throws {SoraFailure} download_failed, with the task
 */
export async function downloadVideo(download: Download): Promise<DownloadedVideo> {
	const { gateway, task, addresses } = download;
	const failed: Failed = (detail, more) =>
		new SoraFailure('download_failed', {
			...concealed({ detail, ...more }, gateway.conceal),
			task,
			repeatable: 'free',
		});
	const failures: SoraFailure[] = [];
	for (const address of addresses) {
		const outcome = await fromAddress(download, address, failed).catch(
			(reason: unknown) => reason as SoraFailure,
		);
		if (!(outcome instanceof SoraFailure)) return outcome;
		if (outcome.category === 'cancelled') throw outcome;
		failures.push(outcome);
	}
	const [first = failed('it has no link')] = failures;
	throw first.about({
		lasting: failures.every(({ facts }) => facts.lasting) || undefined,
		retryAfterMs: failures.map(({ facts }) => facts.retryAfterMs).find((ms) => ms !== undefined),
	});
}

async function fromAddress(
	{ gateway, signal, context, task, naming, cut }: Download,
	address: string,
	failed: Failed,
): Promise<DownloadedVideo> {
	const whenStopped = { task };
	const access = { gateway, signal, timeoutMs: TIMEOUTS.download, failed, whenStopped };
	return await fromWeb(access, async (open, whole) => {
		let opened = await open(address);
		const named = await linkIn(opened, task, gateway);
		if (named !== undefined) opened = await open(named);
		const file = judged(opened);
		if ('refusal' in file) {
			const { refusal, ...facts } = file;
			throw failed(refusal, facts);
		}
		const transfer: Transfer = { ...opened, ...file, cut, failed, bytes: 0, isWaiting: true };
		endWhenSilent(transfer, whole);
		// In the name, characters of the key would be replaced.
		const name = videoFileName(naming, gateway.conceal(task.id), file.extension);
		const mimeType = gateway.conceal(file.mimeType);
		const data = await context.helpers
			.prepareBinaryData(streamFrom(opened.body, watched(transfer)), name, mimeType)
			.catch((error: unknown) => {
				// The store may wrap the error that it was given.
				throw transfer.failure ?? error;
			});
		return { data, note: transfer.note, facts: transfer.facts ?? {} };
	});
}

/** Some gateways answer with JSON that links to the file instead of the file itself. */
async function linkIn({ status, head, chunks }: OpenedFile, { id }: Task, { address }: Gateway) {
	if (status !== 200 || fileKind(head)?.mimeType !== 'application/json') return undefined;
	const answer = parseJson((await textOf(chunks, DOWNLOAD_LIMITS.answerBytes)).text);
	const task = readTask(answer, id, { baseUrl: address });
	return task?.videoUrl ?? readUploadedFile(answer, address)?.url;
}

/** A file that is being written to n8n's store. */
interface Transfer extends OpenedFile, AcceptedFile {
	cut: CutFile;
	failed: Failed;
	bytes: number;
	/** Waiting for the host rather than the store. */
	isWaiting: boolean;
	failure?: SoraFailure;
	facts?: MovieFacts;
}

function failure(transfer: Transfer, detail: string, more?: FailureFacts): SoraFailure {
	transfer.failure ??= transfer.failed(detail, more);
	return transfer.failure;
}

/** Ends the stream with an error if the file is unacceptable, so the store keeps nothing incomplete. */
async function* watched(transfer: Transfer): AsyncGenerator<Buffer> {
	const { headers, chunks, kind, cut } = transfer;
	const announced = announcedBytes(headers);
	const unpacked = (announced ?? Infinity) * DOWNLOAD_LIMITS.unpacking;
	const limit = Math.min(transfer.limit, Math.max(unpacked, DOWNLOAD_LIMITS.unpackedBytes));
	const reader = videoReader(kind);
	const hash = cut.isSuspect ? createHash('sha256') : undefined;
	for await (const chunk of chunks) {
		transfer.bytes += chunk.length;
		if (transfer.bytes > limit) {
			throw failure(transfer, tooLarge(limit).refusal, { lasting: true });
		}
		reader?.push(chunk);
		hash?.update(chunk);
		transfer.isWaiting = false;
		yield chunk;
		transfer.isWaiting = true;
	}
	const { movie = {}, lacks } = reader?.end() ?? {};
	const { width, height, seconds } = movie;
	transfer.facts = { width, height, seconds };
	if (lacks === undefined) return;
	const digest = transfer.bytes === announced ? hash?.digest('hex') : undefined;
	const isRepeated = digest !== undefined && digest === cut.digest;
	cut.isSuspect = true;
	cut.digest = digest;
	if (!cut.isAccepted || !isRepeated) throw failure(transfer, `the file is incomplete: ${lacks}`);
	transfer.note = `The file may be incomplete: ${lacks}. Every attempt got the same ${transfer.bytes} bytes, as many as its host announces. Check that it plays.`;
}

/** n8n's own time-out no longer applies once the headers are there. */
function endWhenSilent(transfer: Transfer, whole: Ending): void {
	const before = transfer.bytes;
	const limit = AbortSignal.timeout(LIMITS.silence);
	const look = (): void => {
		if (transfer.bytes !== before || !transfer.isWaiting) return endWhenSilent(transfer, whole);
		failure(transfer, 'its host stopped sending before the file was complete');
		whole.end();
	};
	limit.addEventListener('abort', look);
	whole.signal.addEventListener('abort', () => limit.removeEventListener('abort', look));
}
