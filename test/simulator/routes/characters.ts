import type { FastifyInstance } from 'fastify';

import {
	answer,
	keyRoute,
	ownerOf,
	refuse,
	refuseInCodeShape,
	type PaidExchange,
} from '../answers';
import type { CreatedCharacter } from '../books';
import { checkCharacter, isBody, type Body } from '../validate';
import { stageAt } from '../walk';
import type { World } from '../world';

const taskIdOf = ({ id }: CreatedCharacter) => id.replace('ch_', 'task_');

/** The shapes that answer at once, and reveal the character's name in a later poll. */
const isLate = ({ scenario: { characterShape } }: World) =>
	characterShape === 'processing' || characterShape === 'task';

function answerFor(world: World, character: CreatedCharacter): unknown {
	const { id, username, permalink, profilePictureUrl } = character;
	const { characterShape, characterSeconds } = world.scenario;
	const bare = { id, username, permalink, profile_picture_url: profilePictureUrl };
	const isMade = world.clock.now() >= character.at + characterSeconds * 1000;
	const shapes: Record<typeof characterShape, unknown> = {
		bare,
		envelope: { code: 'success', message: '', data: bare },
		userName: { success: true, data: { cameo_id: id, user_name: `@${username}` } },
		processing: isMade ? { ...bare, status: 'completed' } : { id, status: 'processing' },
		task: {
			task_id: taskIdOf(character),
			status: isMade ? 'SUCCESS' : 'IN_PROGRESS',
			data: isMade ? { character: { id, username } } : null,
		},
	};
	return shapes[characterShape];
}

/** Polls a character by its own ID or its task's; undefined if the gateway knows neither. */
export function lookAtCharacter(world: World, id: string): unknown {
	if (!isLate(world)) return undefined;
	const nameOf =
		world.scenario.characterShape === 'task' ? taskIdOf : (one: CreatedCharacter) => one.id;
	const character = world.books.characters.find((one) => nameOf(one) === id);
	return character && answerFor(world, character);
}

/** Refuses a source task that gives no character. */
function refusesSource(exchange: PaidExchange, { from_task: taskId }: Body): boolean {
	if (!taskId) return false;
	const { books, clock } = exchange.world;
	const task = books.task(String(taskId), exchange.account);
	const stage = task && stageAt(task, clock.now());
	if (stage === undefined) {
		refuseInCodeShape(exchange, 400, 'task_not_exist', 'task_not_exist');
	} else if (stage === 'failure') {
		refuse(exchange, 500, 'get_origin_task_failed', 'get origin task failed');
	} else if (stage !== 'success') {
		refuseInCodeShape(exchange, 400, 'bad_response_status_code', '任务还在进行中');
	}
	return stage !== 'success';
}

/** Creates and polls characters. */
export function characterRoutes(server: FastifyInstance, world: World): void {
	const path = '/sora/v1/characters';
	const noSuchPath = (exchange: PaidExchange, method: string) =>
		refuse(exchange, 404, '', `Invalid URL (${method} ${exchange.request.url})`);
	keyRoute<{ id: string }>(
		server,
		world,
		['GET', `${path}/:id`],
		(exchange, { id }) => lookAtCharacter(world, id) ?? noSuchPath(exchange, 'GET'),
	);

	keyRoute(server, world, ['POST', path], (exchange) => {
		const body = isBody(exchange.request.body) ? exchange.request.body : {};
		const effect = async () => {
			if ('model' in body) return void noSuchPath(exchange, 'POST');
			const complaint = checkCharacter(body);
			if (complaint !== undefined) {
				return void refuseInCodeShape(exchange, 400, 'invalid_request', complaint);
			}
			if (refusesSource(exchange, body)) return undefined;
			const { clock, run, books, urls, scenario } = world;
			if (!isLate(world)) {
				await clock.until(clock.now() + scenario.characterSeconds * 1000, run.signal);
			}
			return answerFor(world, books.create(body, clock.now(), exchange.account, urls.files));
		};
		const source = ownerOf(world.books.task(String(body.from_task)));
		const owner = source?.directive?.has('characterFault') ? source : undefined;
		return answer(exchange, 'characterFault', effect, owner);
	});
}
