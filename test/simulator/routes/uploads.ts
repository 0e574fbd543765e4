import type { FastifyInstance, FastifyRequest } from 'fastify';

import { answer, keyRoute, refuseInCodeShape } from '../answers';
import type { World } from '../world';

interface Part {
	filename: string;
	contentType: string;
	content: Buffer;
}

/** The part named `file`; reads all parts, as the answer may only come after the whole request. */
async function filePart(request: FastifyRequest): Promise<Part | undefined> {
	let found: Part | undefined;
	for await (const part of request.parts()) {
		if (part.type !== 'file') continue;
		const { filename, mimetype: contentType, fieldname } = part;
		const content = await part.toBuffer();
		if (fieldname === 'file') found ??= { filename, contentType, content };
	}
	return found;
}

export function uploadRoutes(server: FastifyInstance, world: World): void {
	keyRoute(server, world, ['POST', '/v1/files'], async (exchange) => {
		const { request, account } = exchange;
		const fault = world.counters.due('fileFault', world.scenario.fileFault);
		const isCut = fault === 'resetBefore' || fault === 'hangBefore';
		const part = !isCut && request.isMultipart() ? await filePart(request) : undefined;
		if (part) {
			const { filename, contentType, content } = part;
			world.recorder.note(request.raw, { body: { filename, contentType, bytes: content.length } });
		}
		return await answer(exchange, 'fileFault', () => {
			if (!part?.content.length) {
				const wrong = part ? 'the file is empty' : 'multipart part "file" is missing';
				return void refuseInCodeShape(exchange, 400, 'invalid_request', wrong);
			}
			const { content, ...file } = part;
			const at = world.clock.now();
			const { id, url, filename, bytes } = world.books.store(
				{ ...file, at, account },
				content,
				world.urls.files,
			);
			const created_at = Math.floor(at / 1000);
			return { id, object: 'file', bytes, created_at, filename, url };
		});
	});
}
