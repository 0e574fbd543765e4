import type { FastifyInstance } from 'fastify';

import { readScenario, ScenarioError } from '../scenario';
import type { World } from '../world';

/** Controls the simulator from another process: no key, not recorded. */
export function controlRoutes(server: FastifyInstance, world: World): void {
	server.put('/simulator/scenario', async ({ body }, reply) => {
		const changes = readScenario(body);
		if (changes instanceof ScenarioError) return reply.status(400).send(changes.message);
		world.set(changes);
		return {};
	});
	server.post('/simulator/reset', async () => {
		world.reset();
		return {};
	});
	server.get('/simulator/purchases', async () => world.books.purchases);
	server.get('/simulator/requests', async () => world.recorder.requests);
}
