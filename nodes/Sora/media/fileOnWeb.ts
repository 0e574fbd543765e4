/** Opens files on the web. Redirects are followed by hand, so that the address of every hop is checked. */
import { endBody, isStream, type ByteStream } from '../gateway/body';
import { isConnectionLost } from '../gateway/connectionLost';
import type { Gateway } from '../gateway/credential';
import { SoraFailure, type FailureFacts } from '../gateway/failures';
import { TIMEOUTS } from '../gateway/timeouts';
import { Ending, isGatewaysOwn, send, type Reply } from '../gateway/transport';
import { FILE_HEAD_BYTES } from './fileKind';
import { hostsIn, isTrustedHost, mayFetch } from './privateAddresses';

const MAX_REDIRECTS = 5;

const PRIVATE: FailureFacts = {
	lasting: true,
	advice:
		'Nothing needs to be bought again. If the host is yours, add it to "Trusted File Hosts" in the Sora API credential, then run Video > Get with this task ID and Download Video turned on.',
};

/** Statuses of a signed link that rejects a key besides its signature, or of a host that rejects an unknown key. */
const KEY_NOT_WANTED = new Set([400, 401, 403]);

export type Failed = (detail: string, more?: FailureFacts) => SoraFailure;

export interface OpenedFile extends Pick<Reply, 'status' | 'headers'> {
	url: URL;
	/** The first bytes; `chunks` contains them, too. */
	head: Buffer;
	chunks: AsyncIterable<Buffer>;
	/** What the chunks come from. */
	body: ByteStream;
}

interface WebAccess {
	/** Its key is sent to its own origin only; files may be on a private address if it is, or if it trusts the host. */
	gateway: Gateway;
	signal?: AbortSignal;
	timeoutMs: number;
	failed: Failed;
	/** Facts of the failure if the execution is stopped. */
	whenStopped: FailureFacts;
}

/**
 * Opens and reads files within one time limit.
 * @param read is given a function that opens a link, and the signal that aborts everything
 * @throws {SoraFailure} what `failed` makes of the reason, or that the execution was stopped
 */
export async function fromWeb<T>(
	access: WebAccess,
	read: (open: (link: string) => Promise<OpenedFile>, whole: Ending) => Promise<T>,
): Promise<T> {
	const { gateway, signal, timeoutMs, failed, whenStopped } = access;
	const whole = new Ending(timeoutMs, signal);
	return await read(opener(gateway, whole, failed), whole)
		.catch((error: unknown) => {
			const isLost = isConnectionLost(error);
			if (error instanceof SoraFailure && !isLost) throw error;
			if (signal?.aborted) throw new SoraFailure('cancelled', whenStopped);
			if (whole.isLate) throw failed('it took too long');
			if (!isLost) throw failed('the connection ended before the file was complete');
			const { detail, lasting } = error.facts;
			throw failed(`the file's host: ${detail}`, { lasting });
		})
		.finally(() => whole.end());
}

interface Answered {
	reply: Reply;
	url: URL;
	ending: Ending;
}

/** Follows a link, hop by hop, to its file. */
function opener(gateway: Gateway, whole: Ending, failed: Failed) {
	const base = new URL(gateway.address);
	const trusted = hostsIn(gateway.trustedFileHosts ?? '');
	/** The key is sent until a hop leaves the gateway's origin, and never after that. */
	let isWithKey = true;

	async function request(url: URL, withKey: boolean): Promise<Answered> {
		const isContent = gateway.wire.content && isGatewaysOwn(gateway, url);
		const timeoutMs = isContent ? TIMEOUTS.contentStart : TIMEOUTS.downloadStart;
		const ending = new Ending(timeoutMs, whole.signal);
		const ignoresCertificate = gateway.ignoresCertificates && isTrustedHost(url, base, trusted);
		// Videos barely compress, and an announced length can only be verified uncompressed.
		const headers = { Accept: '*/*', 'Accept-Encoding': 'identity' };
		const options = { withKey, headers, ignoresCertificate, timeoutMs, ending };
		const reply = await send(gateway, url, options);
		return { reply, url, ending };
	}

	/** One hop, repeated once if the first answer may be due to how the file was requested. */
	async function hop(url: URL, isFirst: boolean): Promise<Answered> {
		if (!mayFetch(url, base, trusted)) {
			throw failed('its link points to a private network, which the node does not open', PRIVATE);
		}
		isWithKey &&= isGatewaysOwn(gateway, url);
		const first = await request(url, isWithKey);
		const { status } = first.reply;
		const isKeyUnwanted = isWithKey && KEY_NOT_WANTED.has(status);
		const other = isFirst && status === 404 ? otherPath(base, url) : undefined;
		if (!isKeyUnwanted && !other) return first;
		const second = await request(other ?? url, !isKeyUnwanted && isWithKey);
		const isBetter = second.reply.status < 400;
		drop(isBetter ? first : second);
		return isBetter ? second : first;
	}

	return async (link: string): Promise<OpenedFile> => {
		let [address, from] = [link, undefined as string | undefined];
		for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
			if (!URL.canParse(address, from)) throw failed('its link is not a web address');
			const answered = await hop(new URL(address, from), hops === 0);
			const { url, ending } = answered;
			const { status, headers, body } = answered.reply;
			const { location } = headers;
			if (status < 300 || status > 399 || typeof location !== 'string' || !location) {
				if (!isStream(body)) throw failed('n8n did not return it as a stream');
				const opened = { url, status, headers, ...(await begun(body)) };
				ending.dropLimit();
				return opened;
			}
			drop(answered);
			[address, from] = [location, url.href];
		}
		throw failed('its link redirects too many times');
	};
}

/** The address with the base URL's path prefix added or removed: a gateway behind a proxy may not know its prefix. */
function otherPath(base: URL, url: URL): URL | undefined {
	const prefix = base.pathname.replace(/\/+$/, '');
	if (!prefix || url.origin !== base.origin) return undefined;
	const { pathname, search } = url;
	const isBelow = pathname.startsWith(`${prefix}/`);
	return new URL((isBelow ? pathname.slice(prefix.length) : prefix + pathname) + search, url);
}

function drop({ reply, ending }: Answered): void {
	ending.end();
	endBody(reply.body);
}

async function begun(body: ByteStream): Promise<Pick<OpenedFile, 'head' | 'chunks' | 'body'>> {
	const rest = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
	const first: Buffer[] = [];
	let length = 0;
	while (length < FILE_HEAD_BYTES) {
		const { done, value } = await rest.next();
		if (done) break;
		first.push(value);
		length += value.length;
	}
	async function* chunks(): AsyncGenerator<Buffer> {
		yield* first;
		yield* { [Symbol.asyncIterator]: () => rest };
	}
	const head = Buffer.concat(first, Math.min(length, FILE_HEAD_BYTES));
	return { head, chunks: chunks(), body };
}
