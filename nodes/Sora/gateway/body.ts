/** Reads response bodies as streams, limited in time and size, so that no response can stall n8n. */
import type { IExecuteFunctions } from 'n8n-workflow';

/** n8n types a streamed body as `unknown`; this is the part of it that is used. */
export type ByteStream = Extract<
	Parameters<IExecuteFunctions['helpers']['prepareBinaryData']>[0],
	{ read: unknown }
>;

const isIterable = (body: unknown): body is AsyncIterable<Buffer> =>
	typeof body === 'object' && body !== null && Symbol.asyncIterator in body;

export const isStream = (body: unknown): body is ByteStream =>
	isIterable(body) && 'destroy' in body;

/** An error on a stream without a listener ends the process; this listener covers the time before anybody reads it. */
export function ignoreErrors(body: unknown): void {
	if (isStream(body)) body.on('error', () => undefined);
}

export function endBody(body: unknown): void {
	if (isStream(body)) body.destroy();
}

interface ReadableClass {
	from(source: AsyncIterable<Buffer>, options: { objectMode: false }): ByteStream;
}

/**
 * Wraps a generator over another stream. It starts when it is read, so it cannot fail before there is a listener.
 * Node's class is taken from the given stream, since nodes may not import it.
 */
export function streamFrom(like: ByteStream, source: AsyncIterable<Buffer>): ByteStream {
	let prototype: object = like;
	while (prototype.constructor.name !== 'Readable') {
		prototype = Object.getPrototypeOf(prototype) as object;
	}
	return (prototype.constructor as unknown as ReadableClass).from(source, { objectMode: false });
}

interface TextBody {
	text: string;
	/** The body was longer than the limit. */
	isCut: boolean;
	/** What the stream threw if the connection broke; `text` is what had arrived by then. */
	lost?: unknown;
}

/** The text of a body, limited to its first `limit` bytes after decompression. */
export async function textOf(body: unknown, limit: number, contentType = ''): Promise<TextBody> {
	const parts: Buffer[] = [];
	let length = 0;
	let lost: unknown;
	// n8n's evaluations mock requests, so anything may stand in for a stream.
	const isReady = typeof body === 'string' || Buffer.isBuffer(body);
	const pieces = isIterable(body) ? body : [isReady ? body : (JSON.stringify(body) ?? '')];
	try {
		for await (const piece of pieces) {
			const part = typeof piece === 'string' ? Buffer.from(piece) : piece;
			parts.push(part);
			length += part.length;
			if (length > limit) break;
		}
	} catch (error) {
		lost = error;
	}
	const text = decoded(Buffer.concat(parts).subarray(0, limit), contentType);
	return { text, isCut: length > limit, ...(lost !== undefined && { lost }) };
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/** JSON is UTF-8, whatever the server declares; other bytes are read as declared. Only UTF-16 contains zeros. */
function decoded(bytes: Buffer, contentType: string): string {
	const isWide = bytes.includes(0);
	const [, charset] = /charset\s*=\s*"?([\w.:-]+)/i.exec(contentType) ?? [];
	const labels = isWide ? [charset ?? 'utf-16le'] : [undefined, charset];
	for (const label of labels) {
		try {
			const decoder = label ? new TextDecoder(label, { fatal: true }) : UTF_8;
			return decoder.decode(bytes);
		} catch {
			// Try the next one.
		}
	}
	return new TextDecoder().decode(bytes);
}
