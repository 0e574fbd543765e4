import type { FastifyInstance } from 'fastify';

import { accountOf, refuse, refuseInCodeShape, strike } from '../answers';
import type { Exchange } from '../answers';
import { price } from '../books';
import type { Account, TaskRecord } from '../books';
import { announce } from '../callbacks';
import { FAULTS } from '../faults';
import { readMentions } from '../mentions';
import { merge, readDirective, ScenarioError } from '../scenario';
import type { Scenario } from '../scenario';
import { checkGenerate, isBody } from '../validate';
import type { Body } from '../validate';
import { acceptedAt, asJson } from '../walk';
import type { World } from '../world';

interface Wishes {
	scenario: Scenario;
	directive: Partial<Scenario>;
}

function secondsOf({ duration }: Body): number {
	const seconds = Number(duration ?? 10);
	return seconds > 0 ? seconds : 10;
}

/** Buys the task when nothing is wrong with the request; undefined when it was refused. */
function purchase(
	exchange: Exchange,
	body: unknown,
	account: Account,
	{ scenario, directive }: Wishes,
): TaskRecord | undefined {
	const { books, clock } = exchange.world;
	const complaint = checkGenerate(body);
	if (complaint !== undefined || !isBody(body)) {
		refuseInCodeShape(exchange, 400, 'invalid_request', complaint ?? '');
		return undefined;
	}
	const prompt = String(body.prompt);
	const model = books.models().find(({ id, kind }) => id === body.model && kind === 'video');
	if (!model) {
		const text = `当前分组 default 下对于模型 ${String(body.model)} 无可用渠道`;
		refuse(exchange, 503, 'model_not_found', text);
		return undefined;
	}
	const mentions = readMentions(prompt, (username) => books.hasCharacter(username));
	if (mentions.denied.length > 0) {
		const text = `You do not have permission to use this cameo: @${mentions.denied.join(', @')}`;
		refuse(exchange, 400, 'cameo_permission_denied', text);
		return undefined;
	}
	const seconds = secondsOf(body);
	const remaining = books.remaining(account, scenario.quota);
	if (remaining < price(model, seconds)) {
		refuse(exchange, 403, 'insufficient_user_quota', `用户额度不足, 剩余额度: ${remaining}`);
		return undefined;
	}
	return books.buy(
		{ model: model.id, seconds, hd: body.hd === true, prompt, at: clock.now(), body, account },
		model,
		scenario,
		new Set(Object.keys(directive)),
		mentions,
	);
}

function answerFor(world: World, task: TaskRecord): unknown {
	const { taskId, scenario, model } = task;
	const told = { url: '', model, gatewayUrl: world.urls.gateway };
	const inDialect = acceptedAt(task, world.clock.now(), told);
	if (inDialect !== undefined) return inDialect;
	const shapes: Record<Scenario['submitShape'], unknown> = {
		task_id: { task_id: taskId },
		id: { id: taskId },
		'data.task_id': { code: 'success', message: '', data: { task_id: taskId } },
		'data.id': { code: 'success', message: '', data: { id: taskId } },
		'output.task_id': { output: { task_id: taskId, task_status: 'PENDING' }, request_id: '' },
	};
	return shapes[scenario.submitShape];
}

/** What the prompt asks the stand-in for; undefined when it was refused. */
function wishesOf(exchange: Exchange, prompt: string): Wishes | undefined {
	const directive = readDirective(prompt);
	if (directive instanceof ScenarioError) {
		refuse(exchange, 400, 'invalid_request', `simulator: ${directive.message}`);
		return undefined;
	}
	return { directive, scenario: merge(exchange.world.scenario, directive) };
}

/** A purchase on another route than the paid POST's own; undefined when it was refused. No fault strikes it. */
export function ordered(exchange: Exchange, account: Account, body: Body): TaskRecord | undefined {
	const wishes = wishesOf(exchange, String(body.prompt));
	const task = wishes && purchase(exchange, body, account, wishes);
	if (task) exchange.world.recorder.note(exchange.request.raw, { taskId: task.taskId });
	return task;
}

/** The paid POST. */
export function generateRoute(server: FastifyInstance, world: World): void {
	server.post('/v2/videos/generations', async (request, reply) => {
		const exchange: Exchange = { world, request, reply };
		const account = accountOf(exchange);
		if (!account) return reply;
		const body = request.body;
		const sent = isBody(body) ? body : {};
		const prompt = typeof sent.prompt === 'string' ? sent.prompt : '';
		const model = String(sent.model);

		const wishes = wishesOf(exchange, prompt);
		if (!wishes) return reply;

		// A repeated request for one task is known by its prompt: there is no other link between them.
		const counter = 'submitFault' in wishes.directive ? `submitFault ${prompt}` : 'submitFault';
		const fault = world.counters.due(counter, wishes.scenario.submitFault);
		if (fault !== undefined && !FAULTS[fault].takesEffect) {
			world.counters.strike(counter);
			strike(exchange, fault, undefined, { model, scenario: wishes.scenario });
			return reply;
		}

		const task = purchase(exchange, body, account, wishes);
		if (!task) return reply;
		world.recorder.note(request.raw, { taskId: task.taskId });
		announce(world, task, sent.notify_hook);
		const answer = answerFor(world, task);
		if (fault === undefined) return reply.type('application/json').send(asJson(answer, task));
		world.counters.strike(counter);
		strike(exchange, fault, answer, { model, scenario: wishes.scenario });
		return reply;
	});
}
