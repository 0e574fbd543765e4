/* eslint-disable @n8n/community-nodes/no-restricted-imports -- packs answers, never inside n8n */
import { gzipSync } from 'node:zlib';

import { until } from '../until';
import { DIALECT_NAMES } from '../simulator/dialects';
import { seededRandom } from '../simulator/random';
import { DENIALS, ODD_POLLS, OWN_LINK_DIALECTS } from './arbitraries';
import { boat, CREATE, GET, goOn, itemsWith, useGateway } from './gateway';
import {
	finished,
	gatewayScript,
	json,
	runAgainst,
	scripted,
	task,
	TASK,
	type Scripted,
} from './scripted';

const gateway = useGateway({ renderSeconds: 10 });
const bought = () => gateway.simulator.books.purchases;
const only = (list: readonly { taskId: string }[]) => {
	expect(list).toHaveLength(1);
	return list[0]?.taskId ?? '';
};

/** The first numbers of a sequence: other ones than the unit tests draw. */
const DRAWN = Array.from(
	{ length: 12 },
	(_, index) => `random:${Math.floor(seededRandom(index)() * 1e9)}`,
);

describe('a finished video is delivered, whatever the dialect', () => {
	it.each([...DIALECT_NAMES, ...DRAWN])('%s', async (dialect) => {
		gateway.simulator.set({ dialect });
		const { json, error } = await gateway.run(boat);
		expect(error).toBeUndefined();
		const taskId = only(bought());
		const [item] = json('Done');
		expect(item).toMatchObject({ task_id: taskId });
		const url = String(item?.video_url);
		if (OWN_LINK_DIALECTS.some((name) => name === dialect)) {
			expect(url).toBe(`${gateway.simulator.url}/v1/videos/${encodeURIComponent(taskId)}/content`);
		} else {
			expect(
				url.startsWith(`${gateway.simulator.filesUrl}/videos/${encodeURIComponent(taskId)}.mp4?`),
			).toBe(true);
			const file = await fetch(url);
			expect([file.status, file.headers.get('content-type')]).toEqual([200, 'video/mp4']);
			await file.body?.cancel();
		}
	});

	it('also where its ID is a number beyond 2^53', async () => {
		gateway.simulator.set({ idStyle: 'number', dialect: 'dataTaskId' });
		const { json, error } = await gateway.run(boat);
		expect(error).toBeUndefined();
		expect(json('Done')[0]?.task_id).toBe(only(bought()));
		expect(json('Done')[0]?.task_id).toMatch(/^9\d{18}$/);
	});

	it('with its file', async () => {
		gateway.simulator.set({ dialect: 'unnamed' });
		const { items, error } = await gateway.run({ ...boat, downloadVideo: true });
		expect(error).toBeUndefined();
		expect(items('Done')[0]?.binary?.data?.bytes).toBeGreaterThan(10_000);
		only(bought());
	});

	it.each(OWN_LINK_DIALECTS)(
		'with its file, where that lies at the gateway and wants the key: %s',
		async (dialect) => {
			gateway.simulator.set({ dialect });
			const { items, error } = await gateway.run({ ...boat, downloadVideo: true });
			expect(error).toBeUndefined();
			expect(items('Done')[0]?.binary?.data?.bytes).toBeGreaterThan(10_000);
			only(bought());
		},
	);

	it('to Video > Get as well, which hands the object on untouched where it is told to', async () => {
		gateway.simulator.set({ dialect: 'dashScope' });
		await gateway.run({ ...boat, waiting: 'none' });
		const taskId = only(bought());
		gateway.simulator.advance(200);
		const { json } = await gateway.run({ ...GET, taskId, simplify: false });
		expect(json('Done')[0]).toMatchObject({
			task_id: taskId,
			task_status: 'SUCCEEDED',
			video_url: expect.any(String),
		});
	});
});

