/** What the stories told on a real n8n have in common: how they begin, and how they must end. */
import type { IDataObject } from 'n8n-workflow';

import { clip } from '../simulator/clips';
import { until } from '../until';
import type { Credential, Execution, SavedWorkflow, WorkflowJson } from './n8nApi';
import type { Setting } from './useN8n';
import { jsonPost } from './n8nApi';
import { V1, webhook, workflowOf, type Step } from './workflows';

type Steps = Array<Step | Step[]>;

export function expectSuccess({ status, error }: Execution): void {
	expect({ status, error: error?.message }).toEqual({ status: 'success', error: undefined });
}

export function storiesIn(setting: Setting) {
	/** What was bought in a story: its name begins each of its prompts. In the order of the prompts. */
	const bought = (name = '') =>
		setting.simulator.books.purchases
			.filter(({ prompt }) => name === '' || prompt.startsWith(`${name} `))
			.sort((a, b) => (name === '' ? 0 : a.prompt.localeCompare(b.prompt)));
	const taskIds = (name?: string) => bought(name).map(({ taskId }) => taskId);

	const save = async (
		workflow: WorkflowJson,
		{
			name = 'Test',
			credential = setting.credential,
		}: { name?: string; credential?: Credential } = {},
	): Promise<SavedWorkflow> =>
		await setting.api.importWorkflow({ settings: V1, name, ...workflow }, credential);

	/** Calls a published workflow at its webhook, and gives the execution's ID. */
	async function call(workflow: SavedWorkflow, body?: IDataObject): Promise<string> {
		const { api } = setting;
		const { parameters } = workflow.nodes.find(({ type }) => type.endsWith('.webhook')) ?? {};
		const before = (await api.executions(workflow)).length;
		const answer = await api.callWebhook(String(parameters?.path), body && jsonPost(body));
		expect(answer.status).toBe(200);
		// An older n8n answers before it lists the execution.
		await until(async () => (await api.executions(workflow)).length > before);
		return String((await api.executions(workflow))[0]?.id);
	}

	/** Starts a workflow at its webhook, or by hand, and gives the execution's ID. */
	async function start(workflow: SavedWorkflow): Promise<string> {
		const isCalled = workflow.nodes.some(({ type }) => type.endsWith('.webhook'));
		if (!isCalled) return await setting.api.runWorkflow(workflow);
		await setting.api.publish(workflow);
		return await call(workflow);
	}

	return {
		bought,
		taskIds,
		save,
		call,
		start,

		/** Starts the steps behind a webhook of the story's name, until they are parked. */
		async park(name: string, ...steps: Steps): Promise<string> {
			const id = await start(await save(workflowOf(webhook(name), ...steps), { name }));
			await setting.api.waitForStatus(id, ['waiting']);
			return id;
		},

		/** Calls the address that the gateway was given, as the gateway would. */
		async callBack(taskId: string, { url, body }: { url?: string; body?: unknown } = {}) {
			const given = bought().find((purchase) => purchase.taskId === taskId)?.body.notify_hook;
			const said = body ?? { task_id: taskId, status: 'SUCCESS' };
			return await fetch(url ?? String(given), jsonPost(said));
		},

		/** It has succeeded, and the items of a node are these tasks, each with its whole video. */
		async expectVideos(execution: Execution, node: string, tasks: string[]): Promise<void> {
			expectSuccess(execution);
			const items = execution.items(node);
			expect(items.map(({ json }) => String(json.task_id)).sort()).toEqual([...tasks].sort());
			for (const { json, binary } of items) {
				expect(binary?.data).toMatchObject({ mimeType: 'video/mp4', fileExtension: 'mp4' });
				const task = setting.simulator.task(String(json.task_id));
				const video = await clip(task?.portrait ?? false, task?.seconds ?? 10);
				const file = await setting.api.download(String(binary?.data?.id));
				expect(file.equals(video)).toBe(true);
			}
		},
	};
}
