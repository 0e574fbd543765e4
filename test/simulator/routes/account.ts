import type { FastifyInstance } from 'fastify';

import { accountOf, strike } from '../answers';
import type { Exchange } from '../answers';
import type { Account } from '../books';
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

function quotaOf({ books, scenario }: World, account: Account): unknown {
	const key = { id: account === 'first' ? 1 : 2, name: account };
	const used_quota = books.used(account);
	const quota = books.remaining(account, scenario.quota);
	switch (scenario.quotaShape) {
		case 'envelope':
			return {
				code: 'success',
				message: '',
				data: { ...key, quota, unlimited_quota: false, used_quota },
			};
		case 'unlimited':
			return { ...key, quota: 0, unlimited_quota: true, used_quota };
		case 'remaining':
			return { ...key, total_quota: scenario.quota, used_quota, remaining_quota: quota };
		default:
			return { ...key, quota, unlimited_quota: false, used_quota };
	}
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
		const exchange: Exchange = { world, request, reply };
		const account = accountOf(exchange);
		if (!account) return reply;
		const fault = world.counters.due('quotaFault', world.scenario.quotaFault);
		if (fault === undefined) return quotaOf(world, account);
		world.counters.strike('quotaFault');
		strike(exchange, fault, quotaOf(world, account));
		return reply;
	});
}
