import { NodeHelpers } from 'n8n-workflow';

import { png } from '../files/images';
import { runWorkflow, soraNode, SORA_TYPE } from './engine';
import { GENERATE, itemsWith, useGateway } from './gateway';
import { time } from './time';

/** The smallest picture that passes. */
const PICTURE = `data:image/png;base64,${png({ width: 64, height: 64 }).toString('base64')}`;
const gateway = useGateway();

describe('Video > Generate on the engine', () => {
	it('delivers the finished video as simplified JSON and as a file', async () => {
		const { json, items, error } = await gateway.run({ ...GENERATE, prompt: 'A paper boat' });
		expect(error).toBeUndefined();
		const [purchase] = gateway.simulator.books.purchases;
		expect(json('Done')).toEqual([
			{
				task_id: purchase?.taskId,
				status: 'SUCCESS',
				progress: 100,
				video_url: expect.stringContaining(gateway.simulator.filesUrl),
				submitted_at: expect.stringMatching(/^\d{4}-.*Z$/),
				started_at: expect.stringMatching(/^\d{4}-.*Z$/),
				finished_at: expect.stringMatching(/^\d{4}-.*Z$/),
				width: 320,
				height: 180,
				duration_seconds: 10,
				model: 'sora-2',
				prompt: 'A paper boat',
			},
		]);
		const file = items('Done')[0]?.binary?.data;
		expect(file).toMatchObject({
			mimeType: 'video/mp4',
			fileExtension: 'mp4',
			fileName: `a-paper-boat_${purchase?.taskId}.mp4`,
		});
		expect(Buffer.from(file?.data ?? '', 'base64').toString('latin1', 4, 8)).toBe('ftyp');
	});

	it('sends what was set and nothing else', async () => {
		await gateway.run({ ...GENERATE, prompt: 'A paper boat', waiting: 'none' });
		expect(gateway.simulator.books.purchases[0]?.body).toEqual({
			model: 'sora-2',
			prompt: 'A paper boat',
			aspect_ratio: '16:9',
			duration: '10',
		});
	});

	it('sends other models what the extra body holds, and nothing that only Sora knows', async () => {
		const extra = { ratio: '16:9', resolution: '1080p', duration: 8, seed: 7 };
		const { error } = await gateway.run({
			...GENERATE,
			model: { __rl: true, mode: 'id', value: 'seedance-1.5-pro' },
			prompt: 'A paper boat',
			duration: '15',
			hd: true,
			options: { extraBody: JSON.stringify(extra) },
		});
		expect(error).toBeUndefined();
		expect(gateway.simulator.books.purchases[0]?.body).toEqual({
			model: 'seedance-1.5-pro',
			prompt: 'A paper boat',
			aspect_ratio: '16:9',
			...extra,
		});
	});

	it('sends every parameter under its wire name', async () => {
		await gateway.run({
			...GENERATE,
			model: { __rl: true, mode: 'list', value: 'sora-2-pro' },
			prompt: '  A paper boat  ',
			aspectRatio: '9:16',
			duration: '15',
			hd: true,
			waiting: 'none',
			options: {
				imageUrls: ['https://example.com/a.png', PICTURE],
				watermark: false,
				private: true,
				characterUrl: 'https://example.com/cat.mp4',
				characterStartSecond: 0.5,
				characterEndSecond: 2,
				notifyHook: 'http://127.0.0.1:9/hook',
				extraBody: '{ "seed": 7, "style": "noir" }',
			},
		});
		expect(gateway.simulator.books.purchases[0]?.body).toEqual({
			model: 'sora-2-pro',
			prompt: 'A paper boat',
			aspect_ratio: '9:16',
			duration: '15',
			hd: true,
			images: ['https://example.com/a.png', PICTURE],
			watermark: false,
			private: true,
			character_url: 'https://example.com/cat.mp4',
			character_timestamps: '0.5,2',
			notify_hook: 'http://127.0.0.1:9/hook',
			seed: 7,
			style: 'noir',
		});
	});

	it('writes the request of a saved Sora workflow as it always did: purchases are known by its text', async () => {
		const full = {
			...GENERATE,
			prompt: 'A boat',
			hd: true,
			waiting: 'none',
			options: {
				imageUrls: ['https://example.com/a.png'],
				watermark: false,
				private: true,
				characterUrl: 'https://example.com/cat.mp4',
				notifyHook: 'http://127.0.0.1:9/hook',
				extraBody: '{ "seed": 7 }',
			},
		};
		const pro = (mode: string, value: string) => ({ model: { __rl: true, mode, value } });
		await gateway.run({ ...full, ...pro('list', 'sora-2-pro') });
		await gateway.run({ ...full, ...pro('id', '={{ "sora-2-pro" }}') });
		const text =
			'{"model":"sora-2-pro","prompt":"A boat","aspect_ratio":"16:9","duration":"10","hd":true,' +
			'"images":["https://example.com/a.png"],"watermark":false,"private":true,' +
			'"character_url":"https://example.com/cat.mp4","character_timestamps":"1,3",' +
			'"notify_hook":"http://127.0.0.1:9/hook","seed":7}';
		const bodies = gateway.simulator.books.purchases.map(({ body }) => JSON.stringify(body));
		expect(bodies).toEqual([text, text]);
	});

	it('says which field another model lacks, where an expression chose it and the workflow holds one', async () => {
		const { error } = await gateway.run({
			...GENERATE,
			model: { __rl: true, mode: 'id', value: '={{ "veo3" + ".1" }}' },
			prompt: 'A paper boat',
			duration: '25',
			hd: true,
			waiting: 'none',
		});
		expect(error?.message).toMatch(
			/"Duration" is not offered by Veo 3.1, whose videos are 8 seconds/,
		);
		expect(gateway.simulator.requests).toEqual([]);
	});

	it('leaves out what another model lacks, where an expression chose it and the field was left alone', async () => {
		await gateway.run({
			...GENERATE,
			model: { __rl: true, mode: 'id', value: '={{ "veo3" + ".1" }}' },
			prompt: 'A paper boat',
			waiting: 'none',
			options: { extraBody: { enhance_prompt: true } },
		});
		expect(gateway.simulator.books.purchases[0]?.body).toEqual({
			model: 'veo3.1',
			prompt: 'A paper boat',
			aspect_ratio: '16:9',
			enhance_prompt: true,
		});
	});

	it('takes image lists from an expression, as an array or separated by commas', async () => {
		const images = ['https://example.com/a.png', 'https://example.com/b.png?x=1,2'];
		await gateway.run(
			{
				...GENERATE,
				prompt: 'A paper boat',
				waiting: 'none',
				options: { imageUrls: '={{ $json.images }}' },
			},
			{ items: itemsWith('images', [images, images.join(', ')]) },
		);
		const sent = gateway.simulator.books.purchases.map(({ body }) => body.images);
		expect(sent).toEqual([images, images]);
	});

	it('writes mentions as the gateway binds them', async () => {
		const { simulator } = gateway;
		const created = await gateway.run({
			resource: 'character',
			operation: 'create',
			url: 'https://example.com/cat.mp4',
		});
		const [{ username } = { username: '' }] = created.json('Done');
		await gateway.run({
			...GENERATE,
			prompt: `=在舞台上@{${username}}跳舞，联系 cat@example.com`,
			waiting: 'none',
		});
		expect(simulator.books.purchases[0]?.prompt).toBe(
			`在舞台上 @${username} 跳舞，联系 cat@example.com`,
		);
	});

	it('finishes 20 items with one-minute renders in the time of one, in order and linked', async () => {
		const prompts = Array.from({ length: 20 }, (_, index) => `Boat ${index}`);
		gateway.simulator.set({ renderSeconds: 60 });
		const begun = gateway.simulator.now();
		const { items } = await gateway.run(
			{ ...GENERATE, prompt: '={{ $json.idea }}' },
			{ items: itemsWith('idea', prompts) },
		);
		const seconds = (gateway.simulator.now() - begun) / 1000;
		expect(items('Done').map(({ json }) => json.prompt)).toEqual(prompts);
		expect(items('Sora').map(({ pairedItem }) => pairedItem)).toEqual(
			prompts.map((_, item) => ({ item })),
		);
		expect(gateway.simulator.books.purchases).toHaveLength(20);
		// One render takes 62 gateway seconds with its queue; one after the other would take 1,240.
		expect(seconds).toBeLessThan(1_240 / 3);
	});

	it('submits no more items at a time than it was told', async () => {
		gateway.simulator.set({ latencySeconds: 20 });
		const { error } = await gateway.run(
			{
				...GENERATE,
				prompt: '={{ $json.idea }}',
				waiting: 'none',
				options: { maxConcurrentSubmissions: 2 },
			},
			{ items: itemsWith('idea', ['a', 'b', 'c', 'd', 'e', 'f']) },
		);
		expect(error).toBeUndefined();
		const starts = gateway.submissions().map(({ at }) => Math.round(at / 20_000));
		const busiest = Math.max(...starts.map((slot) => starts.filter((at) => at === slot).length));
		expect(gateway.simulator.books.purchases).toHaveLength(6);
		expect(busiest).toBeLessThanOrEqual(2);
	});

	it('returns at once with the task ID when it is told not to wait', async () => {
		const { json, items } = await gateway.run({
			...GENERATE,
			prompt: 'A boat',
			waiting: 'none',
		});
		expect(json('Done')[0]).toMatchObject({
			task_id: gateway.simulator.books.purchases[0]?.taskId,
			video_url: null,
			progress: 0,
		});
		expect(items('Done')[0]?.binary).toBeUndefined();
		expect(gateway.simulator.requests.filter(({ route }) => route === 'task')).toEqual([]);
	});

	it('gives the gateway’s own task object when Simplify is off', async () => {
		gateway.simulator.set({ taskShape: 'envelope', urlPlace: 'data.outputs' });
		const { json } = await gateway.run({ ...GENERATE, prompt: 'A boat', simplify: false });
		expect(json('Done')[0]).toMatchObject({
			task_id: gateway.simulator.books.purchases[0]?.taskId,
			video_url: expect.stringContaining('http'),
			platform: expect.any(String),
			submit_time: expect.any(Number),
			data: { outputs: [expect.stringContaining('http')] },
		});
	});

	it.each(['task_id', 'id', 'data.task_id', 'data.id', 'output.task_id'] as const)(
		'finds the task ID at %s',
		async (submitShape) => {
			gateway.simulator.set({ submitShape, idStyle: 'model' });
			const { json } = await gateway.run({ ...GENERATE, prompt: 'A boat', downloadVideo: false });
			expect(json('Done')[0]).toMatchObject({
				task_id: gateway.simulator.books.purchases[0]?.taskId,
				status: 'SUCCESS',
			});
		},
	);

	it.each(['lower', 'completed', 'succeeded', 'processing', 'unknown'] as const)(
		'understands the status words of a gateway that says "%s"',
		async (statuses) => {
			gateway.simulator.set({ statuses, progress: 'absent' });
			const { json, error } = await gateway.run({
				...GENERATE,
				prompt: 'A boat',
				downloadVideo: false,
			});
			expect(error).toBeUndefined();
			expect(json('Done')[0]?.video_url).toEqual(expect.stringContaining('http'));
		},
	);

	it('waits for a video that the gateway hands out late', async () => {
		gateway.simulator.set({ urlDelaySeconds: 20 });
		const { items } = await gateway.run({ ...GENERATE, prompt: 'A boat' });
		expect(items('Done')[0]?.binary?.data?.mimeType).toBe('video/mp4');
	});

	it('puts out the unfinished task at the deadline when it is told to', async () => {
		gateway.simulator.set({ renderSeconds: 600 });
		const { json, items } = await gateway.run({
			...GENERATE,
			prompt: 'A boat',
			options: { maxWaitMinutes: 1, onTimeout: 'output' },
		});
		expect(json('Done')[0]).toMatchObject({
			task_id: gateway.simulator.books.purchases[0]?.taskId,
			status: 'IN_PROGRESS',
			timed_out: true,
			video_url: null,
		});
		expect(items('Done')[0]?.binary).toBeUndefined();
	});

	it('answers an AI agent with small JSON and never with a file', async () => {
		const toolNode = soraNode(time);
		const type = `${SORA_TYPE}Tool`;
		const { items } = await runWorkflow({
			workflow: {
				nodes: [
					{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
					{ name: 'Sora', type, parameters: { ...GENERATE, prompt: 'A boat', simplify: false } },
				],
				connections: { Start: { main: [[{ node: 'Sora', type: 'main', index: 0 }]] } },
			},
			credential: { apiKey: gateway.simulator.apiKey, baseUrl: gateway.simulator.url },
			sora: toolNode,
		});
		const [item] = items('Sora');
		expect(item?.binary).toBeUndefined();
		expect(item?.json.video_url).toEqual(expect.stringContaining('http'));
		expect(JSON.stringify(item?.json).length).toBeLessThan(1_000);
	});

	it('lets later nodes reach the item behind each video', async () => {
		const workflow = {
			nodes: [
				{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
				{
					name: 'Generate',
					type: SORA_TYPE,
					parameters: { ...GENERATE, prompt: '={{ $json.idea }}', downloadVideo: false },
				},
				{
					name: 'Look',
					type: SORA_TYPE,
					parameters: {
						resource: 'video',
						operation: 'get',
						taskId:
							"={{ $('Start').item.json.idea === $json.prompt ? $json.task_id : 'mixed up' }}",
					},
				},
			],
			connections: {
				Start: { main: [[{ node: 'Generate', type: 'main' as const, index: 0 }]] },
				Generate: { main: [[{ node: 'Look', type: 'main' as const, index: 0 }]] },
			},
		};
		const { json, error } = await runWorkflow({
			workflow,
			items: itemsWith('idea', ['one', 'two', 'three']),
			credential: { apiKey: gateway.simulator.apiKey, baseUrl: gateway.simulator.url },
			sora: soraNode(time),
		});
		expect(error).toBeUndefined();
		expect(json('Look').map(({ task_id }) => task_id)).toEqual(
			json('Generate').map(({ task_id }) => task_id),
		);
	});
});

describe('the panel of Video > Generate', () => {
	const { properties } = soraNode().description;
	const shown = (values: Record<string, unknown>) => {
		const parameters = {
			...GENERATE,
			promptType: 'text',
			waiting: 'node',
			downloadVideo: true,
			...values,
		};
		return properties
			.filter((property) =>
				NodeHelpers.displayParameter(parameters as never, property, { typeVersion: 1 }, null),
			)
			.map(({ name }) => name);
	};
	const durations = (model: string) =>
		properties
			.find(({ name }) => name === 'duration')
			?.options?.filter((option) =>
				NodeHelpers.displayParameter(
					{ ...GENERATE, model } as never,
					option as never,
					{ typeVersion: 1 },
					null,
				),
			)
			.map((option) => (option as { value: string }).value);

	it('shows HD for sora-2-pro only, and not at 25 seconds', () => {
		expect(shown({ model: 'sora-2', duration: '10' })).not.toContain('hd');
		expect(shown({ model: 'sora-2-pro', duration: '15' })).toContain('hd');
		expect(shown({ model: 'sora-2-pro', duration: '25' })).not.toContain('hd');
	});

	it('shows the duration for Sora models only, 25 seconds for sora-2-pro only', () => {
		expect(shown({ model: 'veo3.1' })).not.toContain('duration');
		expect(durations('sora-2')).toEqual(['10', '15']);
		expect(durations('sora-2-pro')).toEqual(['10', '15', '25']);
	});

	it('shows the shots in place of the prompt and the duration, and HD whatever the duration was', () => {
		const board = shown({ model: 'sora-2-pro', promptType: 'storyboard', duration: '25' });
		expect(board).toEqual(expect.arrayContaining(['shots', 'hd']));
		expect(board).not.toContain('prompt');
		expect(board).not.toContain('duration');
		expect(shown({})).not.toContain('shots');
	});

	it('shows the download only when the node waits, and its field only with the download', () => {
		expect(shown({})).toEqual(expect.arrayContaining(['downloadVideo', 'binaryPropertyOutput']));
		expect(shown({ waiting: 'none' })).not.toContain('downloadVideo');
		expect(shown({ waiting: 'none' })).not.toContain('binaryPropertyOutput');
		expect(shown({ downloadVideo: false })).not.toContain('binaryPropertyOutput');
	});
});
