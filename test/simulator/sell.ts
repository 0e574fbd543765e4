import { answer, refuse, type Exchange, type PaidExchange } from './answers';
import { UNITS_PER_SECOND, type TaskRecord } from './books';
import { announce } from './callbacks';
import type { Complaint } from './faces';
import { readMentions } from './mentions';
import type { Model } from './models';
import { merge, readDirective, ScenarioError, type Scenario } from './scenario';
import { isBody, type Body } from './validate';
import { timeline } from './walk';
import type { World } from './world';

/** How a route sells: its checks, its words, and its answer. */
export interface Counter {
	complaintIn: (body: unknown) => Complaint | undefined;
	say: (exchange: Exchange, complaint: Complaint) => void;
	modelOf: (world: World, body: Body) => Model | undefined;
	/** `{model}` stands for its name. */
	unknownModel: Complaint;
	secondsOf: (body: Body) => number;
	hookOf: (body: Body) => unknown;
	/** Of an accepted order. */
	status?: number;
	answer: (task: TaskRecord) => unknown;
	/** Overrides that of the run. */
	scenario?: Partial<Scenario>;
}

/** Buys the task if the request is valid; undefined when it was refused. */
function purchase(
	exchange: PaidExchange,
	body: unknown,
	counter: Counter,
	{ scenario, directive }: Pick<TaskRecord, 'scenario' | 'directive'>,
): TaskRecord | undefined {
	const { world, account } = exchange;
	const { books, clock } = world;
	const no = (complaint: Complaint) => void counter.say(exchange, complaint);
	const complaint = counter.complaintIn(body);
	if (complaint) return no(complaint);
	const order = body as Body;
	const prompt = String(order.prompt);
	const model = counter.modelOf(world, order);
	if (!model) {
		const { unknownModel } = counter;
		const message = unknownModel.message.replace('{model}', String(order.model));
		return no({ ...unknownModel, message });
	}
	const mentions = readMentions(prompt, (username) => books.hasCharacter(username));
	if (mentions.denied.length > 0) {
		const message = `You do not have permission to use this cameo: @${mentions.denied.join(', @')}`;
		return no({ status: 400, code: 'cameo_permission_denied', message });
	}
	const seconds = counter.secondsOf(order);
	const remaining = scenario.quota - books.spent[account];
	if (remaining < UNITS_PER_SECOND * seconds) {
		const message = `用户额度不足, 剩余额度: ${remaining}`;
		return no({ status: 403, code: 'insufficient_user_quota', message });
	}
	const at = clock.now();
	const running = books.allTasks().filter((task) => timeline(task).finished > at).length;
	if (scenario.maxRunning > 0 && running >= scenario.maxRunning) {
		const words = 'You have reached the maximum of concurrent tasks';
		if (scenario.maxRunningAnswer === '429') refuse(exchange, 429, '', '请求过于频繁');
		else refuse(exchange, 400, 'invalid_request', words);
		return undefined;
	}
	const bought = { model: model.id, seconds, hd: order.hd === true, prompt, at, body: order };
	const task = books.buy({ ...bought, account }, model, { scenario, directive, mentions });
	world.recorder.note(exchange.request.raw, { taskId: task.taskId });
	return task;
}

/** Answers a paid request, or applies its fault. @param isFaulty faults may apply here */
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
		return counter.answer(task);
	};
	// A repeated request for one task is recognised by its prompt: nothing else links them.
	const owner = { id: prompt, directive, scenario };
	if (!isFaulty) scenario.submitFault = undefined;
	return await answer(exchange, 'submitFault', effect, owner);
}
