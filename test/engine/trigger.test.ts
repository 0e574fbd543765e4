import type { IDataObject } from 'n8n-workflow';

import type { Scenario } from '../simulator/simulator';
import { until } from '../until';
import { GENERATE, useGateway } from './gateway';
import { startTrigger, type RunningTrigger } from './trigger';

const gateway = useGateway({ renderSeconds: 20 });
const looks = () => gateway.simulator.requests.filter(({ route }) => route === 'task').length;

let trigger: RunningTrigger;
async function listening(parameters: IDataObject = {}) {
	trigger = await startTrigger({
		credential: { apiKey: gateway.simulator.apiKey, baseUrl: gateway.simulator.url },
		parameters,
	});
}
beforeEach(async () => await listening());
afterEach(async () => await trigger.close());

const hooked = (directive = '') => ({
	...GENERATE,
	prompt: `A boat ${directive}`,
	waitForCompletion: false,
	options: { notifyHook: trigger.url },
});

/** Buys a video whose hook is the trigger's address, and waits until the gateway has made its calls. */
async function boughtAndCalled(calls = 1, directive = '') {
	const { json } = await gateway.run(hooked(directive));
	await until(() => {
		const made = gateway.simulator.books.callbacks;
		return made.length >= calls && made.every(({ status, error }) => status ?? error);
	});
	await trigger.settled();
	return json('Done')[0]?.task_id;
}

const post = async (body: unknown, type = 'application/json') =>
	await fetch(trigger.url, {
		method: 'POST',
		headers: { 'content-type': type },
		body: typeof body === 'string' ? body : JSON.stringify(body),
	});

/** A finished task whose gateway never calls by itself. */
async function finishedTask() {
	gateway.simulator.set({ callback: 'never' });
	const { json } = await gateway.run({ ...GENERATE, prompt: 'A boat', downloadVideo: false });
	gateway.simulator.set({ callback: 'finished' });
	return String(json('Done')[0]?.task_id);
}

describe('a call of the gateway starts the workflow once', () => {
	it.each([
		['finished', 1],
		['thrice', 3],
		['everyChange', 4],
		['idOnly', 1],
		['envelope', 1],
		['early', 2],
	] as Array<[Scenario['callback'], number]>)(
		'with callbacks of the kind %s',
		async (callback, calls) => {
			gateway.simulator.set({ callback });
			const taskId = await boughtAndCalled(calls);
			expect(trigger.started).toEqual([
				{
					json: {
						task_id: taskId,
						status: 'SUCCESS',
						progress: 100,
						video_url: expect.stringContaining(gateway.simulator.filesUrl),
						submitted_at: expect.any(String),
						started_at: expect.any(String),
						finished_at: expect.any(String),
					},
				},
			]);
			expect(gateway.simulator.books.purchases).toHaveLength(1);
		},
	);

	it('when its task failed, with the reason', async () => {
		gateway.simulator.set({ callback: 'thrice' });
		const taskId = await boughtAndCalled(3, '[[outcome=moderation]]');
		expect(trigger.started.map(({ json }) => json)).toEqual([
			expect.objectContaining({
				task_id: taskId,
				status: 'FAILURE',
				fail_reason: expect.stringMatching(/\S/),
			}),
		]);
	});

	it('also when the same call comes again after n8n was started anew', async () => {
		const taskId = await boughtAndCalled();
		trigger.forget();
		await post({ task_id: taskId });
		await trigger.settled();
		expect(trigger.started).toHaveLength(1);
	});

	it('also when calls come at the same moment', async () => {
		const taskId = await finishedTask();
		await Promise.all(Array.from({ length: 20 }, async () => await post({ task_id: taskId })));
		await trigger.settled();
		expect(trigger.started).toHaveLength(1);
	});

	it('also when the gateway stumbles while it is asked', async () => {
		await boughtAndCalled(1, '[[pollFault=html502:3]]');
		expect(trigger.started).toHaveLength(1);
	});
});

