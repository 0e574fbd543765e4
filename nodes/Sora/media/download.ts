/** From a finished task's link to a file in n8n's store. */
import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { endBody, isStream, streamFrom, type ByteStream } from '../gateway/body';
import type { Task } from '../gateway/contract';
import type { Gateway, GatewayContext } from '../gateway/credential';
import { SoraFailure, type FailureFacts } from '../gateway/failures';
import { concealed } from '../gateway/secrecy';
import { LIMITS, TIMEOUTS } from '../gateway/timeouts';
import {
	ConnectionLost,
	elapsed,
	Ending,
	isGatewaysOwn,
	openFile,
	type Reply,
} from '../gateway/transport';
import { BoxWalk } from './boxWalk';
import { FILE_HEAD_BYTES } from './fileKind';
import { videoFileName, type Naming } from './fileName';
import { DOWNLOAD_LIMITS, megabytes } from './fileLimits';
import { hostsIn, isTrustedHost, mayFetch } from './privateAddresses';
import { announcedBytes, judged, tooLarge, type TakenFile } from './servedFile';

const MOST_REDIRECTS = 5;

/** Any context of n8n that can send and store. */
export interface DownloadContext extends GatewayContext {
	helpers: GatewayContext['helpers'] & Pick<IExecuteFunctions['helpers'], 'prepareBinaryData'>;
}

export interface DownloadTools {
	context: DownloadContext;
	/** Its key goes along to its own origin; files may lie on an inner address where it does, or where it says. */
	gateway: Gateway;
	signal?: AbortSignal;
}

export interface DownloadedVideo {
	data: IBinaryData;
	/** What is odd about the file. */
	note?: string;
	/** Pixels, and seconds, where the file is an MP4 or MOV and says so. */
	facts: ReturnType<BoxWalk['facts']>;
}

type Failed = (detail: string, more?: FailureFacts) => SoraFailure;

/**
 * Streams a finished task's video from its host into n8n's binary store.
 * @throws {SoraFailure} download_failed, with the task
 */
export async function downloadVideo(
	tools: DownloadTools,
	task: Task,
	naming: Naming = {},
): Promise<DownloadedVideo> {
	const failed: Failed = (detail, more) =>
		new SoraFailure('download_failed', {
			...concealed({ detail, ...more }, tools.gateway.conceal),
			task,
			repeatable: 'free',
		});
	const whole = new Ending(TIMEOUTS.download, tools.signal);
	const hosts = new Hosts(tools.gateway, whole, failed);
	const passing = new Passing(failed);
	try {
		const { reply, url, ending } = await hosts.open(task.videoUrl ?? '');
		if (!isStream(reply.body)) throw failed('n8n gave no stream of it');
		const head = await headOf(reply.body);
		ending.dropLimit();
		const file = judged({ ...reply, head, url, conceal: tools.gateway.conceal });
		if ('refusal' in file) {
			throw failed(file.refusal, { words: file.words, lasting: file.lasting });
		}
		passing.expect(file, announcedBytes(reply.headers));
		void passing.endWhenSilent(whole);
		const data = await tools.context.helpers.prepareBinaryData(
			passing.through(reply.body),
			tools.gateway.conceal(nameOf(task, file, naming)),
			file.mimeType,
		);
		return { data, note: file.note, facts: passing.facts };
	} catch (error) {
		throw passing.failure ?? downloadFailure(error, failed, tools.signal, whole, hosts);
	} finally {
		whole.end();
	}
}

/** A file that the node does not know keeps the name that it has, unless another one is wished. */
const nameOf = ({ id }: Task, { name, extension }: TakenFile, naming: Naming) =>
	name && !naming.wished ? name : videoFileName(naming, id, extension);

function downloadFailure(
	error: unknown,
	failed: Failed,
	signal: AbortSignal | undefined,
	whole: Ending,
	hosts: Hosts,
): SoraFailure {
	if (error instanceof SoraFailure) return error;
	if (signal?.aborted) return new SoraFailure('cancelled', failed('').facts);
	if (whole.isLate) return failed('it took too long');
	if (hosts.isLate) return failed("the file's host: there was no answer in time");
	if (error instanceof ConnectionLost) {
		return failed(`the file's host: ${error.reason}`, { lasting: error.isLasting || undefined });
	}
	return failed('the connection ended before the file was complete');
}

/** What is told where a link leads inside. */
const PRIVATE: FailureFacts = {
	lasting: true,
	advice:
		'Nothing needs to be bought again. If the host is one of yours, name it under "Trusted File Hosts" in the Sora API credential, then run Video > Get with this task ID and Download Video turned on.',
};

