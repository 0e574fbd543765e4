/** A real n8n beside the stand-in gateway, with a credential for each way that is measured. */
import { sleep } from 'n8n-workflow';

import { N8nApi, newOwner, type Credential, type Execution } from '../test/e2e/n8nApi';
import { N8nServer } from '../test/e2e/n8nServer';
import { startStandIn, type StandIn } from './standIn';
import { accessOf, workflowFor, type Way } from './ways';

const LOOK_EVERY_MS = 2_000;
const UNFINISHED = ['new', 'running', 'waiting'];

export interface Bench {
	server: N8nServer;
	api: N8nApi;
	standIn: StandIn;
	credentials: Map<Way, Credential>;
	/** Makes a video of each prompt; resolves when the execution has ended, and fails where it did not succeed. */
	run(way: Way, prompts: string[], timeoutMs: number): Promise<Execution>;
	close(): Promise<void>;
}

/** @param ways that are to be run */
export async function startBench(
	ways: readonly Way[],
	environment?: Record<string, string>,
): Promise<Bench> {
	const standIn = await startStandIn();
	const server = await N8nServer.start({ environment }).catch((error: unknown) => {
		standIn.stop();
		throw error as Error;
	});
	const api = new N8nApi(server.url);
	await api.setUpOwner(newOwner());
	const credentials = new Map<Way, Credential>();
	for (const way of ways) {
		credentials.set(
			way,
			await api.request('POST', '/credentials', { name: way, ...accessOf(way, standIn) }),
		);
	}
	return {
		server,
		api,
		standIn,
		credentials,
		async run(way, prompts, timeoutMs) {
			const workflow = workflowFor(way, prompts, standIn.url);
			const { id, name, type } = credentials.get(way) as Credential;
			const nodes = workflow.nodes.map((node) => ({
				...node,
				credentials: { [type]: { id, name } },
			}));
			const saved = await api.importWorkflow({ ...workflow, name: way, nodes });
			const execution = await ended(api, await api.runWorkflow(saved), timeoutMs);
			if (execution.status !== 'success') {
				const { message, description } = execution.error ?? {};
				throw new Error(`${way} ended with ${execution.status}: ${message} ${description ?? ''}`);
			}
			return execution;
		},
		async close() {
			await server.close();
			standIn.stop();
		},
	};
}

/** Asks seldom: n8n is being measured, and writes the times down itself. */
async function ended(api: N8nApi, id: string, timeoutMs: number): Promise<Execution> {
	const until = Date.now() + timeoutMs;
	for (;;) {
		await sleep(LOOK_EVERY_MS);
		// n8n closes a connection that was idle for five seconds, now and then just when it is used again.
		const execution = await api.execution(id).catch(() => undefined);
		if (execution && !UNFINISHED.includes(execution.status)) return execution;
		if (Date.now() > until) throw new Error(`Execution ${id} did not end in time`);
	}
}

/** Milliseconds that the execution took, by n8n's own record. */
export function wallMs({ summary: { startedAt, stoppedAt } }: Execution): number {
	return Date.parse(String(stoppedAt)) - Date.parse(String(startedAt));
}
