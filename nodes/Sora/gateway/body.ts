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
export async function textOf(body: unknown, limit: number): Promise<TextBody> {
	const whole = (text: string) => ({ text: text.replace(/^\uFEFF/, ''), isCut: false });
	if (typeof body === 'string') return whole(body);
	if (Buffer.isBuffer(body)) return whole(body.toString('utf8'));
	if (!isStream(body)) return whole(body === undefined ? '' : JSON.stringify(body));
	const parts: Buffer[] = [];
	let length = 0;
	let lost: unknown;
	try {
		for await (const part of body as AsyncIterable<Buffer | string>) {
			const bytes = typeof part === 'string' ? Buffer.from(part) : part;
			parts.push(bytes);
			length += bytes.length;
			if (length > limit) break;
		}
	} catch (error) {
		lost = error;
	}
	const text = new TextDecoder('utf-8').decode(Buffer.concat(parts).subarray(0, limit));
	return { text, isCut: length > limit, ...(lost !== undefined && { lost }) };
}