describe('a call is believed nothing', () => {
	it.each([
		['a bare task', (id: string) => ({ task_id: id, status: 'FAILURE', fail_reason: 'a lie' })],
		['an envelope', (id: string) => ({ code: 'success', data: { task_id: id } })],
		['the envelope of an envelope', (id: string) => ({ data: { data: { task_id: id } } })],
		['an ID of another name', (id: string) => ({ taskId: id })],
		['a short ID', (id: string) => ({ id })],
		['an ID in an output', (id: string) => ({ output: { task_id: id } })],
	])('but the ID: %s', async (_, body) => {
		const taskId = await finishedTask();
		await post(body(taskId));
		await trigger.settled();
		expect(trigger.started.map(({ json }) => [json.task_id, json.status])).toEqual([
			[taskId, 'SUCCESS'],
		]);
	});

	it('also where JSON comes as text', async () => {
		const taskId = await finishedTask();
		await post(JSON.stringify({ task_id: taskId }), 'text/plain');
		await trigger.settled();
		expect(trigger.started).toHaveLength(1);
	});

	it.each([
		['nothing', {}],
		['no object', '"video_1"'],
		['a list', [{ task_id: 'video_1' }]],
		['a path', { task_id: '../../v1/models' }],
		['only dots', { task_id: '..' }],
		['a query', { task_id: 'video_1?x=1' }],
		['blanks', { task_id: 'video 1' }],
		['a line break', { task_id: 'video_1\r\nX: 1' }],
		['a novel', { task_id: 'v'.repeat(5_000) }],
		['an object', { task_id: { id: 1 } }],
	])('and nothing is asked for %s', async (_, body) => {
		const answer = await post(body);
		expect([answer.status, await answer.json()]).toEqual([200, { received: true }]);
		await trigger.settled();
		expect(gateway.simulator.requests).toEqual([]);
		expect(trigger.started).toEqual([]);
	});

	it('and a task of somebody else starts nothing', async () => {
		await post({ task_id: 'video_of-somebody', status: 'SUCCESS', data: { output: 'http://x' } });
		await trigger.settled();
		expect(trigger.started).toEqual([]);
		expect(looks()).toBe(1);
	});

	it('and a flood of invented IDs asks the gateway a few times a minute', async () => {
		const started = gateway.simulator.now();
		await Promise.all(
			Array.from({ length: 300 }, async (_, index) => await post({ task_id: `video_${index}` })),
		);
		await until(() => looks() >= 5);
		const minutes = (gateway.simulator.now() - started) / 60_000;
		expect(looks()).toBeLessThanOrEqual(5 * (Math.floor(minutes) + 1));
		expect(trigger.started).toEqual([]);
	});

	it('and is answered before the gateway is asked', async () => {
		gateway.simulator.set({ latencySeconds: 60 });
		const answer = await post({ task_id: 'video_1' });
		expect(answer.status).toBe(200);
		expect(gateway.simulator.requests.every(({ status }) => status === 'open')).toBe(true);
	});
});

describe('the trigger’s parameters', () => {
	it('choose the outcomes', async () => {
		await trigger.close();
		await listening({ events: ['failed'] });
		await boughtAndCalled();
		expect(trigger.started).toEqual([]);
	});

	it('fetch the video, under the name of the field', async () => {
		await trigger.close();
		await listening({ downloadVideo: true, binaryPropertyOutput: 'clip', simplify: false });
		await boughtAndCalled();
		expect(trigger.started[0]?.binary?.clip).toMatchObject({ mimeType: 'video/mp4' });
		expect(trigger.started[0]?.json).toMatchObject({ platform: 'openai' });
	});

	it('start the workflow without the video rather than never, and say why', async () => {
		await trigger.close();
		await listening({ downloadVideo: true });
		gateway.simulator.set({ downloadFault: 'expired403' });
		await boughtAndCalled();
		expect(trigger.started[0]?.binary).toBeUndefined();
		expect(trigger.started[0]?.json).toMatchObject({
			status: 'SUCCESS',
			download_error: expect.stringMatching(/expired/),
		});
	});
});
