import { until } from '../until';
import { DataTable } from './dataTable';
import { isSince, MAKES_TABLES, since } from './environment';
import { changed, example } from './examples';
import type { Execution, SavedWorkflow } from './n8nApi';
import { storiesIn } from './stories';
import { useN8n } from './useN8n';

// The stand-in calls the address that n8n gives out, and listens to the loopback address alone.
const setting = useN8n({ keepsBooks: true, environment: { N8N_HOST: '127.0.0.1' } });

const STORY_TIMEOUT_MS = 240_000;
/** Longer than any test waits. */
const ENDLESS = 1_000_000;

const { taskIds: tasksOf, save, expectVideos } = storiesIn(setting);

describe('the callback pipeline', () => {
	/** How the gateway calls, how often, and how many of the calls the execution hears. */
	const STORIES = {
		finished: { directive: 'callback=finished', calls: 1, heard: 1 },
		everyChange: { directive: 'callback=everyChange', calls: 4, heard: 1 },
		atOnce: { directive: 'renderSeconds=0 queueSeconds=0', calls: 1, heard: 0 },
		never: { directive: 'callback=never', calls: 0, heard: 0 },
		refused: { directive: 'outcome=moderation', calls: 1, heard: 1 },
	};
	type Story = keyof typeof STORIES;
	const workflows = {} as Record<Story, SavedWorkflow>;
	const executions = {} as Record<Story, Execution>;

	async function play(story: Story): Promise<void> {
		const { api } = setting;
		const { directive, heard } = STORIES[story];
		const prompt = `${story} [[${directive}]]`;
		let workflow = changed(example('callback.json'), 'Order a Video', { prompt });
		if (!heard) {
			// Ten minutes are too long for a test.
			workflow = changed(workflow, 'Wait for the Call', { resumeAmount: 1, resumeUnit: 'seconds' });
		}
		workflows[story] = await save(workflow);
		// n8n looks into its database once a minute for what it has to wake.
		executions[story] = await api.runToEnd(workflows[story], { timeoutMs: 120_000 });
	}

	beforeAll(async () => {
		await Promise.all((Object.keys(STORIES) as Story[]).map(play));
	}, STORY_TIMEOUT_MS);

	it.each([
		['at the end', 'finished'],
		['at every change', 'everyChange'],
		['before the execution sleeps', 'atOnce'],
		['never', 'never'],
	] as const)('buys one video and ends with it when the gateway calls %s', async (_, story) => {
		const [taskId, ...others] = tasksOf(story);
		expect(others).toEqual([]);
		const execution = executions[story];
		await expectVideos(execution, 'Get the Video', [String(taskId)]);
		expect(await setting.api.executions(workflows[story])).toHaveLength(1);
		const calls = () => setting.simulator.books.callbacks.filter((call) => call.taskId === taskId);
		const answered = () => calls().filter(({ status }) => status !== undefined);
		await until(() => answered().length === STORIES[story].calls);
		const heard = calls().filter(({ status }) => status === 200).length;
		// An older n8n may say 200 to a call that changes nothing.
		if (isSince('2.41')) expect(heard).toBe(STORIES[story].heard);
	});

	it('ends with advice when moderation refuses the video', () => {
		const { status, error } = executions.refused;
		expect(status).toBe('error');
		expect(error?.message).toContain(tasksOf('refused')[0]);
		expect(error?.description).toContain('Change the prompt');
		expect(tasksOf('refused')).toHaveLength(1);
	});
});

describe('the timer pipeline', () => {
	const IDEAS = {
		quick: '[[renderSeconds=5]]',
		slow: '[[renderSeconds=120]]',
		moderated: '[[outcome=moderation renderSeconds=5]]',
		troubled: '[[renderSeconds=5 pollFault=html502:4]]',
		forgotten: '[[pollFault=taskNotExist]]',
		endless: `[[renderSeconds=${ENDLESS}]]`,
	};
	it(
		'buys each idea once, passes on what finishes in any round, and lists the rest with advice',
		async () => {
			const ideas = Object.entries(IDEAS).map(([idea, directive]) => `${idea} ${directive}`);
			const assignment = {
				id: 'ideas',
				name: 'ideas',
				type: 'array',
				value: JSON.stringify(ideas),
			};
			let workflow = changed(example('timer.json'), 'Ideas', {
				assignments: { assignments: [assignment] },
			});
			// Two minutes, thirty times, are too long for a test.
			workflow = changed(workflow, 'Sleep Two Minutes', { amount: 0.4, unit: 'seconds' });
			const execution = await setting.api.runToEnd(await save(workflow), { timeoutMs: 180_000 });
			/** Everything that a node returned in all of its rounds. */
			const all = (node: string) =>
				(execution.data?.resultData.runData[node] ?? []).flatMap(
					({ data }) => data?.main?.[0] ?? [],
				);
			expect(execution.status).toBe('success');
			for (const idea of Object.keys(IDEAS)) expect(tasksOf(idea)).toHaveLength(1);

			const videos = all('Videos');
			const finished = ['quick', 'troubled', 'slow'].flatMap(tasksOf);
			expect(videos.map(({ json }) => json.task_id).sort()).toEqual(finished.sort());
			for (const { binary } of videos) expect(binary?.data?.mimeType).toBe('video/mp4');

			const failures = all('Failures').map(({ json }) => json);
			expect(failures).toHaveLength(3);
			expect(failures).toEqual(
				expect.arrayContaining([
					expect.objectContaining({
						task_id: tasksOf('moderated')[0],
						fail_reason: expect.any(String) as string,
						category: 'moderation',
						advice: expect.stringContaining('Change the prompt') as string,
					}),
					expect.objectContaining({
						task_id: tasksOf('forgotten')[0],
						category: 'task_not_found',
						advice: expect.stringContaining('Check the task ID') as string,
					}),
					expect.objectContaining({ task_id: tasksOf('endless')[0], status: 'IN_PROGRESS' }),
				]),
			);
			// It gives up after thirty polls.
			expect(setting.simulator.polls(String(tasksOf('endless')[0]))).toBe(30);
		},
		STORY_TIMEOUT_MS,
	);
});

