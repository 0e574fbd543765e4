/**
 * Routes of other services, shaped as n8n's own nodes for them expect: a benchmark lets those nodes buy the same
 * tasks that the gateway's own route sells, on the same clock and in the same books.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { accountOf, refuse } from '../answers';
import type { Exchange } from '../answers';
import type { TaskRecord } from '../books';
import { videoUrl } from '../links';
import type { RecordedRequest } from '../recorder';
import { stageAt, words } from '../walk';
import type { World } from '../world';
import { ordered } from './generate';

/** What a peer orders, whatever it calls it: the shortest video of the standard model. */
const ORDER = { model: 'sora-2', aspect_ratio: '16:9', duration: '10' };

/** Gemini's node takes no video that is played under another name. */
const VEO = 'veo-3';

function bought(exchange: Exchange, prompt: unknown): TaskRecord | undefined {
	exchange.world.recorder.note(exchange.request.raw, { route: 'generate' });
	const account = accountOf(exchange);
	return account && ordered(exchange, account, { ...ORDER, prompt: String(prompt) });
}

function lookedAt(
	exchange: Exchange,
	taskId: string,
	route: RecordedRequest['route'] = 'task',
): TaskRecord | undefined {
	exchange.world.recorder.note(exchange.request.raw, { route, taskId });
	const account = accountOf(exchange);
	if (!account) return undefined;
	const task = exchange.world.books.task(taskId);
	if (task?.account !== account) {
		refuse(exchange, 404, 'not_found', 'no such task');
		return undefined;
	}
	if (route === 'task') task.polls += 1;
	return task;
}

const MINIMAX_WORDS = words('queued', 'queued', 'queued', 'running', 'succeeded', 'failed');

function miniMaxRoutes(server: FastifyInstance, world: World): void {
	server.post<{ Body: { content: Array<{ text: string }> } }>(
		'/v2/video_generation',
		async (request, reply) => {
			const task = bought({ world, request, reply }, request.body.content[0]?.text);
			return task ? { task_id: task.taskId } : reply;
		},
	);
	server.get<{ Params: { id: string } }>(
		'/v2/query/video_generation/:id',
		async (request, reply) => {
			const task = lookedAt({ world, request, reply }, request.params.id);
			if (!task) return reply;
			const stage = stageAt(task, world.clock.now());
			const content = stage === 'success' ? { url: videoUrl(world, task) } : undefined;
			return { task: { status: MINIMAX_WORDS[stage], content } };
		},
	);
}

/** Gemini's node sends its key in the query. */
function withKeyOfQuery(request: FastifyRequest): void {
	const { key } = request.query as { key?: string };
	if (key !== undefined) request.headers.authorization = `Bearer ${key}`;
}

function geminiRoutes(server: FastifyInstance, world: World): void {
	const operation = (task: TaskRecord) => ({
		name: `models/${VEO}/operations/${encodeURIComponent(task.taskId)}`,
		...(stageAt(task, world.clock.now()) === 'success' && {
			done: true,
			response: {
				generateVideoResponse: { generatedSamples: [{ video: { uri: videoUrl(world, task) } }] },
			},
		}),
	});
	// A colon starts a parameter in fastify's paths unless it is doubled.
	server.post<{ Body: { instances: Array<{ prompt: string }> } }>(
		`/v1beta/models/${VEO}::predictLongRunning`,
		async (request, reply: FastifyReply) => {
			withKeyOfQuery(request);
			const task = bought({ world, request, reply }, request.body.instances[0]?.prompt);
			return task ? operation(task) : reply;
		},
	);
	server.get<{ Params: { id: string } }>(
		`/v1beta/models/${VEO}/operations/:id`,
		async (request, reply) => {
			withKeyOfQuery(request);
			const task = lookedAt({ world, request, reply }, request.params.id);
			return task ? operation(task) : reply;
		},
	);
}

export function peerRoutes(server: FastifyInstance, world: World): void {
	miniMaxRoutes(server, world);
	geminiRoutes(server, world);
}
