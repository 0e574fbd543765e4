import type { FastifyInstance } from 'fastify';

import type { Scenario } from '../scenario';
import type { World } from '../world';

/** Controls the simulator from another process, as bench/ does: no key, not recorded. */
export function controlRoutes(server: FastifyInstance, world: World): void {
	server.put<{ Body: Partial<Scenario> }>('/simulator/scenario', async ({ body }) => {
		world.set(body);
		return {};
	});
	server.post('/simulator/reset', async () => {
		world.reset();
		return {};
	});
	server.get('/simulator/purchases', async () => world.books.purchases);
	server.get('/simulator/requests', async () => world.recorder.requests);
}