describe('a failed task says why and what may be done, whatever the dialect', () => {
	it.each([...DIALECT_NAMES, ...DRAWN])('%s', async (dialect) => {
		gateway.simulator.set({ dialect });
		const ideas = ['one [[outcome=moderation]]', 'two [[outcome=renderError]]'];
		const { json } = await gateway.run(
			{ ...boat, prompt: '={{ $json.idea }}' },
			{ ...goOn, items: itemsWith('idea', ideas) },
		);
		const [refused, failed] = json('Done');
		expect(refused).toMatchObject({
			category: 'moderation',
			retryable: false,
			task_id: bought()[0]?.taskId,
		});
		expect(refused?.fail_reason).toContain('提示词违反了内容政策');
		// There the name of the reason says more than its words.
		const isFilter = dialect === 'filtered';
		expect(failed).toMatchObject({
			category: isFilter ? 'moderation' : 'render_failed',
			retryable: !isFilter,
			task_id: bought()[1]?.taskId,
		});
		expect(failed?.fail_reason).toContain('视频生成失败');
		expect(bought()).toHaveLength(2);
	});

	it.each([...DIALECT_NAMES.slice(0, 12)])(
		'and is not bought again by n8n’s own retry where it was refused: %s',
		async (dialect) => {
			gateway.simulator.set({ dialect, outcome: 'moderation' });
			const { error } = await gateway.run(boat, {
				node: { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 },
			});
			expect(error?.message).toContain(only(bought()));
		},
	);
});

describe('one odd answer to a poll never loses the video', () => {
	// An ID that is named from the first answer on is an alias.
	const lasting = ODD_POLLS.filter((name) => name !== 'foreignTask');
	it.each([...lasting, 'badRequest'] as const)('%s, time and again', async (name) => {
		gateway.simulator.set({ pollFault: `${name}:5` });
		const { json, error } = await gateway.run(boat);
		expect(error).toBeUndefined();
		expect(json('Done')[0]).toMatchObject({ task_id: only(bought()), status: 'SUCCESS' });
		expect(gateway.simulator.polls(only(bought()))).toBeGreaterThan(5);
	});

	it.each(DENIALS)('%s, once', async (name) => {
		gateway.simulator.set({ pollFault: `${name}:1` });
		const { json, error } = await gateway.run(boat);
		expect(error).toBeUndefined();
		expect(json('Done')[0]).toMatchObject({ task_id: only(bought()), status: 'SUCCESS' });
	});

	it('and several videos are all named, the first where one always is', async () => {
		gateway.simulator.set({ dialect: 'severalVideos' });
		const simple = (await gateway.run(boat)).json('Done')[0];
		const whole = (await gateway.run({ ...boat, simplify: false })).json('Done')[0];
		for (const item of [simple, whole]) {
			expect(item?.video_urls).toHaveLength(2);
			expect((item?.video_urls as string[])[0]).toBe(item?.video_url);
		}
		gateway.simulator.set({ dialect: 'none' });
		expect((await gateway.run(boat)).json('Done')[0]).not.toHaveProperty('video_urls');
	});

	it('and what stands against one task ends no other wait, though the node fails of it', async () => {
		const { error } = await gateway.run(
			{ ...boat, downloadVideo: true, prompt: '={{ $json.idea }}' },
			{
				items: itemsWith('idea', [
					'A boat [[pollFault=taskNotExist]]',
					'A bird [[renderSeconds=300]]',
					'A fish [[renderSeconds=900]]',
				]),
			},
		);
		expect(error?.message).toContain(bought()[0]?.taskId);
		expect(bought()).toHaveLength(3);
		expect(gateway.simulator.requests.filter(({ route }) => route === 'file')).toHaveLength(2);
	});

	it('and a page that stays is waited through until the deadline, which names the task', async () => {
		gateway.simulator.set({ pollFault: 'page404' });
		const { json } = await gateway.run({ ...boat, options: { maxWaitMinutes: 5 } }, goOn);
		expect(json('Done')[0]).toMatchObject({ category: 'deadline_passed', task_id: only(bought()) });
	});

	it('a task that was picked up after a retry counts as accepted', async () => {
		gateway.simulator.set({ pollFault: 'badKey' });
		const first = await gateway.run(boat);
		expect(first.error).toBeDefined();
		gateway.simulator.set({ pollFault: 'taskNotExist:1' });
		const contextData = JSON.parse(JSON.stringify(first.contextData)) as never;
		const second = await gateway.run(boat, { contextData, executionId: 'execution-2' });
		expect(second.error).toBeUndefined();
		expect(second.json('Done')[0]?.task_id).toBe(only(bought()));
	});

	it.each([
		['page404:2', 3],
		['challenge403:2', 3],
	] as const)('Video > Get goes on through %s as well', async (pollFault, polls) => {
		await gateway.run({ ...boat, waiting: 'none' });
		const taskId = only(bought());
		gateway.simulator.advance(200);
		gateway.simulator.set({ pollFault });
		const { json, error } = await gateway.run({ ...GET, taskId });
		expect(error).toBeUndefined();
		expect(json('Done')[0]).toMatchObject({ task_id: taskId, status: 'SUCCESS' });
		expect(gateway.simulator.polls(taskId)).toBe(polls);
	});

	it.each(['taskNotExist', 'badKey', 'groupDenied'] as const)(
		'Video > Get believes %s at once: it knows of no purchase',
		async (pollFault) => {
			gateway.simulator.set({ pollFault });
			for (const waiting of ['none', 'node']) {
				await gateway.run({ ...GET, taskId: 'video_1', waiting }, goOn);
			}
			expect(gateway.simulator.requests.filter(({ route }) => route === 'task')).toHaveLength(2);
		},
	);

	it('Video > Get gives an address that answers with pages up after a few', async () => {
		gateway.simulator.set({ pollFault: 'page404' });
		const { json } = await gateway.run({ ...GET, taskId: 'video_1', waiting: 'node' }, goOn);
		expect(json('Done')[0]).toMatchObject({ category: 'wrong_address', task_id: 'video_1' });
		expect(gateway.simulator.requests.filter(({ route }) => route === 'task')).toHaveLength(4);
	});
});

