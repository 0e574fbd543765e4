/** `/v1/videos`, which most gateways and self-hosted engines speak, in the dialect of the scenario's `face`. */
import type { FastifyInstance, FastifyRequest } from 'fastify';

import { keyRoute, type Exchange } from '../answers';
import type { TaskRecord } from '../books';
import { faceOf, OPENROUTER_MODELS, type Complaint, type Encoding, type Face } from '../faces';
import { shownUrl, videoUrl } from '../links';
import { videoModel } from '../models';
import type { Scenario } from '../scenario';
import { sell, type Counter } from '../sell';
import { isBody, type Body } from '../validate';
import { factsAt, isCancelled, stageAt } from '../walk';
import type { World } from '../world';
import { deliverVideo } from './files';
import { poll } from './tasks';

const say = ({ reply }: Exchange, face: Face, complaint: Complaint) =>
	reply.status(complaint.status).send(face.errorOf(complaint));

async function readForm(request: FastifyRequest): Promise<Body> {
	const body: Body = {};
	for await (const part of request.parts()) {
		if (part.type !== 'file') {
			body[part.fieldname] = part.value;
			continue;
		}
		const { length } = await part.toBuffer();
		body[part.fieldname] = { filename: part.filename, contentType: part.mimetype, bytes: length };
	}
	return body;
}

/** Model names of the Task API mean nothing here; every model that somebody sells under this one is accepted. */
const UNKNOWN_MODEL = /^(nope|unknown)/;

function modelOf({ books, scenario }: World, body: Body) {
	const id = String(body.model ?? 'default');
	const isSold =
		scenario.face === 'openrouter'
			? OPENROUTER_MODELS.some((row) => row.id === id)
			: !UNKNOWN_MODEL.test(id);
	const listed = books.models().find((model) => model.id === id && model.kind === 'video');
	return listed ?? (isSold ? videoModel(id) : undefined);
}

const counterOf = (face: Face, encoding: Encoding): Omit<Counter, 'answer'> => ({
	...face,
	status: face.acceptedStatus ?? 200,
	complaintIn: (body) => face.complaint(isBody(body) ? body : {}, encoding),
	say: (exchange, complaint) => void say(exchange, face, complaint),
	modelOf,
});

const LINKS: Record<Scenario['publicLink'], (world: World, task: TaskRecord) => string> = {
	usual: (world, task) => shownUrl(world, task),
	none: () => '',
	dead: ({ urls }, task) => `${urls.files}/videos/gone-${encodeURIComponent(task.taskId)}.mp4`,
};

/** The video object at this moment. */
function videoAt(world: World, face: Face, task: TaskRecord, prefix: string): unknown {
	const { stage, percent, submitted, finished, reason } = factsAt(task, world.clock.now());
	const { publicLink } = task.scenario;
	const isDone = stage === 'success';
	const own = `${world.urls.gateway}${prefix}/v1/videos/${encodeURIComponent(task.taskId)}`;
	return face.videoOf({
		...task.purchase.body,
		id: task.taskId,
		model: task.model,
		word: isCancelled(task, stage) ? 'cancelled' : face.wordOf(stage),
		percent,
		created: submitted,
		finished: finished || undefined,
		reason: reason || undefined,
		code: reason ? 'video_generation_failed' : undefined,
		contentUrl: isDone && publicLink !== 'none' ? `${own}/content` : undefined,
		publicUrl: (isDone && LINKS[publicLink](world, task)) || undefined,
		pollingUrl: own,
		costUsd: isDone ? task.seconds * 0.4 : undefined,
	});
}

function routesAt(prefix: string, server: FastifyInstance, world: World): void {
	const path = `${prefix}/v1/videos`;
	const face = () => faceOf(world.scenario.face);

	keyRoute(server, world, ['POST', path], async (exchange) => {
		const { request } = exchange;
		const encoding = request.isMultipart() ? 'form' : 'json';
		const body = encoding === 'form' ? await readForm(request) : request.body;
		world.recorder.note(request.raw, { body });
		const { idStyle } = face();
		return await sell(exchange, body, {
			...counterOf(face(), encoding),
			answer: (task) => videoAt(world, face(), task, prefix),
			...(idStyle && world.scenario.idStyle === 'video' && { scenario: { idStyle } }),
		});
	});

	server.get(`${path}/models`, async (request, reply) => {
		// An ID like any other, except for OpenRouter.
		if (world.scenario.face === 'openrouter') return { data: OPENROUTER_MODELS };
		return say({ world, request, reply }, face(), face().missing);
	});

	keyRoute<{ id: string }>(server, world, ['GET', `${path}/:id`], (exchange, { id }) =>
		poll(exchange, id, {
			polled: (task) => videoAt(world, face(), task, prefix),
			missing: () => void say(exchange, face(), face().missing),
		}),
	);

	keyRoute<{ id: string }>(server, world, ['GET', `${path}/:id/content`], (exchange, { id }) => {
		const { reply, account } = exchange;
		const missing = (status: number, message: string) =>
			reply.status(status).send({ error: { message, type: 'invalid_request_error' } });
		const task = world.books.task(id, account);
		if (!task) return missing(404, 'Task not found');
		world.recorder.note(exchange.request.raw, { taskId: id });
		if (stageAt(task, world.clock.now()) !== 'success') {
			return missing(400, 'Task is not completed yet');
		}
		const deliveries: Record<Scenario['contentDelivery'], () => unknown> = {
			stream: async () => await deliverVideo(exchange, task),
			redirect: () => reply.redirect(videoUrl(world, task), 302),
			json: () => ({ url: videoUrl(world, task) }),
			missing: () => missing(404, 'Video not found'),
		};
		return deliveries[task.scenario.contentDelivery]();
	});
}

export function videoRoutes(server: FastifyInstance, world: World): void {
	routesAt('', server, world);
	routesAt('/api', server, world);
}
