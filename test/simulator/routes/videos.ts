/** `/v1/videos`, which most gateways and self-hosted engines speak: whose words, says the scenario's `face`. */
import type { FastifyInstance, FastifyRequest } from 'fastify';

import { accountOf } from '../answers';
import type { Exchange } from '../answers';
import type { TaskRecord } from '../books';
import { toldUrl, videoUrl } from '../links';
import { addedModel } from '../models';
import type { Scenario } from '../scenario';
import { isBody } from '../validate';
import type { Body } from '../validate';
import { percentAt, stageAt, taskAt } from '../walk';
import { faceOf, OPENROUTER_MODELS } from '../wires/faces';
import type { Complaint, Encoding, Face } from '../wires/faces';
import type { World } from '../world';
import { deliverVideo } from './files';
import { sell } from './generate';
import type { Counter } from './generate';
import { lookAt } from './task';

const say = ({ reply }: Exchange, face: Face, complaint: Complaint) =>
	reply.status(complaint.status).send(face.error(complaint));

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

/** Names of the other format mean nothing here; every model that somebody sells under this one is taken. */
const UNKNOWN_MODEL = /^(nope|unknown)/;

const counterOf = (face: Face, encoding: Encoding): Counter => ({
	refuses(exchange, body) {
		const complaint = face.encodings.includes(encoding)
			? face.complaint(isBody(body) ? body : {}, encoding)
			: face.wrongEncoding;
		if (complaint) say(exchange, face, complaint);
		return complaint !== undefined;
	},
	refuse: (exchange, status, code, message) => say(exchange, face, { status, code, message }),
	modelOf({ books, scenario }, body) {
		const id = String(body.model ?? 'default');
		const listed = scenario.face === 'openrouter' ? OPENROUTER_MODELS.map((row) => row.id) : [];
		const known = books.models().find((model) => model.id === id && model.kind === 'video');
		const isSold = scenario.face === 'openrouter' ? listed.includes(id) : !UNKNOWN_MODEL.test(id);
		return known ?? (isSold ? addedModel(id) : undefined);
	},
	noSuchModel: (exchange, model) => say(exchange, face, face.unknownModel(model)),
	secondsOf: (body) => face.seconds(body),
});

const LINKS: Record<Scenario['publicLink'], (world: World, task: TaskRecord) => string> = {
	usual: (world, task) => toldUrl(world, task),
	none: () => '',
	dead: ({ urls }, task) => `${urls.files}/videos/gone-${encodeURIComponent(task.taskId)}.mp4`,
};

/** The video object at this moment. */
function videoAt(world: World, face: Face, task: TaskRecord, prefix: string): unknown {
	const now = world.clock.now();
	const stage = stageAt(task, now);
	const wire = taskAt(task, now, '');
	const isDone = stage === 'success';
	const own = `${world.urls.gateway}${prefix}/v1/videos/${encodeURIComponent(task.taskId)}`;
	const word =
		stage === 'failure' && task.scenario.outcome === 'cancelled' ? 'cancelled' : face.words[stage];
	return face.video(
		{
			id: task.taskId,
			model: task.model,
			stage,
			percent: percentAt(task, stage, now),
			created: wire.submit_time,
			finished: wire.finish_time,
			reason: wire.fail_reason,
			body: task.purchase.body,
			contentUrl: isDone && task.scenario.publicLink !== 'none' ? `${own}/content` : '',
			publicUrl: isDone ? LINKS[task.scenario.publicLink](world, task) : '',
			pollingUrl: own,
			costUsd: task.seconds * 0.4,
		},
		word,
	);
}

function missingContent({ reply }: Exchange, message: string, status: number) {
	return reply.status(status).send({ error: { message, type: 'invalid_request_error' } });
}

function routesAt(prefix: string, server: FastifyInstance, world: World): void {
	const face = () => faceOf(world.scenario.face);

	server.post(`${prefix}/v1/videos`, async (request, reply) => {
		const exchange: Exchange = { world, request, reply };
		const account = accountOf(exchange);
		const encoding = request.isMultipart() ? 'form' : 'json';
		const body = encoding === 'form' ? await readForm(request) : request.body;
		world.recorder.note(request.raw, { body });
		if (!account) return reply;
		const { hook, acceptedStatus, idStyle } = face();
		const sold = {
			hook: (sent: Body) => hook?.(sent),
			answer: (task: TaskRecord) => videoAt(world, face(), task, prefix),
			status: acceptedStatus,
		};
		const ids = idStyle && world.scenario.idStyle === 'video' ? { idStyle } : {};
		return sell(exchange, account, body, counterOf(face(), encoding), sold, ids);
	});

	server.get(`${prefix}/v1/videos/models`, async (request, reply) => {
		// An ID like any other, but for OpenRouter.
		if (world.scenario.face === 'openrouter') return { data: OPENROUTER_MODELS };
		return say({ world, request, reply }, face(), face().missing);
	});

	server.get<{ Params: { id: string } }>(`${prefix}/v1/videos/:id`, async (request, reply) => {
		const exchange: Exchange = { world, request, reply };
		return lookAt(exchange, request.params.id, {
			answer: (task) => videoAt(world, face(), task, prefix),
			missing: () => say(exchange, face(), face().missing),
		});
	});

	server.get<{ Params: { id: string } }>(
		`${prefix}/v1/videos/:id/content`,
		async (request, reply) => {
			const exchange: Exchange = { world, request, reply };
			const account = accountOf(exchange);
			if (!account) return reply;
			const task = world.books.task(request.params.id);
			if (task?.account !== account) return missingContent(exchange, 'Task not found', 404);
			world.recorder.note(request.raw, { taskId: task.taskId });
			if (stageAt(task, world.clock.now()) !== 'success') {
				return missingContent(exchange, 'Task is not completed yet', 400);
			}
			const { contentDelivery } = task.scenario;
			if (contentDelivery === 'redirect') return reply.redirect(videoUrl(world, task), 302);
			if (contentDelivery === 'json') return { url: videoUrl(world, task) };
			if (contentDelivery === 'missing') return missingContent(exchange, 'Video not found', 404);
			await deliverVideo(exchange, task);
			return reply;
		},
	);
}

/** What the key has left, as New API and OpenRouter say it. */
function quotaRoutes(server: FastifyInstance, world: World): void {
	server.get('/api/usage/token/', async (request, reply) => {
		const account = accountOf({ world, request, reply });
		if (!account) return reply;
		const total_used = world.books.used(account);
		const total_available = world.books.remaining(account, world.scenario.quota);
		return {
			code: true,
			message: 'ok',
			data: {
				object: 'token_usage',
				name: account,
				total_granted: world.scenario.quota,
				total_used,
				total_available,
				unlimited_quota: false,
			},
		};
	});
	server.get('/api/v1/key', async (request, reply) => {
		const account = accountOf({ world, request, reply });
		if (!account) return reply;
		return { data: { label: account, limit: 10, limit_remaining: 7.5, usage: 2.5 } };
	});
}

export function videosRoutes(server: FastifyInstance, world: World): void {
	routesAt('', server, world);
	routesAt('/api', server, world);
	quotaRoutes(server, world);
}
