import type { FastifyInstance } from 'fastify';

import { accountOf, strike } from '../answers';
import type { Exchange } from '../answers';
import type { World } from '../world';

/** What all models were listed on: of no meaning, but there. */
const LISTED_AT = 1_626_777_600;

function modelList(world: World): unknown {
	return {
		data: world.books.models().map(({ id, ownedBy, kind }) => ({
			id,
			object: 'model',
			created: LISTED_AT,
			owned_by: ownedBy,
			supported_endpoint_types: [kind === 'chat' ? 'openai' : kind],
		})),
		success: true,
	};
}

/** What a key may use, and what it has left. */
export function accountRoutes(server: FastifyInstance, world: World): void {
	server.get('/v1/models', async (request, reply) => {
		const exchange: Exchange = { world, request, reply };
		if (!accountOf(exchange)) return reply;
		const fault = world.counters.due('modelsFault', world.scenario.modelsFault);
		if (fault === undefined) return modelList(world);
		world.counters.strike('modelsFault');
		strike(exchange, fault, modelList(world));
		return reply;
	});

	server.get('/v1/token/quota', async (request, reply) => {
		const account = accountOf({ world, request, reply });
		if (!account) return reply;
		return {
			id: account === 'first' ? 1 : 2,
			name: account,
			quota: world.books.remaining(account, world.scenario.quota),
			unlimited_quota: false,
			used_quota: world.books.used(account),
		};
	});
}
