import type { FastifyInstance, FastifyRequest } from 'fastify';

import { accountOf, refuseInCodeShape, strike } from '../answers';
import type { Exchange } from '../answers';
import { FAULTS } from '../faults';
import type { World } from '../world';

interface Part {
	filename: string;
	contentType: string;
	content: Buffer;
}

/** The part named `file`; every part is read, as the answer may only come after the whole request. */
async function filePart(request: FastifyRequest): Promise<Part | undefined> {
	let found: Part | undefined;
	for await (const part of request.parts()) {
		if (part.type !== 'file') continue;
		const content = await part.toBuffer();
		if (part.fieldname === 'file') {
			found ??= { filename: part.filename, contentType: part.mimetype, content };
		}
	}
	return found;
}

/** The upload of a file. */
export function uploadsRoute(server: FastifyInstance, world: World): void {
	server.post('/v1/files', async (request, reply) => {
		const exchange: Exchange = { world, request, reply };
		const account = accountOf(exchange);
		if (!account) return reply;
		const fault = world.counters.due('fileFault', world.scenario.fileFault);
		if (fault === 'resetBefore' || fault === 'hangBefore') {
			world.counters.strike('fileFault');
			strike(exchange, fault);
			return reply;
		}
		const part = request.isMultipart() ? await filePart(request) : undefined;
		if (part) {
			const { filename, contentType, content } = part;
			world.recorder.note(request.raw, { body: { filename, contentType, bytes: content.length } });
		}
		if (fault !== undefined && !FAULTS[fault].takesEffect) {
			world.counters.strike('fileFault');
			strike(exchange, fault);
			return reply;
		}
		if (!part) {
			return refuseInCodeShape(
				exchange,
				400,
				'invalid_request',
				'multipart part "file" is missing',
			);
		}
		if (part.content.length === 0) {
			return refuseInCodeShape(exchange, 400, 'invalid_request', 'the file is empty');
		}
		const { filename, contentType, content } = part;
		const at = world.clock.now();
		const upload = world.books.store(
			{ filename, contentType, at, account },
			content,
			world.urls.files,
		);
		const answer = {
			id: upload.id,
			object: 'file',
			bytes: upload.bytes,
			created_at: Math.floor(at / 1000),
			filename,
			url: upload.url,
		};
		if (fault === undefined) return answer;
		world.counters.strike('fileFault');
		strike(exchange, fault, answer);
		return reply;
	});
}
