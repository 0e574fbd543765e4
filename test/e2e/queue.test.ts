import { sleep } from 'n8n-workflow';

import { until } from '../until';
import { jsonPost, type Execution, type SavedWorkflow } from './n8nApi';
import type { N8nServer } from './n8nServer';
import { startQueueStack } from './queueStack';
import { storiesIn } from './stories';
import { useN8n } from './useN8n';
import { generate, get, ideas, manual, parkedGenerate, webhook, workflowOf } from './workflows';

const EXECUTIONS = 40;
/** More than one worker takes at a time. */
const RUNNING = 6;
/** Gateway seconds: more than passes until they are moved forward. */
const LONG = 100_000;
const STORY_MS = 600_000;

const setting = useN8n({ keepsBooks: true, start: startQueueStack });
const { bought, taskIds, save, park, callBack, expectVideos } = storiesIn(setting);

let workflow: SavedWorkflow;
beforeAll(async () => {
	workflow = await save(workflowOf(webhook('order'), generate('={{ $json.body.scene }}')));
	await setting.api.publish(workflow);
});

async function order(scene: string): Promise<void> {
	const answer = await setting.api.callWebhook('order', jsonPost({ scene }));
	expect(answer.status).toBe(200);
}

/** The executions that were ordered, the newest first, once there are so many and all have ended. */
async function ended(count: number): Promise<Execution[]> {
	const { api } = setting;
	for (;;) {
		const all = await api.executions(workflow);
		const running = all.filter(({ status }) => ['new', 'running', 'waiting'].includes(status));
		if (all.length === count && running.length === 0) {
			return await Promise.all(all.map(async ({ id }) => await api.execution(id)));
		}
		await sleep(500);
	}
}

const tasksIn = (execution: Execution) =>
	execution.json('Sora').map(({ task_id: id }) => String(id));

/** What a worker has logged about executions or tasks since it had logged so much. */
const named = (worker: N8nServer, pattern: RegExp, from = 0) =>
	[...worker.log.text.slice(from).matchAll(pattern)].map(([, name]) => String(name));
const STARTED = /Worker started execution (\d+)/g;
const ACCEPTED = /Sora task (\S+) accepted/g;
const GIVEN_UP = /^This execution failed to be processed too many times/;

/** The worker that has logged this, since its log was so long. */
const workerThat = (said: string, marks: number[] = []) =>
	setting.host.workers.find(({ log }, index) =>
		log.text.slice(marks[index]).includes(said),
	) as N8nServer;

describe('in queue mode', () => {
	it(
		`completes ${EXECUTIONS} executions on both workers, and buys each video once`,
		async () => {
			const scenes = Array.from({ length: EXECUTIONS }, (_, index) => `Scene ${index}`);
			await Promise.all(scenes.map(order));
			const executions = await ended(EXECUTIONS);
			expect(
				bought('Scene')
					.map(({ prompt }) => prompt)
					.sort(),
			).toEqual(scenes.sort());
			expect(executions.flatMap(tasksIn).sort()).toEqual(taskIds('Scene').sort());
			for (const execution of executions) {
				await expectVideos(execution, 'Sora', tasksIn(execution));
			}
			const shares = setting.host.workers.map((worker) => named(worker, STARTED));
			for (const share of shares) expect(share.length).toBeGreaterThan(0);
			expect(shares.flat().sort()).toEqual(executions.map(({ id }) => id).sort());
			expect(named(setting.host.main, ACCEPTED)).toEqual([]);
		},
		STORY_MS,
	);
});

