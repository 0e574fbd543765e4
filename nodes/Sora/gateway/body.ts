/** Bodies of answers, read as streams: within a time and a size, so that nothing that is sent can stop n8n. */
import type { IExecuteFunctions } from 'n8n-workflow';

/** n8n types a streamed body as `unknown`; this is what is used of it. */
export type ByteStream = Extract<
	Parameters<IExecuteFunctions['helpers']['prepareBinaryData']>[0],
	{ read: unknown }
>;

export const isStream = (body: unknown): body is ByteStream =>
	typeof body === 'object' && body !== null && 'destroy' in body && Symbol.asyncIterator in body;

/** Ends a body that nobody reads, and its socket. Ending it twice does no harm, and neither does an error of it. */
export function endBody(body: unknown): void {
	if (!isStream(body)) return;
	body.on('error', () => undefined);
	body.destroy();
}

export interface TextBody {
	text: string;
	/** There was more, which was not read. */
	isCut: boolean;
}

/**
 * The text of a body, its first `limit` bytes at most, unpacked where it came packed.
 * @throws what the stream throws when the connection ends before the body does
 */
export async function textOf(body: unknown, limit: number): Promise<TextBody> {
	const whole = (text: string) => ({ text: text.replace(/^\uFEFF/, ''), isCut: false });
	if (typeof body === 'string') return whole(body);
	if (Buffer.isBuffer(body)) return whole(body.toString('utf8'));
	if (!isStream(body)) return whole(body === undefined ? '' : JSON.stringify(body));
	const parts: Buffer[] = [];
	let length = 0;
	for await (const part of body as AsyncIterable<Buffer | string>) {
		const bytes = typeof part === 'string' ? Buffer.from(part) : part;
		parts.push(bytes);
		length += bytes.length;
		if (length > limit) break;
	}
	const text = new TextDecoder('utf-8').decode(Buffer.concat(parts).subarray(0, limit));
	return { text, isCut: length > limit };
}
