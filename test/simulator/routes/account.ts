import type { FastifyInstance } from 'fastify';

import { accountOf, strike } from '../answers';
import type { Exchange } from '../answers';
import type { Account } from '../books';
import type { Scenario } from '../scenario';
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
	const bare = { ...key, quota, unlimited_quota: false, used_quota };
	const told: Record<Scenario['quotaShape'], unknown> = {
		bare,
		envelope: { code: 'success', message: '', data: bare },
		unlimited: { ...key, quota: 0, unlimited_quota: true, used_quota },
		remaining: { ...key, total_quota: scenario.quota, used_quota, remaining_quota: quota },
	};
	return told[scenario.quotaShape];
}

/** The answer, or what the scenario of the run has in its place. */
function answered(exchange: Exchange, field: 'modelsFault' | 'quotaFault', answer: unknown) {
	const { counters, scenario } = exchange.world;
	const fault = counters.due(field, scenario[field]);
	if (fault === undefined) return answer;
	counters.strike(field);
	strike(exchange, fault, answer);
	return exchange.reply;
}

/** What a key may use, and what it has left. */
export function accountRoutes(server: FastifyInstance, world: World): void {
	server.get('/v1/models', async (request, reply) => {
		const exchange: Exchange = { world, request, reply };
		return accountOf(exchange) ? answered(exchange, 'modelsFault', modelList(world)) : reply;
	});

	server.get('/v1/token/quota', async (request, reply) => {
		const exchange: Exchange = { world, request, reply };
		const account = accountOf(exchange);
		return account ? answered(exchange, 'quotaFault', quotaOf(world, account)) : reply;
	});
}
