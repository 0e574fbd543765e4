import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { Account, TaskRecord } from './books';
import { codeShape, errorShape, FAULTS, JSON_TYPE, type FaultAnswer } from './faults';
import type { Scenario } from './scenario';
import type { World } from './world';

/** A request being answered. */
export interface Exchange {
	world: World;
	request: FastifyRequest;
	reply: FastifyReply;
}
/** With a valid key. */
export interface PaidExchange extends Exchange {
	account: Account;
}

/** Sends an error in the first shape. */
export function refuse({ world, reply }: Exchange, status: number, code: string, message: string) {
	return reply.status(status).send(errorShape(message, code, world.requestId()));
}

/** Sends an error in the second shape. */
export const refuseInCodeShape = (
	{ reply }: Exchange,
	status: number,
	code: string,
	message: string,
) => reply.status(status).send(codeShape(code, message));

/** A route that requires a key. */
export function keyRoute<Parameters = object>(
	server: FastifyInstance,
	world: World,
	[method, url]: readonly ['GET' | 'POST', string],
	handle: (exchange: PaidExchange, parameters: Parameters) => unknown,
): void {
	server.route({
		method,
		url,
		handler: async (request, reply) => {
			const exchange = { world, request, reply };
			const header = request.headers.authorization ?? '';
			const [, key] = /^Bearer\s+(\S+)$/i.exec(header) ?? [];
			const accounts: Record<string, Account> = {
				[world.apiKey]: 'first',
				[world.otherApiKey]: 'other',
			};
			const account = accounts[key ?? ''];
			if (!account) return refuse(exchange, 401, '', header === '' ? '未提供令牌' : '无效的令牌');
			return await handle({ ...exchange, account }, request.params as Parameters);
		},
	});
}

/** Lets the client wait forever. */
export function hang({ reply }: Exchange): void {
	reply.hijack();
}

/** Cuts the connection: at once, with a reset if the system supports it, or in the middle of the answer. */
function cut({ world, request, reply }: Exchange, rightAnswer: string, midAnswer: boolean): void {
	world.recorder.note(request.raw, { status: 'reset' });
	reply.hijack();
	if (!midAnswer) {
		request.raw.socket.resetAndDestroy();
		return;
	}
	const body = Buffer.from(rightAnswer);
	reply.raw.writeHead(200, { 'content-type': JSON_TYPE, 'content-length': body.length });
	reply.raw.write(body.subarray(0, Math.floor(body.length / 2)), () => request.raw.socket.end());
}

async function trickle({ world: { clock, run }, reply }: Exchange): Promise<void> {
	reply.hijack();
	reply.raw.writeHead(200, { 'content-type': JSON_TYPE });
	while (!reply.raw.destroyed && !run.signal.aborted) {
		reply.raw.write(' ');
		await clock.until(clock.now() + 2_000, run.signal);
	}
}

function send(exchange: Exchange, answer: FaultAnswer, rightAnswer: string): void {
	const { reply } = exchange;
	if (answer.kind === 'cut') cut(exchange, rightAnswer, answer.midAnswer);
	else if (answer.kind === 'hang') hang(exchange);
	else if (answer.kind === 'trickle') void trickle(exchange);
	else {
		const { status, headers = {}, type, body } = answer;
		reply.status(status).headers(headers).type(type).send(body);
	}
}

type FaultField = `${'submit' | 'poll' | 'character' | 'file' | 'models' | 'quota'}Fault`;

/** Who a fault belongs to: one set by a prompt's directive is counted for its task alone. */
interface Owner {
	scenario: Scenario;
	directive?: ReadonlySet<string>;
	id: string;
}
export const ownerOf = (task: TaskRecord | undefined): Owner | undefined =>
	task && { ...task, id: task.taskId };

/**
 * Answers a request, or applies the scenario's fault.
 * @param effect does what the request asks for, and returns the correct answer; undefined if it has refused
 */
export async function answer(
	exchange: Exchange,
	field: FaultField,
	effect: () => unknown,
	owner?: Owner,
): Promise<FastifyReply> {
	const { world, request, reply } = exchange;
	const counter = owner?.directive?.has(field) ? `${field} ${owner.id}` : field;
	const name = world.counters.due(counter, (owner ?? world).scenario[field]);
	const fault = name && FAULTS[name];
	const right = fault?.takesEffect === false ? {} : await effect();
	if (right === undefined || reply.sent) return reply;
	const text = typeof right === 'string' ? right : JSON.stringify(right);
	if (!fault) return reply.type(JSON_TYPE).send(text);
	world.counters.strike(counter);
	const { model } = (request.body ?? {}) as { model?: unknown };
	const context = {
		requestId: world.requestId(),
		method: request.method,
		path: request.url,
		model: String(model),
		rightAnswer: text,
		elsewhereUrl: world.urls.elsewhere,
	};
	send(exchange, fault.answer(context), text);
	return reply;
}