describe('what a gateway says', () => {
	it('is cut before it is shown or stored, with a sign of the cut', async () => {
		const reason = `提示词违反了内容政策${'…很长'.repeat(600_000)}`;
		gateway.simulator.set({ outcome: 'moderation', reason });
		await gateway.run({ ...boat, waiting: 'none' });
		gateway.simulator.advance(200);
		const { json } = await gateway.run({ ...GET, taskId: only(bought()) });
		const [item] = json('Done');
		expect(item).toMatchObject({ category: 'moderation', retryable: false });
		expect(String(item?.fail_reason)).toMatch(/cut: \d+ characters/);
		expect(JSON.stringify(item).length).toBeLessThan(10_000);
		const raw = (await gateway.run({ ...GET, taskId: only(bought()), simplify: false })).json(
			'Done',
		)[0];
		expect(JSON.stringify(raw).length).toBeLessThan(20_000);
		expect(JSON.stringify(raw)).toMatch(/cut: \d+ characters/);
	});
});

const VIDEO = 'https://files.example/v.mp4';
const orders = ({ requests }: Scripted) =>
	requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/generations')).length;
const polls = ({ requests }: Scripted) => requests.filter(({ method }) => method === 'GET').length;

/** A gateway that answers each poll with the next of these, the last of them for ever. */
const telling = async (...answers: unknown[]) => {
	let poll = 0;
	return await scripted(
		gatewayScript((_, response) => json(response, answers[Math.min(poll++, answers.length - 1)])),
	);
};
const retried = { node: { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 } };

