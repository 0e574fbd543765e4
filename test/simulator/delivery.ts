import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Content } from './content';
import type { Delivery } from './downloads';
import type { Exchange } from './answers';

interface Range {
	start: number;
	end: number;
}

/** The part that is asked for; `undefined` without a (readable) range, `null` beyond the end. */
function rangeOf(header: string | undefined, size: number): Range | undefined | null {
	const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
	if (!match || (match[1] === '' && match[2] === '')) return undefined;
	const start = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
	const end = match[1] === '' || match[2] === '' ? size : Math.min(size, Number(match[2]) + 1);
	return start < end ? { start, end } : null;
}

/** Resolves when the socket takes more, or is gone. */
async function drained({ raw }: FastifyReply): Promise<void> {
	await new Promise<void>((resolve) => {
		const done = () => {
			raw.off('drain', done);
			raw.off('close', done);
			resolve();
		};
		raw.once('drain', done);
		raw.once('close', done);
	});
}

async function write(reply: FastifyReply, content: Content, start: number, end: number) {
	for (const chunk of content.chunks(start, end)) {
		if (reply.raw.destroyed) return;
		if (!reply.raw.write(chunk)) await drained(reply);
	}
}

function finish(request: FastifyRequest, reply: FastifyReply, ending: Delivery['ending']) {
	if (reply.raw.destroyed || ending === 'silence') return;
	if (ending === undefined) reply.raw.end();
	else if (ending === 'close') request.raw.socket.end();
	// What was written must reach the client before the reset throws away what is under way.
	else reply.raw.write('', () => request.raw.socket.resetAndDestroy());
}

/** Sends a file, or the range of it that is asked for. */
export async function deliver(
	{ world, request, reply }: Exchange,
	{ content, type = 'video/mp4', stopAfter = Infinity, ending, noLength, ...more }: Delivery,
): Promise<void> {
	const range = rangeOf(request.headers.range, content.size);
	reply.hijack();
	if (range === null) {
		world.recorder.note(request.raw, { status: 416 });
		reply.raw.writeHead(416, { 'content-range': `bytes */${content.size}` }).end();
		return;
	}
	const { start, end } = range ?? { start: 0, end: content.size };
	const status = range ? 206 : (more.status ?? 200);
	const recorded = { close: 'reset', reset: 'reset', silence: 'open' } as const;
	world.recorder.note(request.raw, { status: ending ? recorded[ending] : status });
	reply.raw.writeHead(status, {
		'content-type': type,
		'accept-ranges': 'bytes',
		...(range && { 'content-range': `bytes ${start}-${end - 1}/${content.size}` }),
		...(!noLength && { 'content-length': end - start }),
		...more.headers,
	});
	if (request.method === 'HEAD') {
		reply.raw.end();
		return;
	}
	await write(reply, content, start, Math.min(end, start + stopAfter));
	finish(request, reply, ending);
}
