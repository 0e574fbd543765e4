import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Account } from './books';
import { codeShape, errorShape, FAULTS } from './faults';
import type { Fault, FaultAnswer, FaultContext } from './faults';
import type { Scenario } from './scenario';
import type { World } from './world';

/** An exchange in progress: what every route's helper needs. */
export interface Exchange {
	world: World;
	request: FastifyRequest;
	reply: FastifyReply;
}

/** Sends an error in the first shape. */
export function refuse({ world, reply }: Exchange, status: number, code: string, message: string) {
	const requestId = world.random.requestId(world.clock.now());
	return reply.status(status).send(errorShape(message, code, requestId));
}

/** Sends an error in the second shape. */
export function refuseInCodeShape(
	{ reply }: Exchange,
	status: number,
	code: string,
	message: string,
) {
	return reply.status(status).send(codeShape(code, message));
}

/** Whose request it is; undefined when it was refused, as it is without a working key. */
export function accountOf(exchange: Exchange): Account | undefined {
	const { world, request } = exchange;
	const header = request.headers.authorization ?? '';
	const [, key = ''] = /^Bearer\s+(\S+)$/i.exec(header) ?? [];
	if (key === world.apiKey) return 'first';
	if (key === world.otherApiKey) return 'other';
	if (header === '') refuse(exchange, 401, '', '未提供令牌');
	else if (key === '') refuse(exchange, 401, '', 'Invalid token');
	else refuse(exchange, 401, '', '无效的令牌');
	return undefined;
}

/** Cuts the connection, with a reset where the system can. */
export function cut({ world, request, reply }: Exchange): void {
	world.recorder.note(request.raw, { status: 'reset' });
	reply.hijack();
	request.raw.socket.resetAndDestroy();
}

function cutMidAnswer(exchange: Exchange, rightAnswer: string): void {
	const { world, request, reply } = exchange;
	world.recorder.note(request.raw, { status: 'reset' });
	reply.hijack();
	const body = Buffer.from(rightAnswer);
	reply.raw.writeHead(200, {
		'content-type': 'application/json; charset=utf-8',
		'content-length': body.length,
	});
	reply.raw.write(body.subarray(0, Math.floor(body.length / 2)), () => request.raw.socket.end());
}

/** Lets the client wait for ever. */
export function hang({ reply }: Exchange): void {
	reply.hijack();
}

const TRICKLE_SECONDS = 2;

async function trickle({ world, reply }: Exchange): Promise<void> {
	const { clock, run } = world;
	reply.hijack();
	reply.raw.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
	while (!reply.raw.destroyed && !run.signal.aborted) {
		reply.raw.write(' ');
		await clock.until(clock.now() + TRICKLE_SECONDS * 1000, run.signal);
	}
}

function play(exchange: Exchange, answer: FaultAnswer, rightAnswer: string): void {
	switch (answer.kind) {
		case 'cut':
			if (answer.midAnswer) cutMidAnswer(exchange, rightAnswer);
			else cut(exchange);
			return;
		case 'hang':
			hang(exchange);
			return;
		case 'trickle':
			void trickle(exchange);
			return;
		case 'http':
			exchange.reply
				.status(answer.status)
				.headers(answer.headers ?? {})
				.type(answer.type)
				.send(answer.body);
	}
}

/** Answers with the fault instead of `rightAnswer`. `scenario` is the run's unless a task has its own. */
export function strike(
	exchange: Exchange,
	fault: Fault,
	rightAnswer?: unknown,
	{ model = '', scenario = exchange.world.scenario }: { model?: string; scenario?: Scenario } = {},
): void {
	const { world, request } = exchange;
	const text = JSON.stringify(rightAnswer ?? {});
	const context: FaultContext = {
		requestId: world.random.requestId(world.clock.now()),
		method: request.method,
		path: request.url,
		model,
		rightAnswer: text,
		retryAfterSeconds: scenario.retryAfterSeconds,
		elsewhereUrl: world.urls.elsewhere,
	};
	play(exchange, FAULTS[fault].answer(context), text);
}
