import type { IDataObject } from 'n8n-workflow';

import { limiter } from '../../nodes/Sora/flow/limiter';
import type { Scenario } from '../simulator/simulator';
import { until } from '../until';
import { boat, useGateway } from './gateway';
import { startTrigger, type RunningTrigger } from './trigger';

const gateway = useGateway({ renderSeconds: 20 });
const polls = () => gateway.requestsTo('task').length;

let trigger: RunningTrigger;
async function listening(parameters: IDataObject = {}, saved: IDataObject = {}) {
	trigger = await startTrigger({ credential: gateway.credential(), parameters, saved });
}

async function listeningAgain(...given: Parameters<typeof listening>) {
	await trigger.close();
	await listening(...given);
}
beforeEach(async () => await listening());
afterEach(async () => await trigger.close());

/** Buys a video whose hook is the trigger's address, and waits until the gateway has made its calls. */
async function boughtAndCalled(calls = 1, directive = '') {
	const options = { notifyHook: trigger.url };
	await gateway.run({ ...boat, prompt: `A boat ${directive}`, waiting: 'none', options });
	await until(() => {
		const made = gateway.simulator.books.callbacks;
		return made.length >= calls && made.every(({ status, error }) => status ?? error);
	});
	await trigger.settled();
	return gateway.taskIds().at(-1) ?? '';
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

/** Waits until the trigger has dealt with these calls, which come one after the other. */
async function called(...bodies: unknown[]) {
	for (const body of bodies) await post(body);
	await trigger.settled();
}

/** What the workflow was started with. */
const startedWith = () => trigger.started.map(({ json }) => json.task_id);
const levels = () => trigger.log.map(({ level }) => level);

/** A finished task whose gateway never calls by itself. */
async function finishedTask() {
	gateway.set({ callback: 'never' });
	const { json } = await gateway.run(boat);
	gateway.set({ callback: 'finished' });
	return String(json('Done')[0]?.task_id);
}

describe('a call from the gateway starts the workflow once', () => {
	it.each([
		['finished', 1],
		['threeTimes', 3],
		['everyChange', 4],
		['idOnly', 1],
		['envelope', 1],
		['early', 2],
	] as Array<[Scenario['callback'], number]>)('if it calls %s', async (callback, calls) => {
		gateway.set({ callback });
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
		expect(gateway.bought()).toHaveLength(1);
	});

	it('if the task failed, with the reason', async () => {
		gateway.set({ callback: 'threeTimes' });
		const taskId = await boughtAndCalled(3, '[[outcome=moderation]]');
		const fail_reason = expect.stringMatching(/\S/) as string;
		const failed = { task_id: taskId, status: 'FAILURE', fail_reason };
		expect(trigger.started.map(({ json }) => json)).toEqual([expect.objectContaining(failed)]);
	});

	it('if the same call comes again after a restart of n8n', async () => {
		const taskId = await boughtAndCalled();
		trigger.forget();
		await called({ task_id: taskId });
		expect(trigger.started).toHaveLength(1);
	});

	it('if many calls come at the same moment', async () => {
		const taskId = await finishedTask();
		await Promise.all(Array.from({ length: 20 }, async () => await post({ task_id: taskId })));
		await trigger.settled();
		expect(trigger.started).toHaveLength(1);
	});

	it.each(['html502:8', 'rateLimited:2'])(
		'if the gateway answers its poll with a failure: %s',
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
	])('whatever else it contains: %s', async (_, body, type = 'application/json') => {
		const taskId = await finishedTask();
		await post(body(taskId), type);
		await trigger.settled();
		expect(trigger.started.map(({ json }) => [json.task_id, json.status])).toEqual([
			[taskId, 'SUCCESS'],
		]);
	});

	it('and a task that the gateway does not know starts nothing', async () => {
		await called({ task_id: 'video_of-somebody', status: 'SUCCESS', data: { output: 'http://x' } });
		expect(trigger.started).toEqual([]);
		expect(polls()).toBe(1);
	});

	it('and the call is answered before the gateway is polled', async () => {
		gateway.set({ latencySeconds: 600 });
		const answer = await post({ task_id: 'video_1' });
		expect(answer.status).toBe(200);
		expect(gateway.simulator.requests.every(({ status }) => status === 'open')).toBe(true);
	});
});

