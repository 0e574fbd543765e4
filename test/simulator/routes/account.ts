import type { FastifyInstance } from 'fastify';

import { answer, keyRoute } from '../answers';
import type { Account } from '../books';
import type { World } from '../world';

const modelList = ({ books }: World) => ({
	data: books.models().map(({ id, platform, kind }) => ({
		id,
		object: 'model',
		created: 1_626_777_600,
		owned_by: platform,
		supported_endpoint_types: [kind === 'chat' ? 'openai' : kind],
	})),
	success: true,
});

const quotaOf = ({ books, scenario }: World, name: Account) => ({
	id: 1,
	name,
	quota: scenario.quota - books.spent[name],
	unlimited_quota: false,
	used_quota: books.spent[name],
});

/** The remaining quota in New API's form. */
const tokenUsage = ({ books, scenario }: World, name: Account) => ({
	code: true,
	message: 'ok',
	data: {
		object: 'token_usage',
		name,
		total_granted: scenario.quota,
		total_used: books.spent[name],
		total_available: scenario.quota - books.spent[name],
		unlimited_quota: false,
	},
});

/** The same in OpenRouter's form, in dollars. */
const keyLimits = (label: Account) => ({
	data: { label, limit: 10, limit_remaining: 7.5, usage: 2.5 },
});

/** What a key may use, and its remaining quota. */
export function accountRoutes(server: FastifyInstance, world: World): void {
	keyRoute(server, world, ['GET', '/v1/models'], (exchange) =>
		answer(exchange, 'modelsFault', () => modelList(world)),
	);
	keyRoute(server, world, ['GET', '/v1/token/quota'], (exchange) =>
		answer(exchange, 'quotaFault', () => quotaOf(world, exchange.account)),
	);
	keyRoute(server, world, ['GET', '/api/usage/token/'], ({ account }) =>
		tokenUsage(world, account),
	);
	keyRoute(server, world, ['GET', '/api/v1/key'], ({ account }) => keyLimits(account));
}
