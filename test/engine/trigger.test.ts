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
	] as Array<[Scenario['callback'], number]>)('if it calls %s', async (callback, calls) => {
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
	});

	it('if the task failed, with the reason', async () => {
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

	it('if the same call comes again after a restart of n8n', async () => {
		const taskId = await boughtAndCalled();
		trigger.forget();
		await post({ task_id: taskId });
		await trigger.settled();
		expect(trigger.started).toHaveLength(1);
	});

	it('if many calls come at the same moment', async () => {
		const taskId = await finishedTask();
		await Promise.all(Array.from({ length: 20 }, async () => await post({ task_id: taskId })));
		await trigger.settled();
		expect(trigger.started).toHaveLength(1);
	});

	it.each(['html502:3', 'html502:8', 'rateLimited:2'])(
		'if the gateway answers its poll with trouble: %s',
		async (fault) => {
			await boughtAndCalled(1, `[[pollFault=${fault}]]`);
			expect(trigger.started).toHaveLength(1);
		},
	);
});

describe('only the task ID in a call is trusted', () => {
	it.each<[string, (id: string) => unknown, string?]>([
		['a lie', (id) => ({ task_id: id, status: 'FAILURE', fail_reason: 'a lie' })],
		['an envelope in an envelope', (id) => ({ data: { data: { task_id: id } } })],
		['JSON as text', (id) => JSON.stringify({ task_id: id }), 'text/plain'],
		[
			'objects that no reader expects',
			(id) => ({ object: { toString: 1 }, type: {}, task_id: id }),
		],
		[
			'the same as text',
			(id) => JSON.stringify({ object: {}, type: [], status: {}, error: { a: 1 }, task_id: id }),
			'text/plain',
		],
	])('whatever is beside it: %s', async (_, body, type = 'application/json') => {
		const taskId = await finishedTask();
		await post(body(taskId), type);
		await trigger.settled();
		expect(trigger.started.map(({ json }) => [json.task_id, json.status])).toEqual([
			[taskId, 'SUCCESS'],
		]);
	});

	it.each([
		['nothing', {}],
		['a list', [{ task_id: 'video_1' }]],
		['a path', { task_id: '../../v1/models' }],
		['an object', { task_id: { id: 1 } }],
	])('and the gateway is not asked about %s', async (_, body) => {
		const answer = await post(body);
		expect([answer.status, await answer.json()]).toEqual([200, { received: true }]);
		await trigger.settled();
		expect(gateway.simulator.requests).toEqual([]);
		expect(trigger.started).toEqual([]);
	});

	it('and a task that the gateway does not know starts nothing', async () => {
		await post({ task_id: 'video_of-somebody', status: 'SUCCESS', data: { output: 'http://x' } });
		await trigger.settled();
		expect(trigger.started).toEqual([]);
		expect(polls()).toBe(1);
	});

	it('and the call is answered before the gateway is asked', async () => {
		gateway.simulator.set({ latencySeconds: 600 });
		const answer = await post({ task_id: 'video_1' });
		expect(answer.status).toBe(200);
		expect(gateway.simulator.requests.every(({ status }) => status === 'open')).toBe(true);
	});
});

