/** Bodies of answers, read as streams: within a time and a size, so that nothing that is sent can stop n8n. */
import type { IExecuteFunctions } from 'n8n-workflow';

/** n8n types a streamed body as `unknown`; this is what is used of it. */
export type ByteStream = Extract<
	Parameters<IExecuteFunctions['helpers']['prepareBinaryData']>[0],
	{ read: unknown }
>;

export const isStream = (body: unknown): body is ByteStream =>
	typeof body === 'object' && body !== null && 'destroy' in body && Symbol.asyncIterator in body;

/** A stream without a listener ends the process on an error: this one is for the time when nobody reads it. */
export function ignoreErrors(body: unknown): void {
	if (isStream(body)) body.on('error', () => undefined);
}

/** Ends a body that nobody reads. */
export function endBody(body: unknown): void {
	if (isStream(body)) body.destroy();
}

interface ReadableClass {
	from(source: AsyncIterable<Buffer>, options: { objectMode: false }): ByteStream;
}

/**
 * A stream of what a generator makes of another one. It begins when it is read, so that nothing can go wrong with it
 * before somebody listens. Node's class is taken from the stream: nodes may not import it.
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
	/** There was more, which was not read. */
	isCut: boolean;
	/** What the stream threw when the connection ended before the body did; `text` is what had come. */
	lost?: unknown;
}

/** The text of a body, its first `limit` bytes at most, unpacked where it came packed. */
export async function textOf(body: unknown, limit: number, contentType = ''): Promise<TextBody> {
	const parts: Buffer[] = [];
	let length = 0;
	let lost: unknown;
	// Anything may stand in the place of a stream where n8n itself answers, in its evaluations.
	const isReady = typeof body === 'string' || Buffer.isBuffer(body);
	const pieces = isStream(body) ? body : [isReady ? body : (JSON.stringify(body) ?? '')];
	try {
		for await (const piece of pieces as AsyncIterable<Buffer | string>) {
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

/** JSON is UTF-8, whatever a server calls it; what is none is read as the server says. Zeros are in UTF-16 alone. */
function decoded(bytes: Buffer, contentType: string): string {
	const isWide = bytes.includes(0);
	const [, charset] = /charset\s*=\s*"?([\w.:-]+)/i.exec(contentType) ?? [];
	const labels = isWide ? [charset ?? 'utf-16le'] : ['utf-8', charset];
	for (const label of labels) {
		try {
			return new TextDecoder(label, { fatal: true }).decode(bytes);
		} catch {
			// Another one may fit.
		}
	}
	return new TextDecoder().decode(bytes);
}
