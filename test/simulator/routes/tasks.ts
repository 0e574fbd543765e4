import type { FastifyInstance } from 'fastify';

import {
	answer,
	keyRoute,
	ownerOf,
	refuse,
	refuseInCodeShape,
	type PaidExchange,
} from '../answers';
import type { TaskRecord } from '../books';
import { dialectOf } from '../dialects';
import { shownUrl } from '../links';
import { sell, type Counter } from '../sell';
import { checkGenerate } from '../validate';
import { factsAt, taskAt } from '../walk';
import type { World } from '../world';
import { lookAtCharacter } from './characters';

/** Answers a poll, or applies its fault. */
export async function poll(
	exchange: PaidExchange,
	taskId: string,
	{ polled, missing }: { polled: (task: TaskRecord) => unknown; missing: () => unknown },
) {
	const { world, request, account } = exchange;
	world.recorder.note(request.raw, { taskId });
	const task = world.books.task(taskId, account);
	if (task) task.polls += 1;
	const effect = () => (task ? polled(task) : missing());
	return await answer(exchange, 'pollFault', effect, ownerOf(task));
}

export const tasksCounter = ({ clock, urls }: World): Counter => ({
	complaintIn(body) {
		const message = checkGenerate(body);
		return message === undefined ? undefined : { status: 400, code: 'invalid_request', message };
	},
	say(exchange, { status, code, message }) {
		const inShape = code === 'invalid_request' ? refuseInCodeShape : refuse;
		inShape(exchange, status, code, message);
	},
	modelOf: ({ books }, body) =>
		books.models().find(({ id, kind }) => id === body.model && kind === 'video'),
	unknownModel: {
		status: 503,
		code: 'model_not_found',
		message: '当前分组 default 下对于模型 {model} 无可用渠道',
	},
	secondsOf: ({ duration }) => (Number(duration) > 0 ? Number(duration) : 10),
	hookOf: ({ notify_hook: hook }) => hook,
	answer: (task) => {
		const accepted = dialectOf(task.scenario.dialect)?.accepted;
		const facts = factsAt(task, clock.now(), { gatewayUrl: urls.gateway });
		return accepted?.(facts) ?? { task_id: task.taskId };
	},
});

/** The Task API: the paid POST, and polls. */
export function taskRoutes(server: FastifyInstance, world: World): void {
	const path = '/v2/videos/generations';
	keyRoute(server, world, ['POST', path], (exchange) =>
		sell(exchange, exchange.request.body, tasksCounter(world)),
	);
	keyRoute<{ id: string }>(server, world, ['GET', `${path}/:id`], (exchange, { id }) =>
		poll(exchange, id, {
			polled: (task) => {
				const [now, url] = [world.clock.now(), shownUrl(world, task)];
				const dialect = dialectOf(task.scenario.dialect);
				if (!dialect) return taskAt(task, now, url);
				return dialect.polled(factsAt(task, now, { url, gatewayUrl: world.urls.gateway }));
			},
			missing: () =>
				lookAtCharacter(world, id) ??
				void refuseInCodeShape(exchange, 400, 'task_not_exist', 'task_not_exist'),
		}),
	);
}
