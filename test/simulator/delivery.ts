/* eslint-disable @n8n/community-nodes/no-restricted-imports -- a server for tests, never inside n8n */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { Exchange } from './answers';
import type { Delivery } from './downloads';

/** Sends a file, up to where it is to stop. */
export async function deliver(
	{ world, request, reply }: Exchange,
	{ content, type = 'video/mp4', status = 200, stopAfter, ending, ...more }: Delivery,
): Promise<void> {
	const { raw } = reply;
	const recorded = { close: 'reset', reset: 'reset', silence: 'open' } as const;
	world.recorder.note(request.raw, { status: ending ? recorded[ending] : status });
	reply.hijack();
	raw.writeHead(status, {
		'content-type': type,
		...(!more.noLength && { 'content-length': content.size }),
		...more.headers,
	});
	const chunks = Readable.from(content.chunks(stopAfter ?? content.size));
	// It fails if the client has disconnected.
	await pipeline(chunks, raw, { end: false }).catch(() => undefined);
	if (raw.destroyed || ending === 'silence') return;
	if (ending === undefined) raw.end();
	else if (ending === 'close') request.raw.socket.end();
	// Written bytes must reach the client before the reset discards what is in transit.
	else raw.write('', () => request.raw.socket.resetAndDestroy());
}
