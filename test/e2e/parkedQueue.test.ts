import { until } from '../until';
import type { Execution } from './n8nApi';
import type { N8nServer } from './n8nServer';
import { IMPATIENT, startQueueStack } from './queueStack';
import { storiesIn } from './stories';
import { useN8n } from './useN8n';
import { get, ideas, manual, parkedGenerate, workflowOf } from './workflows';

const STORY_MS = 600_000;
/** Gateway seconds: more than passes until they are moved forward. */
const LONG = 100_000;

const setting = useN8n({
	scenario: { callback: 'never' },
	keepsBooks: true,
	start: async () => await startQueueStack(2, { ...IMPATIENT, N8N_HOST: '127.0.0.1' }, 5, 2),
});

const { bought, taskIds, save, park, callBack, expectVideos } = storiesIn(setting);

/** Two videos, parked. */
const parked = async (name: string) =>
	await park(
		name,
		...ideas([1, 2].map((number) => `${name} ${number} [[renderSeconds=${LONG}]]`)),
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

/** The worker that has logged about the run, since its log was so long. */
const workerOf = (id: string) =>
	setting.host.workers.find(({ log }) =>
		log.text.includes(`accepted (execution ${id},`),
	) as N8nServer;

describe('a parked run in queue mode', () => {
	it.each(['main process', 'webhook process'])(
		'is woken by a call to the %s, and polled on a worker',
		async (process) => {
			const name = process.replace(' ', '-');
			const [listener] = process === 'main process' ? [setting.host.main] : setting.host.webhooks;
			const id = await parked(name);
			setting.simulator.advance(LONG);
			expect((await callAt(name, listener as N8nServer)).status).toBe(200);
			await expectBoth(await setting.api.waitForEnd(id), name);
			expect(setting.host.main.log.text).not.toContain(`accepted (execution ${id},`);
		},
		STORY_MS,
	);

	it(
		'ends by the timer where its worker was killed',
		async () => {
			const orphaned = await parked('orphaned');
			setting.simulator.advance(LONG);
			const worker = workerOf(orphaned);
			await worker.kill();
			try {
				const ended = await setting.api.waitForEnd(orphaned, { timeoutMs: 200_000 });
				await expectBoth(ended, 'orphaned');
			} finally {
				await worker.begin();
			}
		},
		STORY_MS,
	);

	// n8n stores its own error over all that the execution held, and has nothing left to retry.
	it(
		'whose worker was killed while it polled is given up by n8n: Video > Get brings the videos, bought once',
		async () => {
			const name = 'polled';
			const id = await parked(name);
			setting.simulator.set({ pollFault: 'hang' });
			const marks = setting.host.workers.map(({ log }) => log.text.length);
			await callAt(name, setting.host.main);
			await until(() => setting.simulator.polls(String(bought(name)[0]?.taskId)) > 0);
			const worker = setting.host.workers.find(({ log }, index) =>
				log.text.slice(marks[index]).includes(`started execution ${id} `),
			) as N8nServer;
			await worker.kill();
			setting.simulator.set({ pollFault: undefined });
			setting.simulator.advance(LONG);
			const lost = await setting.api.waitForEnd(id, { timeoutMs: 300_000 });
			expect(lost.error?.message).toMatch(/^This execution failed to be processed too many times/);
			await worker.begin();
			const tasks = taskIds(name);
			const log = setting.host.workers.map(({ log: { text } }) => text).join('\n');
			for (const taskId of tasks) expect(log).toContain(`Sora task ${taskId} accepted`);
			const again = await save(
				workflowOf(manual, ...ideas(tasks), get('={{ $json.idea }}', { name: 'Sora' })),
			);
			await expectBoth(await setting.api.runToEnd(again), name);
		},
		STORY_MS,
	);
});
