import type { IDataObject } from 'n8n-workflow';
import { randomUUID } from 'node:crypto';

import { limiter } from '../../nodes/Sora/flow/limiter';
import type { Scenario } from '../simulator/simulator';
import { until } from '../until';
import { GENERATE, useGateway } from './gateway';
import { startTrigger, type RunningTrigger } from './trigger';

const gateway = useGateway({ renderSeconds: 20 });
const polls = () => gateway.simulator.requests.filter(({ route }) => route === 'task').length;

let trigger: RunningTrigger;
async function listening(parameters: IDataObject = {}, saved: IDataObject = {}) {
	trigger = await startTrigger({
		credential: { apiKey: gateway.simulator.apiKey, baseUrl: gateway.simulator.url },
		parameters,
		saved,
	});
}

async function listeningAnew(...given: Parameters<typeof listening>) {
	await trigger.close();
	await listening(...given);
}
beforeEach(async () => await listening());
afterEach(async () => await trigger.close());

const hooked = (directive = '') => ({
	...GENERATE,
	prompt: `A boat ${directive}`,
	waiting: 'none',
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

/** A busy machine resets some of a thousand connections that are opened at one moment. */
const connections = limiter(20);

const post = async (body: unknown, type = 'application/json', query = '') =>
	await connections(
		async () =>
			await fetch(trigger.url + query, {
				method: 'POST',
				headers: { 'content-type': type },
				body: typeof body === 'string' ? body : JSON.stringify(body),
			}),
	);

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
		expect(polls()).toBe(1);
	});

	it('and a flood of invented IDs asks the gateway a few times a minute', async () => {
		const started = gateway.simulator.now();
		await Promise.all(
			Array.from({ length: 300 }, async (_, index) => await post({ task_id: `video_${index}` })),
		);
		await until(() => polls() >= 5);
		// On a busy machine the calls come so slowly, in the gateway's time, that they are no flood.
		const minutes = (gateway.simulator.now() - started) / 60_000;
		expect(polls()).toBeLessThanOrEqual(40 * (Math.floor(minutes) + 1));
		expect(trigger.started).toEqual([]);
		expect(trigger.mostHeld()).toBeLessThanOrEqual(10);
	});

	it('and is answered before the gateway is asked', async () => {
		gateway.simulator.set({ latencySeconds: 600 });
		const answer = await post({ task_id: 'video_1' });
		expect(answer.status).toBe(200);
		expect(gateway.simulator.requests.every(({ status }) => status === 'open')).toBe(true);
	});
});

describe('a true call amid others', () => {
	const invented = async (length: number, idOf: (index: number) => string) => {
		const calls = Array.from({ length }, async (_, index) => await post({ task_id: idOf(index) }));
		await Promise.all(calls);
	};

	it.each([
		[900, 'numbers', (index: number) => `video_${index}`],
		[300, 'IDs like its own', () => `video_${randomUUID()}`],
	])(
		'is the next to be asked about after %i that were %s',
		async (length, _, idOf) => {
			const taskId = await finishedTask();
			await invented(length, idOf);
			const before = polls();
			await post({ task_id: taskId });
			await until(() => trigger.started.length > 0);
			const asked = gateway.simulator.requests.filter(({ route }) => route === 'task');
			const place = asked.findLastIndex((request) => request.taskId === taskId) - before;
			// Five were on their way already, and other shapes have every other turn.
			expect(place).toBeLessThanOrEqual(8);
			expect(trigger.started.map(({ json }) => json.task_id)).toEqual([taskId]);
			expect(trigger.mostHeld()).toBeLessThanOrEqual(10);
		},
		300_000,
	);

	it('starts the workflow although the same failed task is called again and again', async () => {
		const failed = String(await boughtAndCalled(1, '[[outcome=moderation]]'));
		const taskId = await finishedTask();
		const [since, before] = [gateway.simulator.now(), polls()];
		for (let round = 0; round < 20; round++) {
			await invented(5, () => failed);
			if (round === 10) await post({ task_id: taskId });
		}
		await trigger.settled();
		expect(trigger.started.map(({ json }) => json.task_id)).toEqual([failed, taskId]);
		const minutes = (gateway.simulator.now() - since) / 60_000;
		expect(polls() - before).toBeLessThanOrEqual(1 + Math.ceil(minutes) + 1);
	});
});

