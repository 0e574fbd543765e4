import type { FastifyInstance } from 'fastify';

import { accountOf, refuse, refuseInCodeShape, strike } from '../answers';
import type { Exchange } from '../answers';
import type { TaskRecord } from '../books';
import { toldUrl } from '../links';
import { answerAt, asJson } from '../walk';
import type { World } from '../world';
import { lookAtCharacter } from './characters';

const toldOf = (world: World, { model }: TaskRecord, url: string) => ({
	url,
	model,
	gatewayUrl: world.urls.gateway,
});

/** Answers a poll, or has its fault strike. */
export function lookAt(
	exchange: Exchange,
	taskId: string,
	{ answer, missing }: { answer: (task: TaskRecord) => unknown; missing: () => unknown },
) {
	const { world, request, reply } = exchange;
	const account = accountOf(exchange);
	if (!account) return reply;
	world.recorder.note(request.raw, { taskId });
	const now = world.clock.now();
	const known = world.books.task(taskId);
	const task = known?.account === account ? known : undefined;

	const own = task?.directive.has('pollFault');
	const counter = own ? `pollFault ${taskId}` : 'pollFault';
	const fault = world.counters.due(counter, (task ?? world).scenario.pollFault);
	const sinceLastLook = task ? now - task.lastLookAt : Infinity;
	if (task) {
		task.polls += 1;
		task.lastLookAt = now;
	}
	if (fault !== undefined) {
		world.counters.strike(counter);
		strike(exchange, fault, task && answer(task), task);
		return reply;
	}
	if (!task) return missing();
	if (sinceLastLook < task.scenario.pollFloorSeconds * 1000) {
		return refuse(exchange, 429, '', '您已达到请求数限制，请降低查询频率');
	}
	return reply.type('application/json').send(asJson(answer(task), task));
}

/** The look at a task. */
export function taskRoute(server: FastifyInstance, world: World): void {
	server.get<{ Params: { taskId: string } }>(
		'/v2/videos/generations/:taskId',
		async (request, reply) => {
			const exchange: Exchange = { world, request, reply };
			return lookAt(exchange, request.params.taskId, {
				answer: (task) =>
					answerAt(task, world.clock.now(), toldOf(world, task, toldUrl(world, task))),
				missing: () =>
					lookAtCharacter(world, request.params.taskId) ??
					refuseInCodeShape(exchange, 400, 'task_not_exist', 'task_not_exist'),
			});
		},
	);
}
