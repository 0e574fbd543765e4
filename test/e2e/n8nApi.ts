/* eslint-disable @n8n/community-nodes/no-restricted-imports -- talks to n8n from a developer's machine, never inside one */
/** n8n's REST interface, as its editor uses it. */
import { randomBytes, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { sleep } from 'n8n-workflow';
import type {
	IConnections,
	IDataObject,
	INode,
	INodeExecutionData,
	IRunExecutionData,
} from 'n8n-workflow';

import { realN8n } from './environment';

const LOOK_EVERY_MS = 200;
const PUBLISHING_TAKES_MS = 10_000;

export interface Owner {
	email: string;
	password: string;
}

/** An owner for a new n8n; n8n wants a capital letter and a digit in a password. */
export function newOwner(): Owner {
	return { email: 'owner@example.com', password: `Owner1-${randomBytes(8).toString('hex')}` };
}

/** A workflow as it is exported. */
export interface WorkflowJson {
	name?: string;
	nodes: INode[];
	connections: IConnections;
	settings?: IDataObject;
}

export interface SavedWorkflow extends Required<WorkflowJson> {
	id: string;
	versionId: string;
}

export interface Credential {
	id: string;
	name: string;
	type: string;
}

/** A node or credential type as the editor learns of it. */
export interface ListedType {
	name: string;
	/** Paths at the server. */
	iconUrl?: string | { light: string; dark: string };
	[field: string]: unknown;
}

export interface ExecutionSummary {
	id: string;
	status: 'new' | 'running' | 'waiting' | 'success' | 'error' | 'canceled' | 'crashed';
	mode: string;
	startedAt: string | null;
	stoppedAt: string | null;
	/** The execution that this one retries. */
	retryOf: string | null;
}
type Status = ExecutionSummary['status'];

const ENDED: readonly Status[] = ['success', 'error', 'canceled', 'crashed'];

/** An execution as n8n has stored it. */
export class Execution {
	constructor(
		readonly summary: ExecutionSummary,
		readonly data: IRunExecutionData | undefined,
	) {}

	get id() {
		return this.summary.id;
	}

	get status() {
		return this.summary.status;
	}

	/** What a node returned last. */
	items(nodeName: string, output = 0): INodeExecutionData[] {
		const runs = this.data?.resultData.runData[nodeName];
		return runs?.at(-1)?.data?.main?.[output] ?? [];
	}

	json(nodeName: string, output?: number): IDataObject[] {
		return this.items(nodeName, output).map(({ json }) => json);
	}

	/** The error that ended it, as n8n has stored it and shows it. */
	get error():
		| { message: string; description?: string | null; [key: string]: unknown }
		| undefined {
		return this.data?.resultData.error as never;
	}
}

/** What a POST with JSON takes. */
export const jsonPost = (body: unknown) => ({
	method: 'POST',
	headers: { 'content-type': 'application/json' },
	body: JSON.stringify(body),
});

/** A user of one n8n, signed in or not. */
export class N8nApi {
	private readonly cookies = new Map<string, string>();
	// A session belongs to the browser that it was opened in.
	private readonly browserId = randomUUID();

	constructor(readonly baseUrl: string) {}

	/** A request as the signed-in user, to any path; redirects and errors are answers too. */
	async fetch(path: string, init: RequestInit = {}): Promise<Response> {
		const headers = new Headers(init.headers);
		headers.set('browser-id', this.browserId);
		headers.set('cookie', [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '));
		const answer = await fetch(this.baseUrl + path, { redirect: 'manual', ...init, headers });
		for (const cookie of answer.headers.getSetCookie()) {
			const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
			if (name !== undefined && value !== undefined) this.cookies.set(name, value);
		}
		return answer;
	}

	/** A request to the REST interface. Fails with n8n's words where it is refused. */
	async request<Data>(method: string, path: string, body?: unknown): Promise<Data> {
		const answer = await this.fetch(`/rest${path}`, {
			...(body !== undefined && jsonPost(body)),
			method,
		});
		const text = await answer.text();
		if (!answer.ok) {
			throw new Error(
				`n8n answered ${method} ${path} with ${answer.status}: ${text.slice(0, 300)}`,
			);
		}
		const json = JSON.parse(text) as object;
		return ('data' in json ? json.data : json) as Data;
	}

	/** Creates the owner of a new n8n, and signs in. */
	async setUpOwner({ email, password }: Owner): Promise<void> {
		const name = { firstName: 'Test', lastName: 'Owner' };
		await this.request('POST', '/owner/setup', { email, password, ...name });
	}

	async types(kind: 'nodes' | 'credentials'): Promise<ListedType[]> {
		return (await (await this.fetch(`/types/${kind}.json`)).json()) as ListedType[];
	}

	async createCredential(data: Record<string, string>, name = 'Sora account'): Promise<Credential> {
		return await this.request('POST', '/credentials', { name, type: 'soraApi', data });
	}

	/** Saves a credential and tests it, as the button in its window does; an older n8n tests only what is saved. */
	async testCredential(
		data: Record<string, string>,
	): Promise<{ status: 'OK' | 'Error'; message: string }> {
		const { id, name, type } = await this.createCredential(data);
		return await this.request('POST', '/credentials/test', {
			credentials: { id, name, type, data },
		});
	}

	/** Saves a workflow as it is, with the credential chosen in the nodes of this package. */
	async importWorkflow(workflow: WorkflowJson, credential?: Credential): Promise<SavedWorkflow> {
		const { name = 'Test', connections, settings = {} } = workflow;
		const nodes = workflow.nodes.map((node) => ({
			// As the editor does, for nodes that are called; an older n8n finds a form by it alone.
			...(/(Trigger|\.wait|\.form)$/.test(node.type) && { webhookId: randomUUID() }),
			...node,
			...(credential &&
				node.type.startsWith('n8n-nodes-sora.') && {
					credentials: { [credential.type]: { id: credential.id, name: credential.name } },
				}),
		}));
		// An older n8n wants to be told that it is not active.
		return await this.request('POST', '/workflows', {
			name,
			nodes,
			connections,
			settings,
			active: false,
			// Where it is left out, n8n stores null, and the editor's second "Execute step" fails on that.
			pinData: {},
		});
	}

	/** Saves changes of a workflow, as the editor does. */
	async changeWorkflow(
		workflow: SavedWorkflow,
		changes: Partial<WorkflowJson>,
	): Promise<SavedWorkflow> {
		return await this.request('PATCH', `/workflows/${workflow.id}`, {
			...changes,
			versionId: workflow.versionId,
		});
	}

	/** Makes its triggers listen. A webhook may still answer 404 for a second. */
	async publish({ id, versionId }: SavedWorkflow): Promise<void> {
		await this.request('POST', `/workflows/${id}/activate`, { versionId });
	}

	/** A call from outside to a published webhook, given again as long as n8n does not know it yet. */
	async callWebhook(path: string, init: RequestInit = { method: 'POST' }): Promise<Response> {
		const call = async () => await fetch(`${this.baseUrl}/webhook/${path}`, init);
		const known = await found(async () => {
			const answer = await call();
			return answer.status === 404 ? undefined : answer;
		}, PUBLISHING_TAKES_MS);
		return known ?? (await call());
	}

	/** Presses Execute: n8n's answer, which is an execution's ID or that it waits for a call. */
	async execute<Answer>(
		workflow: SavedWorkflow,
		triggerToStartFrom: { name?: string; data?: unknown },
	): Promise<Answer> {
		return await this.request('POST', `/workflows/${workflow.id}/run`, {
			triggerToStartFrom,
			// An older n8n runs what it is given, not what it has saved.
			workflowData: workflow,
		});
	}

	/**
	 * Runs a workflow by hand, from its first trigger unless another is named. Gives the execution's ID at once.
	 */
	async runWorkflow(workflow: SavedWorkflow, { trigger }: { trigger?: string } = {}) {
		const first = workflow.nodes.find(({ type }) => /trigger$/i.test(type));
		const name = trigger ?? first?.name;
		const { executionId } = await this.execute<{ executionId: string }>(workflow, { name });
		return executionId;
	}

	/** Runs a workflow by hand, to its end. */
	async runToEnd(
		workflow: SavedWorkflow,
		options: { trigger?: string; timeoutMs?: number } = {},
	): Promise<Execution> {
		return await this.waitForEnd(await this.runWorkflow(workflow, options), options);
	}

	async execution(id: string): Promise<Execution> {
		const { data, ...summary } = await this.request<ExecutionSummary & { data?: string }>(
			'GET',
			`/executions/${id}`,
		);
		// n8n answers 200 with nothing in it.
		if (!summary.id) throw new Error(`There is no execution ${id}`);
		return new Execution(summary, data ? parseExecutionData(data) : undefined);
	}

	/** The newest first. n8n lists a hundred at a time. */
	async executions(
		workflow: Pick<SavedWorkflow, 'id'>,
		lastId?: string,
	): Promise<ExecutionSummary[]> {
		const filter = JSON.stringify({ workflowId: workflow.id });
		const query = new URLSearchParams({ filter, limit: '100', ...(lastId && { lastId }) });
		const { results } = await this.request<{ results: ExecutionSummary[] }>(
			'GET',
			`/executions?${query.toString()}`,
		);
		if (results.length < 100) return results;
		return [...results, ...(await this.executions(workflow, results.at(-1)?.id))];
	}

	/** Fails when the execution has not come into one of these states in time. */
	async waitForStatus(
		id: string,
		statuses: readonly Status[],
		{ timeoutMs = 60_000 }: { timeoutMs?: number } = {},
	): Promise<Execution> {
		const execution = await found(async () => {
			const now = await this.execution(id);
			return [...statuses, ...ENDED].includes(now.status) ? now : undefined;
		}, timeoutMs);
		if (execution && statuses.includes(execution.status)) return execution;
		throw new Error(
			`Execution ${id} is ${execution?.status ?? 'on its way'}, not ${statuses.join(' or ')}: ${execution?.error?.message ?? ''}`,
		);
	}

	async waitForEnd(id: string, options?: { timeoutMs?: number }): Promise<Execution> {
		return await this.waitForStatus(id, ENDED, options);
	}

	/** Presses Stop. */
	async stopExecution(id: string): Promise<void> {
		await this.request('POST', `/executions/${id}/stop`);
	}

	/**
	 * Presses Retry of a failed execution, with the workflow as it was then, or with the one that is saved now. Gives
	 * the new execution when it has ended: n8n answers only then.
	 */
	async retryExecution(id: string, { loadWorkflow = false } = {}): Promise<Execution> {
		const retry = await this.request<{ id: string }>('POST', `/executions/${id}/retry`, {
			loadWorkflow,
		});
		return await this.waitForEnd(retry.id);
	}

	/** The file behind the `id` of an item's binary data, as the editor's Download gives it. */
	async download(binaryId: string): Promise<Buffer> {
		const query = new URLSearchParams({ id: binaryId, action: 'download' });
		const answer = await this.fetch(`/rest/binary-data?${query.toString()}`);
		if (!answer.ok) throw new Error(`n8n answered ${answer.status} to a download`);
		return Buffer.from(await answer.arrayBuffer());
	}
}

/** Looks again and again; undefined where nothing was found in time. */
async function found<T>(look: () => Promise<T | undefined>, timeoutMs: number) {
	const until = Date.now() + timeoutMs;
	for (;;) {
		const result = await look();
		if (result !== undefined || Date.now() > until) return result;
		await sleep(LOOK_EVERY_MS);
	}
}

// With the library, and the version of it, that n8n has written it with.
function parseExecutionData(text: string): IRunExecutionData {
	const { parse } = createRequire(realN8n().n8n)('flatted') as {
		parse(text: string): IRunExecutionData;
	};
	return parse(text);
}
