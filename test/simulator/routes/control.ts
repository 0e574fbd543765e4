import type { FastifyInstance } from 'fastify';

import { forJson, readScenario, ScenarioError } from '../scenario';
import { isBody } from '../validate';
import type { World } from '../world';

/** Controls the simulator from another process: no key, not recorded. */
export function controlRoutes(server: FastifyInstance, world: World): void {
	server.get('/simulator/scenario', async () => forJson(world.scenario));

	server.put('/simulator/scenario', async (request, reply) => {
		const changes = readScenario(request.body);
		if (changes instanceof ScenarioError) {
			return reply.status(400).send({ error: changes.message });
		}
		world.set(changes);
		return forJson(world.scenario);
	});

	server.get('/simulator/books', async () => ({
		purchases: world.books.purchases,
		characters: world.books.characters,
		uploads: world.books.uploads,
		callbacks: world.books.callbacks,
		polls: Object.fromEntries(world.books.allTasks().map(({ taskId, polls }) => [taskId, polls])),
	}));

	server.get('/simulator/requests', async () => world.recorder.requests);

	server.post('/simulator/reset', async () => {
		world.reset();
		return { ok: true };
	});

	server.post('/simulator/advance', async (request, reply) => {
		const seconds = isBody(request.body) ? request.body.seconds : undefined;
		if (typeof seconds !== 'number' || !(seconds >= 0)) {
			return reply.status(400).send({ error: 'seconds must be a number of at least 0' });
		}
		world.clock.advance(seconds);
		return { now: world.clock.now() };
	});
}
