import { answer, refuse, type Exchange, type PaidExchange } from './answers';
import { UNITS_PER_SECOND, type TaskRecord } from './books';
import { announce } from './callbacks';
import { readMentions } from './mentions';
import type { Model } from './models';
import { merge, readDirective, ScenarioError, type Scenario } from './scenario';
import { isBody, type Body } from './validate';
import { asJson, timeline } from './walk';
import type { World } from './world';

/** How a route sells: what it objects to, in whose words, and what it answers. */
export interface Counter {
	/** Refuses the order where something is wrong with it. */
	refuses: (exchange: Exchange, body: unknown) => boolean;
	refuse: (exchange: Exchange, status: number, code: string, message: string) => void;
	modelOf: (world: World, body: Body) => Model | undefined;
	noSuchModel: (exchange: Exchange, model: string) => void;
	secondsOf: (body: Body) => number;
	hookOf: (body: Body) => unknown;
	/** Of an accepted order. */
	status?: number;
	answer: (task: TaskRecord) => unknown;
	/** In the place of the run's. */
	scenario?: Partial<Scenario>;
}

/** Buys the task when nothing is wrong with the request; undefined when it was refused. */
function purchase(
	exchange: PaidExchange,
	body: unknown,
	counter: Counter,
	{ scenario, directive }: Pick<TaskRecord, 'scenario' | 'directive'>,
): TaskRecord | undefined {
	const { world, account } = exchange;
	const { books, clock } = world;
	if (counter.refuses(exchange, body) || !isBody(body)) return undefined;
	const prompt = String(body.prompt);
	const model = counter.modelOf(world, body);
	const no = (status: number, code: string, message: string) => {
		counter.refuse(exchange, status, code, message);
		return undefined;
	};
	if (!model) {
		counter.noSuchModel(exchange, String(body.model));
		return undefined;
	}
	const mentions = readMentions(prompt, (username) => books.hasCharacter(username));
	if (mentions.denied.length > 0) {
		const text = `You do not have permission to use this cameo: @${mentions.denied.join(', @')}`;
		return no(400, 'cameo_permission_denied', text);
	}
	const seconds = counter.secondsOf(body);
	const remaining = scenario.quota - books.spent[account];
	if (remaining < UNITS_PER_SECOND * seconds) {
		return no(403, 'insufficient_user_quota', `用户额度不足, 剩余额度: ${remaining}`);
	}
	const at = clock.now();
	const running = books.allTasks().filter((task) => timeline(task).finished > at).length;
	if (scenario.maxRunning > 0 && running >= scenario.maxRunning) {
		const words = 'You have reached the maximum of concurrent tasks';
		if (scenario.maxRunningAnswer === '429') refuse(exchange, 429, '', '请求过于频繁');
		else refuse(exchange, 400, 'invalid_request', words);
		return undefined;
	}
	const order = { model: model.id, seconds, hd: body.hd === true, prompt, at, body, account };
	const task = books.buy(order, model, { scenario, directive, mentions });
	world.recorder.note(exchange.request.raw, { taskId: task.taskId });
	return task;
}

/** Answers a paid request, or has its fault strike. @param isFaulty faults may strike here */
export async function sell(
	exchange: PaidExchange,
	body: unknown,
	counter: Counter,
	isFaulty = true,
) {
	const { world, reply } = exchange;
	const sent = isBody(body) ? body : {};
	const prompt = typeof sent.prompt === 'string' ? sent.prompt : '';
	const wishes = readDirective(prompt);
	if (wishes instanceof ScenarioError) {
		return refuse(exchange, 400, 'invalid_request', `simulator: ${wishes.message}`);
	}
	const scenario = { ...merge(world.scenario, wishes), ...counter.scenario };
	const directive = new Set(Object.keys(wishes));
	const effect = () => {
		const task = purchase(exchange, body, counter, { scenario, directive });
		if (!task) return undefined;
		announce(world, task, counter.hookOf(sent));
		reply.status(counter.status ?? 200);
		return asJson(counter.answer(task), task);
	};
	// A repeated request for one task is known by its prompt: there is no other link between them.
	const owner = { id: prompt, directive, scenario };
	if (!isFaulty) scenario.submitFault = undefined;
	return await answer(exchange, 'submitFault', effect, owner);
}