/** Statuses with which a signed link refuses a key beside its signature, or a host a key that it does not know. */
const KEY_NOT_WANTED = new Set([400, 401, 403]);

/** The hosts that a link leads over: redirects are followed by hand, so that every hop's address is looked at. */
class Hosts {
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

	/** The last host let its time pass. */
	get isLate(): boolean {
		return this.current?.isLate === true;
	}

	async open(link: string): Promise<{ reply: Reply; url: URL; ending: Ending }> {
		let target: string | undefined = link;
		for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
			const url: URL | undefined = URL.canParse(target) ? new URL(target) : undefined;
			if (!url) throw this.failed('its link is no web address');
			const found = await this.fetch(url, hops === 0);
			const { reply, ending } = found;
			target = redirectOf(reply);
			if (target === undefined) return found;
			ending.end();
			endBody(reply.body);
			if (!URL.canParse(target, url.href)) {
				throw this.failed('its link redirects to no web address');
			}
			target = new URL(target, url.href).href;
		}
		throw this.failed('its link redirects too often');
	}

	/** One hop, and another try where the first answer may be owed to our way of asking. */
	private async fetch(url: URL, isFirst: boolean) {
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

	private instead<Hop extends { reply: Reply; ending: Ending }>(dropped: Hop, kept: Hop): Hop {
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

	private async request(url: URL, withKey: boolean) {
		const ending = new Ending(TIMEOUTS.downloadStart, this.whole.signal);
		this.current = ending;
		const reply = await openFile(this.gateway, url, {
			withKey,
			ignoresCertificate:
				this.gateway.ignoresCertificates && isTrustedHost(url, this.base, this.trusted),
			timeoutMs: TIMEOUTS.downloadStart,
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

/** Looks at the first bytes and puts them back. */
async function headOf(stream: ByteStream): Promise<Buffer> {
	const parts: Buffer[] = [];
	let length = 0;
	while (length < FILE_HEAD_BYTES) {
		const part = (stream.read() ?? undefined) as Buffer | undefined;
		if (part) {
			parts.push(part);
			length += part.length;
			continue;
		}
		if (stream.readableEnded) break;
		if (stream.destroyed) throw new Error('the stream broke');
		if (!(await isReadable(stream))) break;
	}
	const head = Buffer.concat(parts);
	if (head.length) stream.unshift(head);
	return head.subarray(0, FILE_HEAD_BYTES);
}

/** @returns false when the stream ended */
async function isReadable(stream: ByteStream): Promise<boolean> {
	return await new Promise<boolean>((resolve, reject) => {
		const settle = (then: () => void) => () => {
			stream
				.off('readable', onReadable)
				.off('end', onEnd)
				.off('error', onError)
				.off('close', onError);
			then();
		};
		const onReadable = settle(() => resolve(stream.readableLength > 0));
		const onEnd = settle(() => resolve(false));
		const onError = settle(() => reject(new Error('the stream broke')));
		stream.on('readable', onReadable).on('end', onEnd).on('error', onError).on('close', onError);
	});
}

/**
 * A file on its way into n8n's store. What is wrong with it ends the stream with an error, so that the store takes
 * nothing that is cut, and removes what it had begun.
 */
class Passing {
	/** Why it was ended: the store may wrap what it was told. */
	failure?: SoraFailure;
	private readonly walk = new BoxWalk();
	private file?: TakenFile;
	private limit = 0;
	private bytes = 0;
	/** The host's turn, rather than the store's. */
	private isWaiting = true;

	constructor(private readonly failed: Failed) {}

	/** @param announced bytes on the line, where the host counted them */
	expect(file: TakenFile, announced: number | undefined): void {
		this.file = file;
		const unpacked = (announced ?? Infinity) * DOWNLOAD_LIMITS.unpacking;
		this.limit = Math.min(file.limit, Math.max(unpacked, DOWNLOAD_LIMITS.unpackedBytes));
	}

	get facts() {
		return this.file?.hasBoxes ? this.walk.facts() : {};
	}

	through(stream: ByteStream): ByteStream {
		return streamFrom(stream, this.see(stream));
	}

	private async *see(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
		for await (const chunk of source) {
			this.bytes += chunk.length;
			if (this.bytes > this.limit) throw this.end(tooLarge(this.limit).refusal, { lasting: true });
			if (this.file?.hasBoxes) this.walk.see(chunk);
			this.isWaiting = false;
			yield chunk;
			this.isWaiting = true;
		}
		if (!this.file?.hasBoxes) return;
		const { missing, lacksIndex } = this.walk;
		if (missing) throw this.end(`the file is cut: ${megabytes(missing)} of it are missing`);
		if (lacksIndex) throw this.end('the file is cut: its index is missing');
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