since(MAKES_TABLES, describe)('the batch pipeline', () => {
	let workflow: SavedWorkflow;
	let table: DataTable;

	const run = async (trigger: string): Promise<Execution> => {
		const execution = await setting.api.runToEnd(workflow, { trigger, timeoutMs: 120_000 });
		expect(execution.error?.message).toBeUndefined();
		return execution;
	};
	const night = async () => await run('Every Night');
	const day = async () => await run('Every Ten Minutes');
	const row = async (word: string) =>
		(await table.rows()).find(({ idea }) => String(idea).startsWith(`${word} `));
	const idea = (word: string, directive = '') => ({
		idea: `${word} [[${directive}]]`,
		status: 'idea',
	});

	beforeAll(async () => {
		workflow = await save(example('batch.json'));
		await run('Set Up Once');
		table = await DataTable.named(setting.api, 'Video Ideas');
	}, STORY_TIMEOUT_MS);

	it('records the result of each idea in its row, with advice for failures', async () => {
		await table.fill(
			idea('fine'),
			idea('offensive', 'outcome=moderation'),
			idea('personal', 'submitFault=realPerson'),
			idea('uncertain', 'submitFault=resetAfter'),
			idea('misty', 'pollFault=html502:8'),
		);
		await night();
		expect(await row('personal')).toMatchObject({
			status: 'failed',
			note: expect.stringMatching(
				/real person.*写实人物.*Use a picture or clip without/s,
			) as string,
		});
		expect(await row('uncertain')).toMatchObject({
			status: 'failed',
			note: expect.stringMatching(/^Submission uncertain.*task list or the bill/s) as string,
		});
		for (const word of ['fine', 'offensive', 'misty']) {
			expect(await row(word)).toMatchObject({ status: 'rendering', task_id: tasksOf(word)[0] });
		}

		setting.simulator.advance(600);
		const first = await day();
		expect(first.json('Hand On the Videos').map(({ task_id }) => task_id)).toEqual(tasksOf('fine'));
		expect(await row('fine')).toMatchObject({ status: 'done', note: '' });
		expect((await row('fine'))?.video_url).toMatch(/^http/);
		expect(await row('offensive')).toMatchObject({
			status: 'failed',
			task_id: tasksOf('offensive')[0],
			note: expect.stringMatching(/违反.*Change the prompt/s) as string,
		});
		expect(await row('misty')).toMatchObject({
			status: 'rendering',
			note: expect.stringMatching(/502.*Nothing needs to be bought again/s) as string,
		});

		await day();
		const last = await day();
		await expectVideos(last, 'Hand On the Videos', tasksOf('misty'));
		expect(await row('misty')).toMatchObject({ status: 'done', note: '' });

		const rows = await table.rows();
		await night();
		await day();
		expect(await table.rows()).toEqual(rows);
		for (const word of ['fine', 'offensive', 'uncertain', 'misty']) {
			expect(tasksOf(word)).toHaveLength(1);
		}
		expect(tasksOf('personal')).toEqual([]);
	});

	it('orders twenty ideas a night, and the others in the following nights', async () => {
		const many = Array.from({ length: 23 }, (_, index) => idea(`number${index}`));
		await table.fill(...many);
		await night();
		const statuses = async () => (await table.rows()).map(({ status }) => status);
		expect((await statuses()).filter((status) => status === 'rendering')).toHaveLength(20);
		await night();
		expect(new Set(await statuses())).toEqual(new Set(['rendering']));
		for (const [index] of many.entries()) expect(tasksOf(`number${index}`)).toHaveLength(1);
	});

	it('does not buy again what was being ordered when n8n was killed', async () => {
		const { n8n } = setting;
		await table.fill(idea('killed', 'submitFault=hang'));
		await setting.api.runWorkflow(workflow, { trigger: 'Every Night' });
		await until(() => tasksOf('killed').length === 1);
		await n8n.kill();
		await n8n.begin();
		await night();
		await day();
		expect(await row('killed')).toMatchObject({ status: 'ordered', task_id: null });
		expect(tasksOf('killed')).toHaveLength(1);
	});
});