describe('a URL with a secret', () => {
	const SECRET = 'k7Qm2xw9Lr4t';

	it('starts the workflow', async () => {
		await listeningAgain({ secret: ` ${SECRET} `, simplify: false });
		const taskId = await finishedTask();
		await post({ task_id: taskId }, undefined, `?secret=${SECRET}`);
		await trigger.settled();
		expect(startedWith()).toEqual([taskId]);
		expect(JSON.stringify([trigger.started, trigger.log, trigger.saved()])).not.toContain(SECRET);
	});

	it.each([
		['without it', ''],
		['with another', `?secret=${SECRET}x`],
		['with two', `?secret=${SECRET}&secret=x`],
	])('ignores a call %s, and its answer does not reveal that', async (_, query) => {
		const taskId = await finishedTask();
		await listeningAgain({ secret: SECRET });
		const before = polls();
		const answer = await post({ task_id: taskId }, undefined, query);
		expect([answer.status, await answer.json()]).toEqual([200, { received: true }]);
		await trigger.settled();
		expect(trigger.started).toEqual([]);
		expect(polls()).toBe(before);
		expect(trigger.saved()).toEqual({});
		expect(levels()).toEqual(['warn']);
		expect(trigger.log[0]?.message).toMatch(/Secret.*production URL.*Notify Hook/);
		expect(JSON.stringify(trigger.log)).not.toMatch(new RegExp(`${SECRET}|${taskId}`, 'i'));
	});

	it('is required from the moment it is set', async () => {
		const [before, after] = [await finishedTask(), await finishedTask()];
		await called({ task_id: before });
		const saved = trigger.saved();
		expect(trigger.started).toHaveLength(1);
		await listeningAgain({ secret: SECRET }, saved);
		await post({ task_id: after });
		await post({ task_id: before }, undefined, `?secret=${SECRET}`);
		await trigger.settled();
		expect(trigger.started).toEqual([]);
		await post({ task_id: after }, undefined, `?secret=${SECRET}`);
		await trigger.settled();
		expect(startedWith()).toEqual([after]);
	});

	it('accepts no call if it is an expression without a value, and says so', async () => {
		const taskId = await finishedTask();
		await listeningAgain({ secret: '={{ $json.nothing }}' });
		const before = polls();
		for (const query of ['', '?secret=', '?secret=undefined']) {
			expect((await post({ task_id: taskId }, undefined, query)).status).toBe(200);
		}
		await trigger.settled();
		expect([trigger.started, polls()]).toEqual([[], before]);
		expect(levels()).toEqual(['warn', 'warn', 'warn']);
		expect(trigger.log[0]?.message).toMatch(/Secret/);
	});
});

describe('n8n’s log', () => {
	it.each([
		['holds no task ID', { hello: 'world' }, /no task ID/],
		['is about a path', { task_id: '../x' }, /no task ID/],
		['is about an unknown task', { task_id: 'video_unknown' }, /task video_unknown .*not know/],
	])('has one debug line about a call that %s, without the rest of it', async (_, body, line) => {
		await called({ ...body, note: 'words-of-the-caller' });
		expect(levels()).toEqual(['debug']);
		expect(trigger.log[0]?.message).toMatch(line);
		expect(JSON.stringify(trigger.log)).not.toContain('words-of-the-caller');
	});

	it('has one line about an outcome that was reported before, and about one that is not among the Events', async () => {
		await listeningAgain({ events: ['failed'] });
		const taskId = await finishedTask();
		for (let call = 0; call < 2; call++) await called({ task_id: taskId });
		expect(trigger.log.map(({ level, message }) => [level, message])).toEqual([
			['debug', expect.stringMatching(/finished, which is not among the Events/)],
			['debug', expect.stringMatching(/reported before/)],
		]);
	});

	it('warns if the gateway refuses the key', async () => {
		gateway.set({ pollFault: 'badKey' });
		await called({ task_id: 'video_1' });
		expect(levels()).toEqual(['warn']);
		expect(trigger.log[0]?.message).toMatch(/key/i);
	});

	it('holds no key that the gateway quotes', async () => {
		const { apiKey } = gateway.simulator;
		await called({ task_id: `video_${apiKey}` });
		expect(trigger.log.length).toBeGreaterThan(0);
		expect(JSON.stringify(trigger.log)).not.toContain(apiKey);
	});

	it('warns if a parameter cannot be read, and the outcome is not lost', async () => {
		const taskId = await finishedTask();
		await listeningAgain({ events: '={{ nothing.at.all }}' });
		await called({ task_id: taskId });
		expect(levels()).toEqual(['warn']);
		await listeningAgain({}, trigger.saved());
		await called({ task_id: taskId });
		expect(trigger.started).toHaveLength(1);
	});
});

describe('the trigger’s parameters', () => {
	it('download the video into the named field', async () => {
		await listeningAgain({ downloadVideo: true, binaryPropertyOutput: 'clip', simplify: 'no' });
		await boughtAndCalled();
		expect(trigger.started[0]?.binary?.clip).toMatchObject({ mimeType: 'video/mp4' });
		expect(trigger.started[0]?.json).toMatchObject({ platform: 'openai' });
	});

	it('start the workflow without the video if the download fails, and say why', async () => {
		await listeningAgain({ downloadVideo: 'TRUE' });
		gateway.set({ downloadFault: 'expired403' });
		await boughtAndCalled();
		expect(trigger.started[0]?.binary).toBeUndefined();
		expect(trigger.started[0]?.json).toMatchObject({
			status: 'SUCCESS',
			download_error: expect.stringMatching(/expired/),
		});
	});
});
