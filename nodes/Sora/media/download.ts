import type { IBinaryData, IExecuteFunctions, IN8nHttpFullResponse } from 'n8n-workflow';

import type { Task } from '../gateway/contract';
import { excerpt, SoraFailure } from '../gateway/failures';
import { TIMEOUTS } from '../gateway/timeouts';
import { ConnectionLost, openFile, type GatewayContext } from '../gateway/transport';
import { BoxWalk } from './boxWalk';
import { mayFetch } from './privateAddresses';
import { megabytes } from './limits';

const MOST_REDIRECTS = 5;
/** What any playable video exceeds by far; a host's short apology does not. */
const SMALLEST_VIDEO_BYTES = 1_024;
/** How much of a video's head is looked at, and how much of an apology is quoted. */
const HEAD_BYTES = 512;

/** n8n types a streamed body as `unknown`; this is what is used of it. */
type FileStream = Extract<
	Parameters<IExecuteFunctions['helpers']['prepareBinaryData']>[0],
	{ read: unknown }
>;

const WEBM = 'video/webm';
const EXTENSIONS: Record<string, string> = {
	'video/mp4': 'mp4',
	[WEBM]: 'webm',
	'video/quicktime': 'mov',
};

/** Any context of n8n that can send and store. */
export interface DownloadContext extends GatewayContext {
	helpers: GatewayContext['helpers'] & Pick<IExecuteFunctions['helpers'], 'prepareBinaryData'>;
}

interface DownloadTools {
	context: DownloadContext;
	/** The gateway's base URL: files may lie on an inner address only where the gateway does. */
	gateway: string;
	signal?: AbortSignal;
}

/**
 * Streams a finished task's video from its host into n8n's binary store, without the key.
 * @throws {SoraFailure} download_failed, with the task
 */
export async function downloadVideo(tools: DownloadTools, task: Task): Promise<IBinaryData> {
	const failed = (detail: string, words?: string) =>
		new SoraFailure('download_failed', { detail, words, task, repeatable: 'free' });
	const ending = new AbortController();
	const end = () => ending.abort();
	tools.signal?.addEventListener('abort', end, { once: true });
	const limit = AbortSignal.timeout(TIMEOUTS.download);
	limit.addEventListener('abort', end, { once: true });
	try {
		const response = await open(tools, task.videoUrl ?? '', ending.signal, failed);
		const stream = response.body as FileStream;
		const head = await headOf(stream);
		const mimeType = judge(response, head, failed);
		const walk = new BoxWalk();
		const fileName = `${task.id.replace(/[^A-Za-z0-9._-]+/g, '_')}.${EXTENSIONS[mimeType]}`;
		const passing = mimeType === WEBM ? stream : seenBy(walk, stream);
		const data = await tools.context.helpers.prepareBinaryData(passing, fileName, mimeType);
		if (walk.missing) throw failed(`the file is cut: ${megabytes(walk.missing)} of it are missing`);
		return data;
	} catch (error) {
		throw downloadFailure(error, failed, tools.signal, limit);
	} finally {
		tools.signal?.removeEventListener('abort', end);
		end();
	}
}

function downloadFailure(
	error: unknown,
	failed: (detail: string) => SoraFailure,
	signal: AbortSignal | undefined,
	limit: AbortSignal,
): SoraFailure {
	if (error instanceof SoraFailure) return error;
	if (signal?.aborted) return new SoraFailure('cancelled', failed('').facts);
	if (limit.aborted) return failed('it took too long');
	if (error instanceof ConnectionLost) return failed(`the file's host: ${error.reason}`);
	return failed('the connection ended before the file was complete');
}

/** Follows redirects by hand, so that every hop's address is looked at. */
async function open(
	{ context, gateway }: DownloadTools,
	videoUrl: string,
	abortSignal: AbortSignal,
	failed: (detail: string, words?: string) => SoraFailure,
): Promise<IN8nHttpFullResponse> {
	let target = videoUrl;
	for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
		const url = URL.canParse(target) ? new URL(target) : undefined;
		if (!url) throw failed('its link is no web address');
		if (!mayFetch(url, new URL(gateway))) {
			throw failed('its link points into a private network, which is not followed');
		}
		const response = await openFile(context, url.href, {
			timeoutMs: TIMEOUTS.downloadStart,
			abortSignal,
		});
		const { location } = response.headers as { location?: string };
		const isRedirect = response.statusCode >= 300 && response.statusCode < 400 && location;
		if (!isRedirect) return response;
		(response.body as FileStream).destroy();
		if (!URL.canParse(location, url.href)) throw failed('its link redirects to no web address');
		target = new URL(location, url.href).href;
	}
	throw failed('its link redirects too often');
}

/** Lets the walk see each chunk on its way into n8n's store. */
const seenBy = (walk: BoxWalk, stream: FileStream): FileStream =>
	stream.map((chunk: Buffer) => {
		walk.see(chunk);
		return chunk;
	});

/** Looks at the first bytes and puts them back. */
async function headOf(stream: FileStream): Promise<Buffer> {
	const parts: Buffer[] = [];
	let length = 0;
	while (length < HEAD_BYTES) {
		const part = (stream.read() ?? undefined) as Buffer | undefined;
		if (part) {
			parts.push(part);
			length += part.length;
			continue;
		}
		if (stream.readableEnded || !(await isReadable(stream))) break;
	}
	const head = Buffer.concat(parts);
	if (head.length) stream.unshift(head);
	return head.subarray(0, HEAD_BYTES);
}

/** @returns false when the stream ended */
async function isReadable(stream: FileStream): Promise<boolean> {
	return await new Promise<boolean>((resolve, reject) => {
		const settle = (then: () => void) => () => {
			stream.off('readable', onReadable).off('end', onEnd).off('error', onError);
			then();
		};
		const onReadable = settle(() => resolve(stream.readableLength > 0));
		const onEnd = settle(() => resolve(false));
		const onError = settle(() => reject(new Error('the stream broke')));
		stream.on('readable', onReadable).on('end', onEnd).on('error', onError);
	});
}

/** @returns the video's MIME type @throws {SoraFailure} for what is no video */
function judge(
	response: IN8nHttpFullResponse,
	head: Buffer,
	failed: (detail: string, words?: string) => SoraFailure,
): string {
	const { statusCode } = response;
	const headers = response.headers as Record<string, string | undefined>;
	const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
	const isText = /^text\/|json|xml|html/.test(type) || /^\s*[<{]/.test(head.toString('latin1'));
	const apology = isText ? excerpt(head.toString('utf8')) : undefined;
	if (statusCode === 403 || statusCode === 404 || statusCode === 410) {
		throw failed(`the link has expired or is not valid (HTTP ${statusCode})`, apology);
	}
	if (statusCode !== 200) throw failed(`the file's host answered HTTP ${statusCode}`, apology);
	if (isText) throw failed('the link leads to a page, not to a video', apology);
	const announced = Number(headers['content-length'] ?? Number.NaN);
	if (head.length === 0 || announced < SMALLEST_VIDEO_BYTES)
		throw failed('the file is empty or cut');
	const isMp4 = head.toString('latin1', 4, 8) === 'ftyp';
	const isWebm = head.readUInt32BE(0) === 0x1a45dfa3;
	if (!isMp4 && !isWebm) throw failed('the file is no video');
	if (isWebm) return WEBM;
	return head.toString('latin1', 8, 10) === 'qt' ? 'video/quicktime' : 'video/mp4';
}