describe('a stage of the work is not its end', () => {
	const upscaled = { ...boat, options: { extraBody: '{"enable_upsample": true}' } };
	const small = {
		id: TASK,
		status: 'video_generation_completed',
		video_url: 'https://files.example/small.mp4',
	};

	it('where the upscaling was ordered, with a small video or without', async () => {
		for (const stage of [small, { ...small, video_url: null }]) {
			const gateway = await telling(
				...Array.from({ length: 6 }, () => stage),
				{ id: TASK, status: 'video_upsampling' },
				{ id: TASK, status: 'completed', video_url: VIDEO },
			);
			const { json: items, error } = await runAgainst(gateway.url, upscaled);
			expect(error).toBeUndefined();
			expect(items('Done')[0]).toMatchObject({ status: 'completed', video_url: VIDEO });
			expect([orders(gateway), polls(gateway)]).toEqual([1, 8]);
		}
	});

	it('and is the end where nothing else was ordered', async () => {
		const gateway = await telling(small);
		const { json: items } = await runAgainst(gateway.url, boat);
		expect(items('Done')[0]).toMatchObject({ video_url: small.video_url });
		expect(orders(gateway)).toBe(1);
	});

	it('and where it failed beside a video, that is the result, with a note, and is bought once', async () => {
		const gateway = await telling(small, { ...small, status: 'video_upsampling_failed' });
		const { json: items, error } = await runAgainst(gateway.url, upscaled, retried);
		expect(error).toBeUndefined();
		expect(items('Done')[0]).toMatchObject({
			video_url: small.video_url,
			note: expect.stringContaining('video_upsampling_failed'),
		});
		expect(orders(gateway)).toBe(1);
	});
});

describe('an end is told as what it is', () => {
	it.each<[string, object, string, RegExp]>([
		[
			'finished without a video, by the filter of its maker',
			{
				name: 'operations/1',
				done: true,
				response: { raiMediaFilteredReasons: ['Violates our content policy'] },
			},
			'moderation',
			/content policy/,
		],
		[
			'finished without a video, with words beside it',
			task({ status: 'SUCCESS', progress: '100%', message: '内容违规，已拦截' }),
			'moderation',
			/违规/,
		],
		['a word that nobody listed', task({ status: 'output_sensitive' }), 'moderation', /^$/],
		['money that was paid back', task({ status: '已退款' }), 'render_failed', /^$/],
		['a Spanish word', task({ status: 'Cancelado' }), 'task_cancelled', /^$/],
	])('%s', async (_, answer, category, reason) => {
		const gateway = await telling(task(), answer);
		const { json: items } = await runAgainst(gateway.url, boat, goOn);
		const [item] = items('Done');
		expect(item).toMatchObject({ category, task_id: TASK });
		expect(item?.fail_reason ?? '').toMatch(reason);
		expect(orders(gateway)).toBe(1);
		expect(polls(gateway)).toBeLessThan(4);
	});

	it('also by a word that nobody knows, at 100 % or with a finish time, long before the deadline', async () => {
		for (const over of [{ progress: '100%' }, { finish_time: 1756693898 }]) {
			const gateway = await telling(task(), task({ status: 'ZAPPED', ...over }));
			const { json: items } = await runAgainst(gateway.url, boat, goOn);
			expect(items('Done')[0]).toMatchObject({ category: 'end_unclear', status: 'ZAPPED' });
			expect(orders(gateway)).toBe(1);
			expect(polls(gateway)).toBeLessThan(20);
		}
	});
});

