/** From a finished task's link to a file in n8n's store. */
import { createHash } from 'node:crypto';
import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { streamFrom, textOf, type ByteStream } from '../gateway/body';
import { isConnectionLost } from '../gateway/connectionLost';
import { parseJson, readTask, readUploadedFile, type Task } from '../gateway/contract';
import type { Gateway, GatewayContext } from '../gateway/credential';
import { SoraFailure, type FailureFacts } from '../gateway/failures';
import { concealed } from '../gateway/secrecy';
import { LIMITS, TIMEOUTS } from '../gateway/timeouts';
import { elapsed, Ending } from '../gateway/transport';
import { videoReader } from './clip';
import { fileKind } from './fileKind';
import { DOWNLOAD_LIMITS } from './fileLimits';
import { videoFileName, type Naming } from './fileName';
import { Hops, type Failed, type OpenedFile } from './fileOnWeb';
import type { MovieFacts } from './mp4';
import { announcedBytes, judged, tooLarge, type AcceptedFile } from './servedFile';

export interface DownloadContext extends GatewayContext {
	helpers: GatewayContext['helpers'] & Pick<IExecuteFunctions['helpers'], 'prepareBinaryData'>;
}

interface Download {
	context: DownloadContext;
	/** Its key goes along to its own origin; files may lie on an inner address where it does, or where it says. */
	gateway: Gateway;
	signal?: AbortSignal;
	task: Task;
	/** Addresses of one file: each is tried where the one before it failed. */
	addresses: readonly string[];
	naming: Naming;
	cut: CutFile;
}

export interface DownloadedVideo {
	data: IBinaryData;
	/** What is odd about the file. */
	note?: string;
	facts: MovieFacts;
}

/**
 * A file that seems to lack something, from one attempt to the next. An encoder may have written a length that is
 * wrong: what arrives again and again, as long as its host announces it, is all that there is.
 */
export interface CutFile {
	/** Of all its bytes; `undefined` where the host did not announce exactly as many. */
	digest?: string;
	/** The last attempts brought the same bytes. */
	isRepeated?: boolean;
	/** Hand it over if it comes once more. */
	isAccepted?: boolean;
}

/**
 * Streams a video from its host into n8n's binary store, from the first of its addresses that gives it.
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
	const whole = new Ending(TIMEOUTS.download, signal);
	const transfer = new Transfer(failed, cut);
	try {
		const hops = new Hops(gateway, whole, failed);
		let opened = await hops.open(address);
		const named = await linkIn(opened, task, gateway);
		if (named !== undefined) opened = await hops.open(named);
		const file = judged(opened);
		if ('refusal' in file) {
			const { refusal, ...facts } = file;
			throw failed(refusal, facts);
		}
		transfer.expect(file, announcedBytes(opened.headers));
		void transfer.endWhenSilent(whole);
		const data = await context.helpers.prepareBinaryData(
			transfer.through(opened.chunks),
			gateway.conceal(videoFileName(naming, task.id, file.extension)),
			file.mimeType,
		);
		return { data, note: transfer.note ?? file.note, facts: transfer.facts };
	} catch (error) {
		throw transfer.failure ?? downloadFailure(error, failed, whole, signal);
	} finally {
		whole.end();
	}
}

/** Some gateways answer with JSON that names the file, where the file itself is asked for. */
async function linkIn({ status, head, chunks }: OpenedFile, { id }: Task, { address }: Gateway) {
	if (status !== 200 || fileKind(head)?.mimeType !== 'application/json') return undefined;
	const answer = parseJson((await textOf(chunks, DOWNLOAD_LIMITS.answerBytes)).text);
	const task = readTask(answer, id, { baseUrl: address });
	return task?.videoUrl ?? readUploadedFile(answer, address)?.url;
}

function downloadFailure(
	error: unknown,
	failed: Failed,
	whole: Ending,
	signal?: AbortSignal,
): SoraFailure {
	const isLost = isConnectionLost(error);
	if (error instanceof SoraFailure && !isLost) return error;
	if (signal?.aborted) return new SoraFailure('cancelled', failed('').facts);
	if (whole.isLate) return failed('it took too long');
	if (!isLost) return failed('the connection ended before the file was complete');
	const { detail, lasting } = error.facts;
	return failed(`the file's host: ${detail}`, { lasting });
}

/**
 * A file on its way into n8n's store. What is wrong with it ends the stream with an error, so that the store keeps
 * nothing that is cut, and removes what it had begun.
 */
class Transfer {
	/** Why it was ended: the store may wrap the error that it got. */
	failure?: SoraFailure;
	note?: string;
	facts: MovieFacts = {};
	private reader: ReturnType<typeof videoReader>;
	private announced?: number;
	private limit = 0;
	private bytes = 0;
	/** It is the host that is waited for, rather than the store. */
	private isWaiting = true;

	constructor(
		private readonly failed: Failed,
		private readonly cut: CutFile,
	) {}

	/** @param announced bytes on the line, where the host counted them */
	expect({ kind, limit }: AcceptedFile, announced: number | undefined): void {
		this.reader = videoReader(kind);
		this.announced = announced;
		const unpacked = (announced ?? Infinity) * DOWNLOAD_LIMITS.unpacking;
		this.limit = Math.min(limit, Math.max(unpacked, DOWNLOAD_LIMITS.unpackedBytes));
	}

	through(stream: ByteStream): ByteStream {
		return streamFrom(stream, this.watched(stream));
	}

	private async *watched(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
		const hash = createHash('sha256');
		for await (const chunk of source) {
			this.bytes += chunk.length;
			if (this.bytes > this.limit) throw this.end(tooLarge(this.limit).refusal, { lasting: true });
			this.reader?.push(chunk);
			if (this.reader) hash.update(chunk);
			this.isWaiting = false;
			yield chunk;
			this.isWaiting = true;
		}
		const { movie = {}, lacks } = this.reader?.end() ?? {};
		const { width, height, seconds } = movie;
		this.facts = { width, height, seconds };
		if (lacks === undefined) return;
		const { cut } = this;
		const digest = this.bytes === this.announced ? hash.digest('hex') : undefined;
		cut.isRepeated = digest !== undefined && digest === cut.digest;
		cut.digest = digest;
		if (!cut.isAccepted || !cut.isRepeated) throw this.end(`the file is cut: ${lacks}`);
		this.note = `The file may be incomplete: by its own account ${lacks}. Every attempt brought the same ${this.bytes} bytes, as many as its host announces. Check that it plays.`;
	}

	private end(detail: string, more?: FailureFacts): SoraFailure {
		this.failure ??= this.failed(detail, more);
		return this.failure;
	}

	/** n8n's own time-out is over once the head is there. */
	async endWhenSilent(whole: Ending): Promise<void> {
		while (!whole.signal.aborted) {
			const before = this.bytes;
			await elapsed(LIMITS.silence, whole.signal);
			if (whole.signal.aborted || this.bytes !== before || !this.isWaiting) continue;
			this.end('its host fell silent before the file was complete');
			whole.end();
		}
	}
}
