/** From a finished task's link to a file in n8n's store. */
import { createHash } from 'node:crypto';
import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { isConnectionLost } from '../gateway/connectionLost';
import { endBody, isStream, streamFrom, textOf, type ByteStream } from '../gateway/body';
import { parseJson, readTask, readUploadedFile, type Task } from '../gateway/contract';
import type { Gateway, GatewayContext } from '../gateway/credential';
import { retryAfterMs } from '../gateway/failedAnswer';
import { SoraFailure, type FailureFacts } from '../gateway/failures';
import { concealed } from '../gateway/secrecy';
import { LIMITS, TIMEOUTS } from '../gateway/timeouts';
import { elapsed, Ending, isGatewaysOwn, openFile, type Reply } from '../gateway/transport';
import type { ByteFeed } from './byteFeed';
import { videoReader } from './clip';
import { FILE_HEAD_BYTES, fileKind } from './fileKind';
import { videoFileName, type Naming } from './fileName';
import { DOWNLOAD_LIMITS, megabytes } from './fileLimits';
import type { ReadVideo } from './mp4File';
import type { MovieFacts } from './mp4Movie';
import { hostsIn, isTrustedHost, mayFetch } from './privateAddresses';
import { announcedBytes, judged, tooLarge, type AcceptedFile } from './servedFile';

const MOST_REDIRECTS = 5;

/** Any context of n8n that can send and store. */
export interface DownloadContext extends GatewayContext {
	helpers: GatewayContext['helpers'] & Pick<IExecuteFunctions['helpers'], 'prepareBinaryData'>;
}

interface DownloadTools {
	context: DownloadContext;
	/** Its key goes along to its own origin; files may lie on an inner address where it does, or where it says. */
	gateway: Gateway;
	signal?: AbortSignal;
}

interface DownloadRequest {
	task: Task;
	/** Addresses of one file: each is tried where the one before it failed. */
	addresses: readonly string[];
	naming: Naming;
	cuts: CutFiles;
}

export interface DownloadedVideo {
	data: IBinaryData;
	/** What is odd about the file. */
	note?: string;
	/** Pixels and seconds, as far as the file says so. */
	facts: MovieFacts;
}

/**
 * What was seen of a file that seems to lack something. An encoder may have written a length that is wrong: what arrives
 * again and again, as long as its host announces it, is all that there is.
 */
export class CutFiles {
	/** Hand such a file over if it is the one that was seen before. */
	acceptsKnown = false;
	private digest?: string;
	private count = 0;

	/** @param digest of all bytes; `undefined` where the host did not announce exactly as many */
	see(digest: string | undefined): void {
		this.count = digest !== undefined && digest === this.digest ? this.count + 1 : 1;
		this.digest = digest;
	}

	/** At least two attempts, the last ones, brought the same bytes. */
	get isAlwaysTheSame(): boolean {
		return this.digest !== undefined && this.count > 1;
	}

	mayAccept(digest: string | undefined): boolean {
		return this.acceptsKnown && this.isAlwaysTheSame && digest === this.digest;
	}
}

type Failed = (detail: string, more?: FailureFacts) => SoraFailure;

/**
 * Streams a video from its host into n8n's binary store, from the first of its addresses that gives it.
 * @throws {SoraFailure} download_failed, with the task
 */
export async function downloadVideo(
	tools: DownloadTools,
	request: DownloadRequest,
): Promise<DownloadedVideo> {
	const failures: SoraFailure[] = [];
	for (const address of request.addresses) {
		const outcome = await fromAddress(tools, request, address).catch(
			(reason: unknown) => reason as SoraFailure,
		);
		if (!(outcome instanceof SoraFailure)) return outcome;
		if (outcome.category === 'cancelled') throw outcome;
		failures.push(outcome);
	}
	const [first = failedFor(tools, request.task)('it has no link')] = failures;
	throw first.about({
		lasting: failures.every(({ facts }) => facts.lasting) || undefined,
		retryAfterMs: failures.map(({ facts }) => facts.retryAfterMs).find((ms) => ms !== undefined),
	});
}

const failedFor =
	({ gateway }: DownloadTools, task: Task): Failed =>
	(detail, more) =>
		new SoraFailure('download_failed', {
			...concealed({ detail, ...more }, gateway.conceal),
			task,
			repeatable: 'free',
		});

