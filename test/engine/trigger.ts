/** n8n's webhook server around the Sora Trigger: every call loads the workflow, and saves what it remembers. */
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { WebhookContext } from 'n8n-core';
import {
	Workflow,
	type IDataObject,
	type INodeExecutionData,
	type INodeTypes,
	type IWebhookData,
	type WorkflowExecuteMode,
} from 'n8n-workflow';

import { answerCall } from '../../nodes/Sora/actions/callback';
import { SoraTrigger } from '../../nodes/Sora/SoraTrigger.node.ts';
import { baseData, fastClock, type EngineOptions } from './engine';

const TYPE = 'n8n-nodes-sora.soraTrigger';

export interface TriggerOptions {
	credential: EngineOptions['credential'];
	parameters?: IDataObject;
	timeScale: number;
	mode?: WorkflowExecuteMode;
}

export interface RunningTrigger {
	url: string;
	/** Items that started the workflow, one for each start. */
	started: INodeExecutionData[];
	/** Waits until every call so far has been dealt with. */
	settled(): Promise<void>;
	/** Another process with what the first one saved. */
	forget(): void;
	close(): Promise<void>;
}

let nodes = 0;

export async function startTrigger(options: TriggerOptions): Promise<RunningTrigger> {
	const type = new SoraTrigger();
	const nodeTypes: INodeTypes = {
		getByName: () => type,
		getByNameAndVersion: () => type,
		getKnownTypes: () => ({}),
	};
	const clock = fastClock(options.timeScale);
	let nodeId = `trigger-${++nodes}`;
	let saved = '{}';
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
				httpRequest: { body: request.body ?? {}, headers: request.headers, params: {}, query: {} },
				httpResponse: response,
			} as never,
			options.mode ?? 'webhook',
			{} as IWebhookData,
			[],
			null,
		);
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
		started,
		async settled() {
			while (inFlight.size) await Promise.all(inFlight);
		},
		forget: () => (nodeId = `trigger-${++nodes}`),
		close: async () => await server.close(),
	};
}
