import type { FastifyInstance } from 'fastify';

import { accountOf, refuse, refuseInCodeShape, strike } from '../answers';
import type { Exchange } from '../answers';
import type { Account, CreatedCharacter } from '../books';
import { FAULTS } from '../faults';
import { checkCharacter, isBody } from '../validate';
import type { Body } from '../validate';
import { stageAt, timeline } from '../walk';
import type { World } from '../world';

/** Whether the source task gives a character; when not, the request was refused. */
function sourceIsFit(exchange: Exchange, { from_task: taskId }: Body, account: Account): boolean {
	if (!taskId) return true;
	const { books, clock } = exchange.world;
	const task = books.task(String(taskId));
	if (task?.account !== account) {
		refuseInCodeShape(exchange, 400, 'task_not_exist', 'task_not_exist');
		return false;
	}
	const now = clock.now();
	const stage = stageAt(task, now);
	const expired = now > timeline(task).finished + task.scenario.taskLifeSeconds * 1000;
	if (stage === 'failure' || expired) {
		refuse(exchange, 500, 'get_origin_task_failed', 'get origin task failed');
		return false;
	}
	if (stage !== 'success') {
		refuseInCodeShape(exchange, 400, 'bad_response_status_code', '任务还在进行中');
		return false;
	}
	return true;
}

const isMadeLater = ({ scenario: { characterShape } }: World) =>
	characterShape === 'processing' || characterShape === 'task';

const taskIdOf = ({ id }: CreatedCharacter) => id.replace('ch_', 'task_');

function answerFor(world: World, character: CreatedCharacter): unknown {
	const { id, username, permalink, profilePictureUrl } = character;
	const bare = { id, username, permalink, profile_picture_url: profilePictureUrl };
	const shapes: Partial<Record<World['scenario']['characterShape'], unknown>> = {
		envelope: { code: 'success', message: '', data: bare },
		nested: { code: 0, character: { id, username } },
		userName: { success: true, data: { cameo_id: id, user_name: `@${username}` } },
		result: { code: 'success', message: '', data: { result: username } },
	};
	return shapes[world.scenario.characterShape] ?? bare;
}

/** What is told of a character that is made in the gateway's own time. */
function toldOf(world: World, character: CreatedCharacter): object {
	const isMade = world.clock.now() >= character.at + world.scenario.characterSeconds * 1000;
	const isTask = world.scenario.characterShape === 'task';
	if (isTask) {
		const { id, username } = character;
		return {
			task_id: taskIdOf(character),
			status: isMade ? 'SUCCESS' : 'IN_PROGRESS',
			data: isMade ? { character: { id, username } } : null,
		};
	}
	return isMade
		? { ...(answerFor(world, character) as object), status: 'completed' }
		: { id: character.id, status: 'processing' };
}

/** A look at a character, by its own ID or its task's; `undefined` where the gateway knows none by it. */
export function lookAtCharacter(world: World, id: string): object | undefined {
	const character = world.books.characters.find((one) => [one.id, taskIdOf(one)].includes(id));
	const { characterShape } = world.scenario;
	const isKnown =
		character && id === (characterShape === 'task' ? taskIdOf(character) : character.id);
	return isKnown && isMadeLater(world) ? toldOf(world, character) : undefined;
}

/** The creation of a character, and the look at it. */
export function charactersRoute(server: FastifyInstance, world: World): void {
	server.get<{ Params: { id: string } }>('/sora/v1/characters/:id', async (request, reply) => {
		const exchange: Exchange = { world, request, reply };
		if (!accountOf(exchange)) return reply;
		const told = lookAtCharacter(world, request.params.id);
		return told ?? refuse(exchange, 404, '', `Invalid URL (GET ${request.url})`);
	});

	server.post('/sora/v1/characters', async (request, reply) => {
		const exchange: Exchange = { world, request, reply };
		const account = accountOf(exchange);
		if (!account) return reply;
		const body = isBody(request.body) ? request.body : {};
		const source = world.books.task(String(body.from_task));

		const own = source?.directive.has('characterFault');
		const counter = own ? `characterFault ${source?.taskId}` : 'characterFault';
		const fault = world.counters.due(
			counter,
			(own && source ? source : world).scenario.characterFault,
		);
		if (fault !== undefined && !FAULTS[fault].takesEffect) {
			world.counters.strike(counter);
			strike(exchange, fault);
			return reply;
		}

		const { characterModel, characterSeconds } = world.scenario;
		if ('model' in body && characterModel === 'refused') {
			return refuse(exchange, 404, '', `Invalid URL (POST ${request.url})`);
		}
		if (!('model' in body) && characterModel === 'required') {
			return refuseInCodeShape(exchange, 400, 'invalid_request', 'model is required');
		}
		const complaint = checkCharacter(request.body);
		if (complaint !== undefined) {
			return refuseInCodeShape(exchange, 400, 'invalid_request', complaint);
		}
		if (!sourceIsFit(exchange, body, account)) return reply;
		if (!isMadeLater(world)) {
			await world.clock.until(world.clock.now() + characterSeconds * 1000, world.run.signal);
		}
		const character = world.books.create(body, world.clock.now(), account, world.urls.files);
		const answer = isMadeLater(world) ? toldOf(world, character) : answerFor(world, character);
		if (fault === undefined) return answer;
		world.counters.strike(counter);
		strike(exchange, fault, answer);
		return reply;
	});
}
