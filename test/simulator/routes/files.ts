import type { FastifyInstance } from 'fastify';

import type { Exchange } from '../answers';
import type { TaskRecord } from '../books';
import { clip } from '../clips';
import { filledUp } from '../content';
import { deliver } from '../delivery';
import { xml } from '../downloads';
import { downloadFaultOf, signatureOf } from '../links';
import { stageAt } from '../walk';
import type { World } from '../world';

/** The task of the signed link; undefined if the link was refused. */
function signedTask(
	exchange: Exchange,
	name: string,
	{ expires = '', sig = '' }: { expires?: string; sig?: string },
): TaskRecord | undefined {
	const { world, request } = exchange;
	const taskId = name.replace(/\.mp4$/, '');
	const task = world.books.task(taskId);
	if (!task || sig !== signatureOf(taskId, expires)) {
		xml(exchange, 403, 'SignatureDoesNotMatch');
		return undefined;
	}
	world.recorder.note(request.raw, { taskId });
	const now = world.clock.now();
	const isOver = expires !== 'never' && now > Number(expires) * 1000;
	if (stageAt(task, now) === 'success' && !isOver) return task;
	if (isOver) xml(exchange, 403, 'AccessDenied', 'Request has expired');
	else xml(exchange, 404, 'NoSuchKey');
	return undefined;
}

/** Sends a task's video, or applies its fault. @param isFaulty faults may apply here */
export async function deliverVideo(exchange: Exchange, task: TaskRecord, isFaulty = true) {
	const fault = isFaulty ? downloadFaultOf(exchange.world, task) : undefined;
	fault?.strike();
	if (fault?.refused) return fault.refused(exchange);
	const content = filledUp(await clip(task.portrait, task.seconds), task.scenario.videoBytes);
	return await deliver(exchange, { content, ...fault?.sent?.(content) });
}

function videosAt(path: string, server: FastifyInstance, world: World, isFaulty = false): void {
	server.get<{ Params: { name: string }; Querystring: { expires?: string; sig?: string } }>(
		path,
		async (request, reply) => {
			const exchange = { world, request, reply };
			const task = signedTask(exchange, request.params.name, request.query);
			if (task) await deliverVideo(exchange, task, isFaulty);
			return reply;
		},
	);
}

/** The file host: videos and uploaded files. It never requires the key. */
export function fileRoutes(server: FastifyInstance, world: World): void {
	videosAt('/videos/:name', server, world, true);
	videosAt('/moved/videos/:name', server, world);

	server.get<{ Params: { id: string } }>('/uploads/:id/:name', async (request, reply) => {
		const file = world.books.file(request.params.id);
		if (!file) return xml({ reply }, 404, 'NoSuchKey');
		const { content, upload } = file;
		await deliver(
			{ world, request, reply },
			{ content: filledUp(content), type: upload.contentType },
		);
		return reply;
	});
}

/** The third host: serves the videos, too, so that a client that follows a redirect gets something. */
export function elsewhereRoutes(server: FastifyInstance, world: World): void {
	videosAt('/videos/:name', server, world);
	server.setNotFoundHandler(async () => ({ task_id: 'video_elsewhere', data: [] }));
}
