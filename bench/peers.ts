/**
 * Routes of other services, shaped as n8n's own nodes for them expect: a benchmark lets those nodes buy the same
 * tasks that the gateway's own route sells, on the same clock and in the same books.
 */
import type { FastifyInstance } from 'fastify';

import { keyRoute, refuse, type PaidExchange } from '../test/simulator/answers';
import type { TaskRecord } from '../test/simulator/books';
import { videoUrl } from '../test/simulator/links';
import { sell } from '../test/simulator/sell';
import { stageAt } from '../test/simulator/walk';
import type { World } from '../test/simulator/world';
import { tasksCounter } from '../test/simulator/routes/tasks';

/** What a peer orders, whatever it calls it: the shortest video of the standard model. */
const ORDER = { model: 'sora-2', aspect_ratio: '16:9', duration: '10' };

/** Gemini's node takes no video that is played under another name. */
const VEO = 'veo-3';

interface Peer {
	/** Of the paid POST, and of the poll with the task's `:id`. */
	post: string;
	get: string;
	promptIn: (body: never) => string | undefined;
	accepted: (task: TaskRecord) => unknown;
	polled: (task: TaskRecord, isDone: boolean) => unknown;
}

const peersOf = (world: World): Peer[] => {
	const operation = (task: TaskRecord, isDone = false) => ({
		name: `models/${VEO}/operations/${encodeURIComponent(task.taskId)}`,
		...(isDone && {
			done: true,
			response: {
				generateVideoResponse: { generatedSamples: [{ video: { uri: videoUrl(world, task) } }] },
			},
		}),
	});
	return [
		{
			post: '/v2/video_generation',
			get: '/v2/query/video_generation/:id',
			promptIn: ({ content }: { content: Array<{ text: string }> }) => content[0]?.text,
			accepted: ({ taskId }) => ({ task_id: taskId }),
			polled: (task, isDone) => ({
				task: {
					status: isDone ? 'succeeded' : 'running',
					...(isDone && { content: { url: videoUrl(world, task) } }),
				},
			}),
		},
		{
			// A colon starts a parameter in fastify's paths unless it is doubled.
			post: `/v1beta/models/${VEO}::predictLongRunning`,
			get: `/v1beta/models/${VEO}/operations/:id`,
			promptIn: ({ instances }: { instances: Array<{ prompt: string }> }) => instances[0]?.prompt,
			accepted: (task) => operation(task),
			polled: operation,
		},
	];
};

function look(exchange: PaidExchange, taskId: string): TaskRecord | undefined {
	const { world, request, account } = exchange;
	world.recorder.note(request.raw, { route: 'task', taskId });
	const task = world.books.task(taskId, account);
	if (task) task.polls += 1;
	else refuse(exchange, 404, 'not_found', 'no such task');
	return task;
}

export function peerRoutes(server: FastifyInstance, world: World): void {
	// Gemini's node sends its key in the query.
	server.addHook('onRequest', async (request) => {
		const { key } = request.query as { key?: string };
		if (key !== undefined) request.headers.authorization = `Bearer ${key}`;
	});
	for (const { post, get, promptIn, accepted, polled } of peersOf(world)) {
		keyRoute(server, world, ['POST', post], (exchange) => {
			world.recorder.note(exchange.request.raw, { route: 'generate' });
			const prompt = String(promptIn(exchange.request.body as never));
			return sell(
				exchange,
				{ ...ORDER, prompt },
				{ ...tasksCounter(world), answer: accepted },
				false,
			);
		});
		keyRoute<{ id: string }>(server, world, ['GET', get], (exchange, { id }) => {
			const task = look(exchange, id);
			return task ? polled(task, stageAt(task, world.clock.now()) === 'success') : exchange.reply;
		});
	}
}