describe('a true call amid made-up ones', () => {
	it('starts the workflow within a minute', async () => {
		const taskId = await finishedTask();
		const before = polls();
		const madeUp = Array.from({ length: 200 }, async () => await post({ task_id: randomUUID() }));
		await Promise.all(madeUp);
		await post({ task_id: taskId });
		const since = gateway.simulator.now();
		await until(() => trigger.started.length > 0);
		expect(trigger.started.map(({ json }) => json.task_id)).toEqual([taskId]);
		expect(gateway.simulator.now() - since).toBeLessThanOrEqual(60_000);
		expect(polls() - before).toBeLessThanOrEqual(30);
		expect(trigger.mostHeld()).toBeLessThanOrEqual(10);
	});

	it('starts the workflow although a failed task is called again and again', async () => {
		const failed = String(await boughtAndCalled(1, '[[outcome=moderation]]'));
		const taskId = await finishedTask();
		const [since, before] = [gateway.simulator.now(), polls()];
		for (let call = 0; call < 40; call++) {
			await post({ task_id: failed });
			if (call === 20) await post({ task_id: taskId });
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
		['with another', `?secret=${SECRET}x`],
		['with two', `?secret=${SECRET}&secret=x`],
	])('ignores a call %s, and its answer does not tell', async (_, query) => {
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

	it('warns once of calls without it, and does not fill the log', async () => {
		await listeningAnew({ secret: SECRET });
		for (let call = 0; call < 40; call++) await post({ task_id: `video_${call}` });
		await trigger.settled();
		const levels = trigger.log.map(({ level }) => level);
		expect(levels.filter((level) => level === 'warn')).toHaveLength(1);
		expect(levels.length).toBeLessThanOrEqual(20);
		expect(polls()).toBe(0);
	});

	it('is required from the moment it is set', async () => {
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

	it('accepts no call if it is an expression without a value, and says so', async () => {
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
	it('is read by another process', async () => {
		const [first, second] = [await finishedTask(), await finishedTask()];
		const entry = (taskId: string) => ({ taskId, outcome: 'succeeded' });
		const saved = (...ids: string[]) => ({ 'node:Sora Trigger': { reported: ids.map(entry) } });
		await listeningAnew({}, saved(first));
		await post({ task_id: first });
		await post({ task_id: second });
		await trigger.settled();
		expect(trigger.started.map(({ json }) => json.task_id)).toEqual([second]);
		expect(trigger.saved()).toEqual(saved(first, second));
	});
});

describe('n8n’s log', () => {
	it.each([
		['holds no task ID', { hello: 'world' }, /no task ID/],
		['is about a path', { task_id: '../x' }, /no task ID/],
		['is about an unknown task', { task_id: 'video_unknown' }, /task video_unknown .*not know/],
	])('has one debug line about a call that %s, without the rest of it', async (_, body, line) => {
		await post({ ...body, note: 'words-of-the-caller' });
		await trigger.settled();
		expect(trigger.log.map(({ level }) => level)).toEqual(['debug']);
		expect(trigger.log[0]?.message).toMatch(line);
		expect(JSON.stringify(trigger.log)).not.toContain('words-of-the-caller');
	});

	it('has one line about an outcome that was reported before, and about one that is not among the Events', async () => {
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

	it('warns if the gateway refuses the key', async () => {
		gateway.simulator.set({ pollFault: 'badKey' });
		await post({ task_id: 'video_1' });
		await trigger.settled();
		expect(trigger.log.map(({ level }) => level)).toEqual(['warn']);
		expect(trigger.log[0]?.message).toMatch(/key/i);
	});

	it('holds no key that the gateway quotes', async () => {
		const { apiKey } = gateway.simulator;
		for (let call = 0; call < 3; call++) {
			await post({ task_id: `video_${apiKey}` });
			await trigger.settled();
		}
		expect(trigger.log.length).toBeGreaterThan(0);
		expect(JSON.stringify(trigger.log)).not.toContain(apiKey);
	});

	it('warns if a parameter cannot be read, and the outcome is not lost', async () => {
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
	it('download the video into the named field', async () => {
		await listeningAnew({ downloadVideo: true, binaryPropertyOutput: 'clip', simplify: 'no' });
		await boughtAndCalled();
		expect(trigger.started[0]?.binary?.clip).toMatchObject({ mimeType: 'video/mp4' });
		expect(trigger.started[0]?.json).toMatchObject({ platform: 'openai' });
	});

	it('start the workflow without the video if the download fails, and say why', async () => {
		await listeningAnew({ downloadVideo: 'TRUE' });
		gateway.simulator.set({ downloadFault: 'expired403' });
		await boughtAndCalled();
		expect(trigger.started[0]?.binary).toBeUndefined();
		expect(trigger.started[0]?.json).toMatchObject({
			status: 'SUCCESS',
			download_error: expect.stringMatching(/expired/),
		});
	});
});