describe('an address with a secret', () => {
	const SECRET = 'k7Qm2xw9Lr4t';

	it('starts the workflow', async () => {
		await listeningAnew({ secret: ` ${SECRET} `, simplify: false });
		const taskId = await finishedTask();
		await post({ task_id: taskId }, undefined, `?secret=${SECRET}`);
		await trigger.settled();
		expect(trigger.started.map(({ json }) => json.task_id)).toEqual([taskId]);
		expect(JSON.stringify([trigger.started, trigger.log, trigger.saved()])).not.toContain(SECRET);
	});

	it.each([
		['without it', ''],
		['with another', '?secret=k7Qm2xw9Lr4u'],
		['with a part of it', `?secret=${SECRET.slice(0, -1)}`],
		['with more than it', `?secret=${SECRET}x`],
		['with nothing', '?secret='],
		['with two', `?secret=${SECRET}&secret=x`],
		['with it under another name', `?token=${SECRET}`],
		['with it in another case', `?secret=${SECRET.toUpperCase()}`],
	])('takes no notice of a call %s, and does not tell', async (_, query) => {
		const taskId = await finishedTask();
		await listeningAnew({ secret: SECRET });
		const before = polls();
		const answer = await post({ task_id: taskId }, undefined, query);
		expect([answer.status, await answer.json()]).toEqual([200, { received: true }]);
		await trigger.settled();
		expect(trigger.started).toEqual([]);
		expect(polls()).toBe(before);
		expect(trigger.saved()).toEqual({});
		expect(trigger.log.map(({ level }) => level)).toEqual(['warn']);
		expect(trigger.log[0]?.message).toMatch(/Secret.*production URL.*Notify Hook/);
		expect(JSON.stringify(trigger.log)).not.toMatch(new RegExp(`${SECRET}|${taskId}`, 'i'));
	});

	it('says once that calls come without it, and fills no log', async () => {
		await listeningAnew({ secret: SECRET });
		const sinceStart = gateway.simulator.now();
		for (let call = 0; call < 100; call++) await post({ task_id: `video_${call}` });
		await trigger.settled();
		const levels = trigger.log.map(({ level }) => level);
		expect(levels.filter((level) => level === 'warn')).toHaveLength(1);
		const minutes = (gateway.simulator.now() - sinceStart) / 60_000;
		expect(levels.length).toBeLessThanOrEqual(1 + 20 * (1 + Math.floor(minutes)));
		expect(polls()).toBe(0);
	});

	it('is asked of a trigger’s calls from the moment it is set', async () => {
		const [before, after] = [await finishedTask(), await finishedTask()];
		await post({ task_id: before });
		await trigger.settled();
		const saved = trigger.saved();
		expect(trigger.started).toHaveLength(1);
		await listeningAnew({ secret: SECRET }, saved);
		await post({ task_id: after });
		await post({ task_id: before }, undefined, `?secret=${SECRET}`);
		await trigger.settled();
		expect(trigger.started).toEqual([]);
		await post({ task_id: after }, undefined, `?secret=${SECRET}`);
		await trigger.settled();
		expect(trigger.started.map(({ json }) => json.task_id)).toEqual([after]);
	});

	it('lets nobody in where its expression comes to nothing, and says so', async () => {
		const taskId = await finishedTask();
		await listeningAnew({ secret: '={{ $json.nothing }}' });
		const before = polls();
		for (const query of ['', '?secret=', '?secret=undefined']) {
			expect((await post({ task_id: taskId }, undefined, query)).status).toBe(200);
		}
		await trigger.settled();
		expect([trigger.started, polls()]).toEqual([[], before]);
		expect(trigger.log.map(({ level }) => level)).toEqual(['warn', 'warn', 'warn']);
		expect(trigger.log[0]?.message).toMatch(/Secret/);
	});
});

