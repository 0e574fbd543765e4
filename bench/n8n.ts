/** A real n8n beside the stand-in gateway, with a credential for each way that is measured. */
import { sleep } from 'n8n-workflow';

import { N8nApi, newOwner, type Credential, type Execution } from '../test/e2e/n8nApi';
import { N8nServer } from '../test/e2e/n8nServer';
import { startStandIn, type StandIn } from './standIn';
import { accessOf, workflowFor, type Way } from './ways';

const LOOK_EVERY_MS = 2_000;
const GOING_ON = ['new', 'running', 'waiting'];

export interface Bench {
	server: N8nServer;
	standIn: StandIn;
	/** Makes a video of each prompt; resolves when the execution has ended, and fails where it did not succeed. */
	run(way: Way, prompts: string[], timeoutMs: number): Promise<Execution>;
	close(): Promise<void>;
}

/** @param ways that are to be run @param speed gateway seconds in a real second */
export async function startBench(ways: readonly Way[], speed = 1): Promise<Bench> {
	const standIn = await startStandIn(speed);
	const server = await N8nServer.start().catch((error: unknown) => {
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
		standIn,
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
		if (execution && !GOING_ON.includes(execution.status)) return execution;
		if (Date.now() > until) throw new Error(`Execution ${id} did not end in time`);
	}
}

/** Starts jobs apart, so that n8n is never busy with starting alone, and waits until all are done. */
export async function startedApart(jobs: Array<() => Promise<unknown>>, apartMs: number) {
	const underWay: Array<Promise<unknown>> = [];
	for (const job of jobs) {
		underWay.push(job());
		await sleep(apartMs);
	}
	await Promise.all(underWay);
}

/** Milliseconds that n8n was at it, by its own record. */
export function wallMs({ summary: { startedAt, stoppedAt } }: Execution): number {
	return Date.parse(String(stoppedAt)) - Date.parse(String(startedAt));
}