describe('a worker was killed with executions running', () => {
	let executions: Execution[];
	let lost: { executions: string[]; tasks: string[] };

	beforeAll(async () => {
		const [killed] = setting.host.workers as [N8nServer];
		const from = killed.log.text.length;
		const scenes = Array.from({ length: RUNNING }, (_, index) => `Long ${index}`);
		await Promise.all(scenes.map((scene) => order(`${scene} [[renderSeconds=${LONG}]]`)));
		const polled = () => taskIds('Long').filter((taskId) => setting.simulator.polls(taskId));
		await until(() => polled().length === RUNNING);
		await killed.kill();
		lost = { executions: named(killed, STARTED, from), tasks: named(killed, ACCEPTED, from) };
		setting.simulator.advance(LONG);
		executions = (await ended(EXECUTIONS + RUNNING)).slice(0, RUNNING);
		await killed.begin();
	}, STORY_MS);

	afterEach(() => expect(bought('Long')).toHaveLength(RUNNING));

	it('restarts none of them, and n8n says so', async () => {
		expect(lost.executions.length).toBeGreaterThan(0);
		expect(lost.tasks).toHaveLength(lost.executions.length);
		const ids = lost.executions;
		for (const { status, error, data } of executions.filter(({ id }) => ids.includes(id))) {
			expect(status).toBe('error');
			expect(error?.message).toMatch(GIVEN_UP);
			expect(data?.resultData.runData).toEqual({});
		}
	});

	it("completes the other worker's executions", async () => {
		const others = executions.filter(({ id }) => !lost.executions.includes(id));
		expect(others.length).toBeGreaterThan(0);
		for (const execution of others) await expectVideos(execution, 'Sora', tasksIn(execution));
	});

	it("has the task IDs in that worker's log, and Video > Get downloads the videos with them", async () => {
		const again = workflowOf(manual, ...ideas(lost.tasks), get('={{ $json.idea }}'));
		await expectVideos(await setting.api.runToEnd(await save(again)), 'Get', lost.tasks);
	});

	it('buys nothing when such an execution is retried, because n8n has nothing left to run', async () => {
		const retried = await setting.api.retryExecution(String(lost.executions[0]));
		expect(retried.status).toBe('error');
		expect(retried.data?.resultData.runData).toEqual({});
	});
});

/** Two videos, parked. */
const parked = async (name: string) =>
	await park(
		name,
		...ideas([1, 2].map((number) => `${name} ${number} [[renderSeconds=${LONG} callback=never]]`)),
		parkedGenerate('={{ $json.idea }}'),
	);

/** Calls the address that the gateway was given along with the last order, at the process that is to hear it. */
async function callAt(name: string, { url }: N8nServer) {
	const hooked = bought(name).find(({ body }) => body.notify_hook !== undefined);
	const given = new URL(String(hooked?.body.notify_hook));
	const address = new URL(given.pathname + given.search, url).toString();
	return await callBack(String(hooked?.taskId), { url: address });
}

async function expectBoth(execution: Execution, name: string): Promise<void> {
	await expectVideos(execution, 'Sora', taskIds(name));
	expect(bought(name)).toHaveLength(2);
}

describe('a parked run in queue mode', () => {
	it.each(['main', 'webhook'] as const)(
		'is woken by a call to the %s process, and polled on a worker',
		async (listener) => {
			const name = `called-at-${listener}`;
			const id = await parked(name);
			setting.simulator.advance(LONG);
			expect((await callAt(name, setting.host[listener])).status).toBe(200);
			await expectBoth(await setting.api.waitForEnd(id), name);
			expect(setting.host.main.log.text).not.toContain(`accepted (execution ${id},`);
		},
		STORY_MS,
	);

	it(
		'ends by the timer if its worker was killed',
		async () => {
			const id = await parked('orphaned');
			setting.simulator.advance(LONG);
			const worker = workerThat(`accepted (execution ${id},`);
			await worker.kill();
			await expectBoth(await setting.api.waitForEnd(id, { timeoutMs: 200_000 }), 'orphaned');
			await worker.begin();
		},
		STORY_MS,
	);

	// n8n stores its own error over all that the execution held, and has nothing left to retry.
	it(
		'whose worker was killed during a poll is given up by n8n: Video > Get downloads the videos, bought once',
		async () => {
			const id = await parked('polled');
			const tasks = taskIds('polled');
			setting.simulator.set({ pollFault: 'hang' });
			const marks = setting.host.workers.map(({ log }) => log.text.length);
			await callAt('polled', setting.host.main);
			await until(() => setting.simulator.polls(String(tasks[0])) > 0);
			const worker = workerThat(`started execution ${id} `, marks);
			await worker.kill();
			setting.simulator.set({ pollFault: undefined });
			setting.simulator.advance(LONG);
			const lost = await setting.api.waitForEnd(id, { timeoutMs: 300_000 });
			expect(lost.error?.message).toMatch(GIVEN_UP);
			await worker.begin();
			for (const taskId of tasks) {
				expect(workerThat(`Sora task ${taskId} accepted`)).toBeDefined();
			}
			const again = workflowOf(manual, ...ideas(tasks), get('={{ $json.idea }}', { name: 'Sora' }));
			await expectBoth(await setting.api.runToEnd(await save(again)), 'polled');
		},
		STORY_MS,
	);
});