async function fromAddress(
	tools: DownloadTools,
	{ task, naming, cuts }: DownloadRequest,
	address: string,
): Promise<DownloadedVideo> {
	const { gateway, signal, context } = tools;
	const failed = failedFor(tools, task);
	const whole = new Ending(TIMEOUTS.download, signal);
	const hops = new Hops(gateway, whole, failed);
	const transfer = new Transfer(failed, cuts);
	try {
		let served = await hops.open(address);
		const named = await linkIn(served, task, gateway);
		if (named !== undefined) served = await hops.open(named);
		const { reply, url, head, ending } = served;
		ending.dropLimit();
		const file = judged({ ...reply, head, url });
		if ('refusal' in file) {
			const { refusal, words, lasting } = file;
			const waitMs = retryAfterMs(reply.headers['retry-after'], Date.now());
			throw failed(refusal, { words, lasting, retryAfterMs: waitMs });
		}
		transfer.expect(file, announcedBytes(reply.headers));
		void transfer.endWhenSilent(whole);
		const data = await context.helpers.prepareBinaryData(
			transfer.through(served.chunks),
			gateway.conceal(videoFileName(naming, task.id, file.extension)),
			file.mimeType,
		);
		return { data, note: transfer.note ?? file.note, facts: transfer.facts };
	} catch (error) {
		throw transfer.failure ?? downloadFailure(error, failed, signal, whole, hops);
	} finally {
		whole.end();
	}
}

/** Some gateways answer with JSON that names the file, where the file itself is asked for. */
async function linkIn(
	{ reply, head, chunks }: Opened,
	{ id }: Task,
	{ address }: Gateway,
): Promise<string | undefined> {
	const isAnswer = reply.status === 200 && fileKind(head)?.mimeType === 'application/json';
	if (!isAnswer) return undefined;
	const { text } = await textOf(chunks, DOWNLOAD_LIMITS.answerBytes);
	const answer = parseJson(text);
	const task = readTask(answer, id, { baseUrl: address });
	return task?.videoUrl ?? readUploadedFile(answer, address)?.url;
}

function downloadFailure(
	error: unknown,
	failed: Failed,
	signal: AbortSignal | undefined,
	whole: Ending,
	hops: Hops,
): SoraFailure {
	const isLost = isConnectionLost(error);
	if (error instanceof SoraFailure && !isLost) return error;
	if (signal?.aborted) return new SoraFailure('cancelled', failed('').facts);
	if (whole.isLate) return failed('it took too long');
	if (hops.isLate) return failed("the file's host: there was no answer in time");
	if (isLost) {
		const { detail, lasting } = error.facts;
		return failed(`the file's host: ${detail}`, { lasting });
	}
	return failed('the connection ended before the file was complete');
}

/** Of a link that leads inside. */
const PRIVATE: FailureFacts = {
	lasting: true,
	advice:
		'Nothing needs to be bought again. If the host is one of yours, name it under "Trusted File Hosts" in the Sora API credential, then run Video > Get with this task ID and Download Video turned on.',
};

/** Statuses with which a signed link refuses a key beside its signature, or a host a key that it does not know. */
const KEY_NOT_WANTED = new Set([400, 401, 403]);

/** An answer, before it is known what it is. */
interface Answered {
	reply: Reply;
	url: URL;
	/** Ends it. */
	ending: Ending;
}

interface Opened extends Answered {
	/** Its first bytes. */
	head: Buffer;
	/** All of them. */
	chunks: ByteStream;
}

/** The hops from a link to a file: redirects are followed by hand, so that the address of every hop is judged. */
export class Hops {
	private readonly base: URL;
	private readonly trusted: string[];
	/** The key goes along until a hop leads away from the gateway, and never again. */
	private withKey = true;
	private current?: Ending;

	constructor(
		private readonly gateway: Gateway,
		private readonly whole: Ending,
		private readonly failed: Failed,
	) {
		this.base = new URL(gateway.address);
		this.trusted = hostsIn(gateway.trustedFileHosts ?? '');
	}

	/** The last host did not answer in time. */
	get isLate(): boolean {
		return this.current?.isLate === true;
	}