describe('a character', () => {
	const cat = { ...CREATE, url: 'https://example.com/cat.mp4' };
	const made = () => gateway.simulator.books.characters;

	it.each(['bare', 'envelope', 'nested', 'userName', 'result', 'processing', 'task'] as const)(
		'is given with its mention where the gateway answers with %s, and created once',
		async (characterShape) => {
			gateway.simulator.set({ characterShape, characterSeconds: 40 });
			const { json, error } = await gateway.run(cat);
			expect(error).toBeUndefined();
			expect(made()).toHaveLength(1);
			const [{ username } = { username: '' }] = made();
			expect(json('Done')).toEqual([
				expect.objectContaining({ username, mention: `@${username}` }),
			]);
			expect(json('Done')[0]).not.toHaveProperty('note');
		},
	);

	it('that is not made in time is asked for again by a retry, and never created twice', async () => {
		gateway.simulator.set({ characterShape: 'task', characterSeconds: 400 });
		const first = await gateway.run(cat);
		expect(first.error?.message).toMatch(
			/^The gateway accepted the character, but has no name yet/,
		);
		expect(first.error?.description).toMatch(/retry this execution in a few minutes/);
		expect(first.error?.message).toContain(String(made()[0]?.id.replace('ch_', 'task_')));
		const { contextData } = first;
		const again = await gateway.run(cat, { contextData, executionId: 'execution-2' });
		expect(again.json('Done')[0]).toMatchObject({ mention: `@${made()[0]?.username}` });
		expect(made()).toHaveLength(1);
	});

	const answered = async (first: object, later: object, status = 200) => {
		const gateway = await scripted((request, response) =>
			request.method === 'POST' ? json(response, first) : json(response, later, status),
		);
		const { json: items } = await runAgainst(gateway.url, cat, { ...goOn });
		expect(gateway.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
		return items('Done')[0];
	};

	it('is given with a note where it has a name and the gateway cannot be asked for more', async () => {
		const item = await answered({ id: 'ch_1', username: 'a.b', status: 'processing' }, {}, 404);
		expect(item).toMatchObject({ mention: '@a.b', note: expect.stringContaining('still making') });
	});

	it('without a name is no mention of nothing', async () => {
		for (const first of [{ id: 'ch_1' }, { data: { task_id: 'job_77' } }]) {
			const item = await answered(first, { error: { message: 'Invalid URL (GET /x)' } }, 404);
			expect(item).toMatchObject({ category: 'character_missing', retryable: true });
			expect(item?.error).toMatch(/ch_1|job_77/);
			expect(JSON.stringify(item)).not.toMatch(/[vV]ideo|base URL/);
		}
	});

	it('whose task failed says why', async () => {
		const refused = { task_id: 'job_77', status: 'FAILURE', fail_reason: '检测到真人' };
		const item = await answered({ task_id: 'job_77', status: 'queued' }, refused);
		expect(item).toMatchObject({ category: 'real_person', fail_reason: '检测到真人' });
		const broken = await answered({ task_id: 'job_77' }, { ...refused, fail_reason: '生成失败' });
		expect(broken).toMatchObject({ category: 'character_missing', task_id: 'job_77' });
	});
});

describe('what else an answer holds', () => {
	it('is the cost, in dollars or in the gateway’s own units', async () => {
		const gateway = await telling({
			id: TASK,
			status: 'completed',
			unsigned_urls: [VIDEO],
			usage: { cost_usd: 0.4 },
			quota: 200_000,
		});
		const { json: items } = await runAgainst(gateway.url, boat);
		expect(items('Done')[0]).toMatchObject({ video_url: VIDEO, cost_usd: 0.4, quota: 200_000 });
		expect(orders(gateway)).toBe(1);
	});

	it('is every file too, and one purchase', async () => {
		gateway.simulator.set({ dialect: 'severalVideos' });
		const { items, error } = await gateway.run({ ...boat, downloadVideo: true });
		expect(error).toBeUndefined();
		only(bought());
		expect(Object.keys(items('Done')[0]?.binary ?? {})).toEqual(['data', 'data_2']);
	});

	it.each([
		[`{"task_id":"${TASK}"`, 'behind the ID'],
		[`{"code":"success","data":{"task_id":"${TASK}","sta`, 'within an envelope'],
		[`{"id":"${TASK}","object":"video","model":"so`, 'within another field'],
	])('is the ID that came before it was cut: %s', async (text) => {
		const cut = await scripted((request, response, socket) => {
			if (request.method !== 'POST') return json(response, finished(VIDEO));
			response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
			response.write(text, () => socket.destroySoon());
		});
		const { json: items, error } = await runAgainst(cut.url, boat, retried);
		expect(error).toBeUndefined();
		expect(items('Done')[0]).toMatchObject({ task_id: TASK, video_url: VIDEO });
		expect(orders(cut)).toBe(1);
	});

	it('is no ID where it was cut within it: that is uncertain, and ordered once', async () => {
		const cut = await scripted((_, response, socket) => {
			response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
			response.write('{"task_id":"vide', () => socket.destroySoon());
		});
		const { error } = await runAgainst(cut.url, boat, retried);
		expect(error?.message).toMatch(/^Submission uncertain/);
		expect(orders(cut)).toBe(1);
	});

	it('is a task alone in a list, at the order and at the poll', async () => {
		const gateway = await scripted((request, response) =>
			json(response, [request.method === 'POST' ? { task_id: TASK } : finished(VIDEO)]),
		);
		const { json: items, error } = await runAgainst(gateway.url, boat);
		expect(error).toBeUndefined();
		expect(items('Done')[0]).toMatchObject({ task_id: TASK, video_url: VIDEO });
		expect(orders(gateway)).toBe(1);
	});

	it('is nothing where the purchase was refused beside an ID of its own', async () => {
		for (const nothing of [{ model: null }, { created: null }]) {
			const gateway = await scripted((_, response) =>
				json(
					response,
					{
						id: 'a1b2c3d4-11',
						...nothing,
						error: { message: 'Invalid value', code: 'invalid_request' },
					},
					400,
				),
			);
			const { json: items } = await runAgainst(gateway.url, boat, goOn);
			expect(items('Done')[0]).toMatchObject({ category: 'bad_request' });
			expect(items('Done')[0]).not.toHaveProperty('task_id');
			expect(orders(gateway)).toBe(1);
		}
	});

	it('is an ID, whatever kind the values around it are of', async () => {
		for (const name of ['object', 'status']) {
			const gateway = await scripted(async (request, response) =>
				request.method === 'POST'
					? json(response, { id: TASK, [name]: { a: [] }, error: { message: 'late' } }, 500)
					: json(response, finished(VIDEO)),
			);
			const { json: items, error } = await runAgainst(gateway.url, boat);
			expect(error).toBeUndefined();
			expect(items('Done')[0]).toMatchObject({ task_id: TASK, video_url: VIDEO });
			expect(orders(gateway)).toBe(1);
		}
	});
});

describe('an answer beyond any size', () => {
	const MIB = 1024 * 1024;

	it('is unpacked no further than an answer may be, and is waited through', async () => {
		const bomb = gzipSync(`{"task_id":"${TASK}","pad":"${' '.repeat(100 * MIB)}"}`);
		let bombs = 0;
		const gateway = await scripted(
			gatewayScript((_, response) => {
				if (bombs++ > 1) return json(response, finished(VIDEO));
				response.writeHead(200, { 'content-encoding': 'gzip' });
				response.end(bomb);
			}),
		);
		const { json: items, error } = await runAgainst(gateway.url, boat);
		expect(error).toBeUndefined();
		expect(items('Done')[0]).toMatchObject({ status: 'SUCCESS' });
		expect(orders(gateway)).toBe(1);
		await until(() => gateway.open() === 0);
	});

	it('leaves a submission uncertain where it is nothing but large', async () => {
		const gateway = await scripted((_, response) => {
			response.writeHead(200);
			response.end('x'.repeat(17 * MIB));
		});
		const { error } = await runAgainst(gateway.url, boat);
		expect(error?.message).toMatch(/^Submission uncertain/);
		expect(orders(gateway)).toBe(1);
	});
});
