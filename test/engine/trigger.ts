/** n8n's webhook server around the Sora Trigger: every call loads the workflow, and saves its static data. */
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { WebhookContext } from 'n8n-core';
import {
	Workflow,
	type IDataObject,
	type INodeExecutionData,
	type IWebhookData,
} from 'n8n-workflow';

import { SoraTrigger } from '../../nodes/Sora/SoraTrigger.node.ts';
import type { Clock } from '../../nodes/Sora/flow/clock';
import { answerCall } from '../../nodes/Sora/trigger/webhook';
import { baseData, nodeTypesWith, soraNode, type EngineOptions } from './engine';
import { time } from './time';

const TYPE = 'n8n-nodes-sora.soraTrigger';

interface TriggerOptions {
	credential: EngineOptions['credential'];
	parameters?: IDataObject;
	/** What an earlier process saved with the workflow. */
	saved?: IDataObject;
}

/** The node's lines in n8n's log. */
type Log = Array<{ level: string; message: string; facts: unknown }>;

export type RunningTrigger = Awaited<ReturnType<typeof startTrigger>>;

let nodes = 0;

/** A clock that stops once its trigger is closed, so that nothing continues after a test. */
function closableClock(clock: Clock, closed: AbortSignal): Clock {
	let stoppedAt: number | undefined;
	closed.addEventListener('abort', () => (stoppedAt = clock.now()));
	return {
		random: () => clock.random(),
		now: () => stoppedAt ?? clock.now(),
		sleep: async (ms, signal) =>
			await clock
				.sleep(ms, AbortSignal.any(signal ? [signal, closed] : [closed]))
				.catch(async (reason: Error) => {
					if (closed.aborted) return await new Promise<never>(() => undefined);
					throw reason;
				}),
	};
}

/** Replaces n8n's logger with a listener. */
function listen(context: WebhookContext, log: Log): void {
	const write = (level: string) => (message: string, facts?: unknown) =>
		void log.push({ level, message, facts });
	const logger = Object.fromEntries(
		['error', 'warn', 'info', 'debug', 'verbose'].map((level) => [level, write(level)]),
	);
	Object.defineProperty(context, 'logger', { value: logger });
}

export async function startTrigger(options: TriggerOptions) {
	const nodeTypes = nodeTypesWith(soraNode(), { [TYPE]: new SoraTrigger() });
	const closed = new AbortController();
	const clock = closableClock(time, closed.signal);
	const log: Log = [];
	let nodeId = `trigger-${++nodes}`;
	let saved = JSON.stringify(options.saved ?? {});
	const started: INodeExecutionData[] = [];
	const inFlight = new Set<Promise<void>>();

	async function call(request: FastifyRequest, reply: FastifyReply) {
		const node = {
			id: nodeId,
			name: 'Sora Trigger',
			type: TYPE,
			typeVersion: 1,
			position: [0, 0] as [number, number],
			parameters: (options.parameters ?? {}) as never,
			credentials: { soraApi: { id: '1', name: 'Sora account' } },
		};
		const workflow = new Workflow({
			id: 'workflow',
			active: true,
			nodes: [node],
			connections: {},
			nodeTypes,
			staticData: JSON.parse(saved) as IDataObject,
		});
		const response = {
			status: (code: number) => {
				reply.code(code);
				return response;
			},
			json: (body: unknown) => void reply.send(body),
		};
		const data = baseData(options.credential);
		const { credentialsHelper } = data;
		const authenticate = credentialsHelper.authenticate.bind(credentialsHelper);
		let isOver = false;
		credentialsHelper.authenticate = async (...given) => {
			if (isOver) throw new Error('n8n has taken the sandbox for expressions away');
			return await authenticate(...given);
		};
		const context = new WebhookContext(
			workflow,
			workflow.getNode(node.name) ?? node,
			{
				...data,
				httpRequest: {
					body: request.body ?? {},
					headers: request.headers,
					params: {},
					query: request.query,
				},
				httpResponse: response,
			} as never,
			'webhook',
			{} as IWebhookData,
			[],
			null,
		);
		listen(context, log);
		const { workflowData } = await answerCall(context, clock);
		isOver = true;
		saved = JSON.stringify(workflow.staticData);
		started.push(...(workflowData?.[0] ?? []));
	}

	const server: FastifyInstance = fastify();
	server.addContentTypeParser('text/plain', { parseAs: 'string' }, (_request, body, done) =>
		done(null, body),
	);
	server.post('/hook', (request, reply) => {
		const dealt = call(request, reply).finally(() => inFlight.delete(dealt));
		inFlight.add(dealt);
	});
	const address = await server.listen({ port: 0, host: '127.0.0.1' });
	return {
		url: `${address}/hook`,
		log,
		/** What n8n has saved with the workflow. */
		saved: () => JSON.parse(saved) as IDataObject,
		/** Items that started the workflow, one per start. */
		started,
		/** Waits until every call so far has been handled. */
		async settled() {
			while (inFlight.size) await Promise.all(inFlight);
		},
		/** Another process with what the first one saved. */
		forget: () => (nodeId = `trigger-${++nodes}`),
		async close() {
			closed.abort();
			await server.close();
		},
	};
}