	async open(link: string): Promise<Opened> {
		if (!URL.canParse(link)) throw this.failed('its link is no web address');
		let url = new URL(link);
		for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
			const found = await this.fetch(url, hops === 0);
			const { body } = found.reply;
			const target = redirectOf(found.reply);
			if (target === undefined) {
				if (!isStream(body)) throw this.failed('n8n gave no stream of it');
				return { ...found, ...(await begun(body)) };
			}
			found.ending.end();
			endBody(body);
			if (!URL.canParse(target, url.href))
				throw this.failed('its link redirects to no web address');
			url = new URL(target, url);
		}
		throw this.failed('its link redirects too often');
	}

	/** One hop, and another try where the first answer may be owed to our way of asking. */
	private async fetch(url: URL, isFirst: boolean): Promise<Answered> {
		if (!mayFetch(url, this.base, this.trusted)) {
			throw this.failed('its link points into a private network, which is not followed', PRIVATE);
		}
		this.withKey &&= isGatewaysOwn(this.gateway, url);
		const hop = await this.request(url, this.withKey);
		const { status } = hop.reply;
		if (this.withKey && KEY_NOT_WANTED.has(status)) {
			const bare = await this.request(url, false);
			if (bare.reply.status < 400) return this.instead(hop, bare);
			this.instead(bare, hop);
		}
		const other = isFirst && status === 404 ? this.otherPath(url) : undefined;
		return other ? this.instead(hop, await this.request(other, this.withKey)) : hop;
	}

	private instead(dropped: Answered, kept: Answered): Answered {
		dropped.ending.end();
		endBody(dropped.reply.body);
		this.current = kept.ending;
		return kept;
	}

	/** A gateway behind a path prefix may not know of it, and leave it out of its own links, or may know it. */
	private otherPath(url: URL): URL | undefined {
		const prefix = this.base.pathname.replace(/\/+$/, '');
		if (!prefix || url.origin !== this.base.origin) return undefined;
		const { pathname, search } = url;
		const isBelow = pathname.startsWith(`${prefix}/`);
		return new URL((isBelow ? pathname.slice(prefix.length) : prefix + pathname) + search, url);
	}

	private async request(url: URL, withKey: boolean): Promise<Answered> {
		const isContent = this.gateway.contentAddress && isGatewaysOwn(this.gateway, url);
		const timeoutMs = isContent ? TIMEOUTS.contentStart : TIMEOUTS.downloadStart;
		const ending = new Ending(timeoutMs, this.whole.signal);
		this.current = ending;
		const reply = await openFile(this.gateway, url, {
			withKey,
			ignoresCertificate:
				this.gateway.ignoresCertificates && isTrustedHost(url, this.base, this.trusted),
			timeoutMs,
			ending,
		});
		return { reply, url, ending };
	}
}

function redirectOf({ status, headers }: Reply): string | undefined {
	const { location } = headers;
	const leads = status >= 300 && status <= 399 && typeof location === 'string' && location !== '';
	return leads ? location : undefined;
}

/** Reads the first bytes of a stream. */
async function begun(body: ByteStream): Promise<Pick<Opened, 'head' | 'chunks'>> {
	const rest = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
	const first: Buffer[] = [];
	for (let length = 0; length < FILE_HEAD_BYTES; length += first.at(-1)?.length ?? 0) {
		const { done, value } = await rest.next();
		if (done) break;
		first.push(value);
	}
	async function* chunks(): AsyncGenerator<Buffer> {
		yield* first;
		yield* { [Symbol.asyncIterator]: () => rest };
	}
	const head = Buffer.concat(first).subarray(0, FILE_HEAD_BYTES);
	return { head, chunks: streamFrom(body, chunks()) };
}

/**
 * A file on its way into n8n's store. What is wrong with it ends the stream with an error, so that the store keeps
 * nothing that is cut, and removes what it had begun.
 */
class Transfer {
	/** Why it was ended: the store may wrap the error that it got. */
	failure?: SoraFailure;
	/** What is odd about the bytes that came. */
	note?: string;
	facts: MovieFacts = {};
	private reader?: ByteFeed<ReadVideo>;
	private announced?: number;
	private limit = 0;
	private bytes = 0;
	/** It is the host that is waited for, rather than the store. */
	private isWaiting = true;

	constructor(
		private readonly failed: Failed,
		private readonly cuts: CutFiles,
	) {}

	/** @param announced bytes on the line, where the host counted them */
	expect({ kind, limit }: AcceptedFile, announced: number | undefined): void {
		this.reader = kind && videoReader(kind);
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
		const what =
			typeof lacks === 'number'
				? `${megabytes(lacks)} of it are missing`
				: `its ${lacks} is missing`;
		const digest = this.bytes === this.announced ? hash.digest('hex') : undefined;
		if (this.cuts.mayAccept(digest)) {
			this.note = `The file may be incomplete: by its own account ${what}. Every attempt brought the same ${this.bytes} bytes, as many as its host announces. Check that it plays.`;
			return;
		}
		this.cuts.see(digest);
		throw this.end(`the file is cut: ${what}`);
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
