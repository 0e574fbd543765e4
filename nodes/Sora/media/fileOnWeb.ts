/** Opens a file on the web. Redirects are followed by hand, so that the address of every hop is judged. */
import { endBody, isStream, streamFrom, type ByteStream } from '../gateway/body';
import { isConnectionLost } from '../gateway/connectionLost';
import type { Gateway } from '../gateway/credential';
import { invalidInput, messageOf, SoraFailure, type FailureFacts } from '../gateway/failures';
import { TIMEOUTS } from '../gateway/timeouts';
import { Ending, isGatewaysOwn, send, type Reply } from '../gateway/transport';
import { FILE_HEAD_BYTES } from './fileKind';
import { IMAGE_LIMITS } from './fileLimits';
import { hostsIn, isTrustedHost, mayFetch } from './privateAddresses';

const MOST_REDIRECTS = 5;

const PRIVATE: FailureFacts = {
	lasting: true,
	advice:
		'Nothing needs to be bought again. If the host is one of yours, name it under "Trusted File Hosts" in the Sora API credential, then run Video > Get with this task ID and Download Video turned on.',
};

/** Statuses with which a signed link refuses a key beside its signature, or a host a key that it does not know. */
const KEY_NOT_WANTED = new Set([400, 401, 403]);

export type Failed = (detail: string, more?: FailureFacts) => SoraFailure;

interface Answered {
	reply: Reply;
	url: URL;
	ending: Ending;
}

export interface OpenedFile extends Pick<Answered, 'url'>, Pick<Reply, 'status' | 'headers'> {
	/** Its first bytes; `chunks` has all of them. */
	head: Buffer;
	chunks: ByteStream;
}

/** The hops from a link to a file. */
export class Hops {
	private readonly base: URL;
	private readonly trusted: string[];
	/** The key goes along until a hop leads away from the gateway, and never again. */
	private withKey = true;

	constructor(
		private readonly gateway: Gateway,
		private readonly whole: Ending,
		private readonly failed: Failed,
	) {
		this.base = new URL(gateway.address);
		this.trusted = hostsIn(gateway.trustedFileHosts ?? '');
	}

	async open(link: string): Promise<OpenedFile> {
		let [address, from] = [link, undefined as string | undefined];
		for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
			if (!URL.canParse(address, from)) throw this.failed('its link leads to no web address');
			const { reply, url, ending } = await this.fetch(new URL(address, from), hops === 0);
			const { status, headers, body } = reply;
			const { location } = headers;
			if (status < 300 || status > 399 || typeof location !== 'string' || !location) {
				if (!isStream(body)) throw this.failed('n8n gave no stream of it');
				const opened = { url, status, headers, ...(await begun(body)) };
				ending.dropLimit();
				return opened;
			}
			drop({ reply, ending });
			[address, from] = [location, url.href];
		}
		throw this.failed('its link redirects too often');
	}

	/** One hop, and another try where the first answer may be owed to our way of asking. */
	private async fetch(url: URL, isFirst: boolean): Promise<Answered> {
		if (!mayFetch(url, this.base, this.trusted)) {
			throw this.failed('its link points into a private network, which is not followed', PRIVATE);
		}
		this.withKey &&= isGatewaysOwn(this.gateway, url);
		const first = await this.request(url, this.withKey);
		const { status } = first.reply;
		const isKeyUnwanted = this.withKey && KEY_NOT_WANTED.has(status);
		const other = isFirst && status === 404 ? this.otherPath(url) : undefined;
		if (!isKeyUnwanted && !other) return first;
		const second = await this.request(other ?? url, !isKeyUnwanted && this.withKey);
		const isBetter = second.reply.status < 400;
		drop(isBetter ? first : second);
		return isBetter ? second : first;
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
		const { gateway } = this;
		const isContent = gateway.wire.content && isGatewaysOwn(gateway, url);
		const timeoutMs = isContent ? TIMEOUTS.contentStart : TIMEOUTS.downloadStart;
		const ending = new Ending(timeoutMs, this.whole.signal);
		const ignoresCertificate =
			gateway.ignoresCertificates && isTrustedHost(url, this.base, this.trusted);
		// A video is packed already, and a length that was announced can be checked only as it comes.
		const headers = { Accept: '*/*', 'Accept-Encoding': 'identity' };
		const request = { withKey, headers, ignoresCertificate, timeoutMs, ending };
		const reply = await send(gateway, url, request);
		return { reply, url, ending };
	}
}

function drop({ reply, ending }: Pick<Answered, 'reply' | 'ending'>): void {
	ending.end();
	endBody(reply.body);
}

async function begun(body: ByteStream): Promise<Pick<OpenedFile, 'head' | 'chunks'>> {
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
 * An image that is named by its address, for gateways that take images as files.
 * @param parameter what the panel calls the parameter that names it
 * @throws {SoraFailure} invalid_input where it cannot be had
 */
export async function fetchedImage(
	{ gateway, signal }: { gateway: Gateway; signal?: AbortSignal },
	address: string,
	parameter: string,
): Promise<Blob> {
	const failed = (detail: string) =>
		invalidInput(
			`"${parameter}": the image at ${address.slice(0, 200)} could not be fetched: ${detail}`,
			'This gateway takes images as files, so n8n fetches them first. Check the address, or take the image from an input data field.',
		);
	const whole = new Ending(TIMEOUTS.upload, signal);
	const read = async () => {
		const { status, chunks } = await new Hops(gateway, whole, failed).open(address);
		if (status !== 200) throw failed(`its host answered with HTTP ${status}`);
		const parts: Buffer[] = [];
		let length = 0;
		for await (const part of chunks as AsyncIterable<Buffer>) {
			parts.push(part);
			length += part.length;
			if (length > IMAGE_LIMITS.bytes) throw failed('it is larger than 20 MB');
		}
		return new Blob(parts);
	};
	return await read()
		.catch((error: unknown) => {
			const isLost = isConnectionLost(error);
			if (error instanceof SoraFailure && !isLost) throw error;
			if (signal?.aborted) throw new SoraFailure('cancelled', { nothingBought: true });
			if (whole.isLate) throw failed('it took too long');
			throw failed((isLost && error.facts.detail) || messageOf(error));
		})
		.finally(() => whole.end());
}
