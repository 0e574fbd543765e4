import type { FastifyInstance } from 'fastify';

import { accountOf, refuse, refuseInCodeShape, strike } from '../answers';
import type { Exchange } from '../answers';
import { price } from '../books';
import type { Account, TaskRecord } from '../books';
import { announce } from '../callbacks';
import { FAULTS } from '../faults';
import { readMentions } from '../mentions';
import type { Model } from '../models';
import { merge, readDirective, ScenarioError } from '../scenario';
import type { Scenario } from '../scenario';
import { checkGenerate, isBody } from '../validate';
import type { Body } from '../validate';
import { acceptedAt, asJson, timeline } from '../walk';
import type { World } from '../world';

interface Wishes {
	scenario: Scenario;
	directive: Partial<Scenario>;
}

function secondsOf({ duration }: Body): number {
	const seconds = Number(duration ?? 10);
	return seconds > 0 ? seconds : 10;
}

/** How a route sells: what it objects to, in whose words, and which models it has. */
export interface Counter {
	/** Refuses the order where something is wrong with it. */
	refuses: (exchange: Exchange, body: unknown) => boolean;
	refuse: (exchange: Exchange, status: number, code: string, message: string) => void;
	modelOf: (world: World, body: Body) => Model | undefined;
	noSuchModel: (exchange: Exchange, model: string) => void;
	secondsOf: (body: Body) => number;
}

const TASKS: Counter = {
	refuses(exchange, body) {
		const complaint = checkGenerate(body);
		if (complaint === undefined) return false;
		refuseInCodeShape(exchange, 400, 'invalid_request', complaint);
		return true;
	},
	refuse,
	modelOf: ({ books }, body) =>
		books.models().find(({ id, kind }) => id === body.model && kind === 'video'),
	noSuchModel(exchange, model) {
		refuse(exchange, 503, 'model_not_found', `当前分组 default 下对于模型 ${model} 无可用渠道`);
	},
	secondsOf,
};

/** Buys the task when nothing is wrong with the request; undefined when it was refused. */
function purchase(
	exchange: Exchange,
	body: unknown,
	account: Account,
	{ scenario, directive }: Wishes,
	counter: Counter,
): TaskRecord | undefined {
	const { world } = exchange;
	const { books, clock } = world;
	if (counter.refuses(exchange, body) || !isBody(body)) return undefined;
	const prompt = String(body.prompt);
	const model = counter.modelOf(world, body);
	if (!model) {
		counter.noSuchModel(exchange, String(body.model));
		return undefined;
	}
	const mentions = readMentions(prompt, (username) => books.hasCharacter(username));
	if (mentions.denied.length > 0) {
		const text = `You do not have permission to use this cameo: @${mentions.denied.join(', @')}`;
		counter.refuse(exchange, 400, 'cameo_permission_denied', text);
		return undefined;
	}
	const seconds = counter.secondsOf(body);
	const remaining = books.remaining(account, scenario.quota);
	if (remaining < price(model, seconds)) {
		const text = `用户额度不足, 剩余额度: ${remaining}`;
		counter.refuse(exchange, 403, 'insufficient_user_quota', text);
		return undefined;
	}
	const now = clock.now();
	const running = books.allTasks().filter((task) => timeline(task).finished > now).length;
	if (scenario.maxRunning > 0 && running >= scenario.maxRunning) {
		if (scenario.maxRunningAnswer === '429') refuse(exchange, 429, '', '请求过于频繁');
		else
			refuse(exchange, 400, 'invalid_request', 'You have reached the maximum of concurrent tasks');
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
	const task = wishes && purchase(exchange, body, account, wishes, TASKS);
	if (task) exchange.world.recorder.note(exchange.request.raw, { taskId: task.taskId });
	return task;
}

/** Answers a paid request, or has its fault strike. */
export function sell(
	exchange: Exchange,
	account: Account,
	body: unknown,
	counter: Counter,
	sold: { hook: (body: Body) => unknown; answer: (task: TaskRecord) => unknown; status?: number },
	scenario: Partial<Scenario> = {},
) {
	const { world, request, reply } = exchange;
	const sent = isBody(body) ? body : {};
	const prompt = typeof sent.prompt === 'string' ? sent.prompt : '';
	const model = String(sent.model);

	const wanted = wishesOf(exchange, prompt);
	if (!wanted) return reply;
	const wishes = { ...wanted, scenario: { ...wanted.scenario, ...scenario } };

	// A repeated request for one task is known by its prompt: there is no other link between them.
	const counterOfFault =
		'submitFault' in wishes.directive ? `submitFault ${prompt}` : 'submitFault';
	const fault = world.counters.due(counterOfFault, wishes.scenario.submitFault);
	const struck = (answer?: unknown) => {
		if (fault === undefined) return;
		world.counters.strike(counterOfFault);
		strike(exchange, fault, answer, { model, scenario: wishes.scenario });
	};
	if (fault !== undefined && !FAULTS[fault].takesEffect) {
		struck();
		return reply;
	}

	const task = purchase(exchange, body, account, wishes, counter);
	if (!task) return reply;
	world.recorder.note(request.raw, { taskId: task.taskId });
	announce(world, task, sold.hook(sent));
	const answer = sold.answer(task);
	if (fault === undefined) {
		return reply
			.status(sold.status ?? 200)
			.type('application/json')
			.send(asJson(answer, task));
	}
	struck(answer);
	return reply;
}

/** The paid POST. */
export function generateRoute(server: FastifyInstance, world: World): void {
	server.post('/v2/videos/generations', async (request, reply) => {
		const exchange: Exchange = { world, request, reply };
		const account = accountOf(exchange);
		if (!account) return reply;
		return sell(exchange, account, request.body, TASKS, {
			hook: (body) => body.notify_hook,
			answer: (task) => answerFor(world, task),
		});
	});
}
