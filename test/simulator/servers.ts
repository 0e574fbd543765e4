import multipart from '@fastify/multipart';
import Fastify from 'fastify';
import type { FastifyError, FastifyInstance } from 'fastify';

import { refuse, refuseInCodeShape, type Exchange } from './answers';
import { accountRoutes } from './routes/account';
import { characterRoutes } from './routes/characters';
import { controlRoutes } from './routes/control';
import { elsewhereRoutes, fileRoutes } from './routes/files';
import { taskRoutes } from './routes/tasks';
import { uploadRoutes } from './routes/uploads';
import { videoRoutes } from './routes/videos';
import type { RecordedRequest } from './recorder';
import type { World } from './world';

/** An upper limit for any scenario: the process holds a body in memory. */
const LARGEST_BODY = 256 * 1024 * 1024;
/** Larger bodies are refused with 413. */
const TOO_LARGE = 20 * 1024 * 1024;
/** Task IDs in paths: longer than fastify's default limit for a parameter. */
const LONGEST_PARAMETER = 1000;

function newServer(world: World, host: RecordedRequest['host']): FastifyInstance {
	const server = Fastify({
		bodyLimit: LARGEST_BODY,
		forceCloseConnections: true,
		routerOptions: { maxParamLength: LONGEST_PARAMETER },
	});
	world.recorder.watch(server, host);
	return server;
}

/** A gateway that speaks one format does not know the other's routes. */
function isOfOtherFormat(url: string, { formats }: World['scenario']): boolean {
	if (formats === 'all') return false;
	return formats === 'tasks' ? /^(\/api)?\/v1\/videos/.test(url) : /^\/v2\/|^\/sora\//.test(url);
}

function speakAsGateway(server: FastifyInstance, world: World): void {
	const tooLarge = (exchange: Exchange) =>
		refuseInCodeShape(exchange, 413, 'request_too_large', 'request body too large');

	server.addHook('onRequest', async (request, reply) => {
		if (request.url.startsWith('/simulator')) return undefined;
		const { latencySeconds } = world.scenario;
		if (latencySeconds > 0) {
			await world.clock.until(world.clock.now() + latencySeconds * 1000, world.run.signal);
		}
		if (isOfOtherFormat(request.url, world.scenario)) return reply.callNotFound();
		return Number(request.headers['content-length']) > TOO_LARGE
			? tooLarge({ world, request, reply })
			: undefined;
	});
	server.setNotFoundHandler(async (request, reply) => {
		const path = request.url.split('?')[0] ?? '';
		return refuse({ world, request, reply }, 404, '', `Invalid URL (${request.method} ${path})`);
	});
	server.setErrorHandler<FastifyError>(async (error, request, reply) => {
		const exchange = { world, request, reply };
		const status = error.statusCode ?? 500;
		if (status === 413) return tooLarge(exchange);
		if (status >= 500)
			return refuse(exchange, 500, 'simulator_error', error.stack ?? error.message);
		return refuseInCodeShape(exchange, 400, 'invalid_request', error.message);
	});
}

/** The three hosts, not yet listening. */
export async function newServers(world: World) {
	const gateway = newServer(world, 'gateway');
	speakAsGateway(gateway, world);
	await gateway.register(multipart, { limits: { fileSize: LARGEST_BODY } });
	taskRoutes(gateway, world);
	characterRoutes(gateway, world);
	uploadRoutes(gateway, world);
	videoRoutes(gateway, world);
	accountRoutes(gateway, world);
	controlRoutes(gateway, world);

	const files = newServer(world, 'files');
	fileRoutes(files, world);

	const elsewhere = newServer(world, 'elsewhere');
	elsewhereRoutes(elsewhere, world);
	return { gateway, files, elsewhere };
}