describe('what n8n saves with the workflow', () => {
	it('is read by another process, and is easy to read', async () => {
		const [first, second] = [await finishedTask(), await finishedTask()];
		await listeningAnew(
			{},
			{ 'node:Sora Trigger': { reported: [{ taskId: first, outcome: 'succeeded' }] } },
		);
		await post({ task_id: first });
		await post({ task_id: second });
		await trigger.settled();
		expect(trigger.started.map(({ json }) => json.task_id)).toEqual([second]);
		expect(trigger.saved()).toEqual({
			'node:Sora Trigger': {
				reported: [
					{ taskId: first, outcome: 'succeeded' },
					{ taskId: second, outcome: 'succeeded' },
				],
			},
		});
	});
});

describe('n8n’s log', () => {
	it.each([
		['holds no task ID', { hello: 'world' }, /no task ID/],
		['is about a path', { task_id: '../x' }, /no task ID/],
		['is about an unknown task', { task_id: 'video_unknown' }, /task video_unknown .*not know/],
		['has a very long ID', { task_id: `video_${'x'.repeat(400)}` }, /video_x{74}… /],
	])(
		'has one line at level debug of a call that %s, without the rest of it',
		async (_, body, line) => {
			await post({ ...body, note: 'a-strangers-words' });
			await trigger.settled();
			expect(trigger.log.map(({ level }) => level)).toEqual(['debug']);
			expect(trigger.log[0]?.message).toMatch(line);
			expect(JSON.stringify(trigger.log)).not.toContain('a-strangers-words');
		},
	);

	it('has one line of a task whose outcome was reported, and of an outcome that is not wanted', async () => {
		await listeningAnew({ events: ['failed'] });
		const taskId = await finishedTask();
		for (let call = 0; call < 2; call++) {
			await post({ task_id: taskId });
			await trigger.settled();
		}
		expect(trigger.log.map(({ level, message }) => [level, message])).toEqual([
			['debug', expect.stringMatching(/finished, which is not among the Events/)],
			['debug', expect.stringMatching(/reported before/)],
		]);
	});

	it('warns where the gateway refuses the key', async () => {
		gateway.simulator.set({ pollFault: 'badKey' });
		await post({ task_id: 'video_1' });
		await trigger.settled();
		expect(trigger.log.map(({ level }) => level)).toEqual(['warn']);
		expect(trigger.log[0]?.message).toMatch(/key/i);
	});

	it('holds no key that the gateway quotes', async () => {
		const { apiKey } = gateway.simulator;
		await post({ task_id: `video_${apiKey}` });
		await post({ task_id: `video_${apiKey}` });
		await trigger.settled();
		await post({ task_id: `video_${apiKey}` });
		await trigger.settled();
		expect(trigger.log.length).toBeGreaterThan(0);
		expect(JSON.stringify(trigger.log)).not.toContain(apiKey);
	});

	it('warns where a parameter cannot be read, and the outcome is not lost', async () => {
		const taskId = await finishedTask();
		const saved = trigger.saved();
		await listeningAnew({ events: '={{ nothing.at.all }}' }, saved);
		await post({ task_id: taskId });
		await trigger.settled();
		expect(trigger.log.map(({ level }) => level)).toEqual(['warn']);
		await listeningAnew({}, trigger.saved());
		await post({ task_id: taskId });
		await trigger.settled();
		expect(trigger.started).toHaveLength(1);
	});
});

describe('the trigger’s parameters', () => {
	it('choose the outcomes', async () => {
		await listeningAnew({ events: ['failed'] });
		await boughtAndCalled();
		expect(trigger.started).toEqual([]);
	});

	it('fetch the video, under the name of the field', async () => {
		await listeningAnew({ downloadVideo: true, binaryPropertyOutput: 'clip', simplify: false });
		await boughtAndCalled();
		expect(trigger.started[0]?.binary?.clip).toMatchObject({ mimeType: 'video/mp4' });
		expect(trigger.started[0]?.json).toMatchObject({ platform: 'openai' });
	});

	it('start the workflow without the video rather than never, and say why', async () => {
		await listeningAnew({ downloadVideo: true });
		gateway.simulator.set({ downloadFault: 'expired403' });
		await boughtAndCalled();
		expect(trigger.started[0]?.binary).toBeUndefined();
		expect(trigger.started[0]?.json).toMatchObject({
			status: 'SUCCESS',
			download_error: expect.stringMatching(/expired/),
		});
	});
});
