/* eslint-disable @n8n/community-nodes/no-restricted-imports -- packs answers, never inside n8n */
import { gzipSync } from 'node:zlib';
import type { IDataObject } from 'n8n-workflow';

import { until } from '../until';
import { DIALECT_NAMES } from '../simulator/dialects';
import { seededRandom } from '../simulator/random';
import { OWN_LINK_DIALECTS } from './arbitraries';
import { boat, CREATE, GET, goOn, retryOnFail, useGateway } from './gateway';
import {
	finished,
	gatewayScript,
	json,
	postsTo,
	runAgainst,
	scripted,
	task,
	TASK,
	type Scripted,
} from './scripted';

const gateway = useGateway({ renderSeconds: 10 });
const { bought, expectOneVideo, run, runEach, taskIds } = gateway;

/** The first numbers of a sequence: other ones than the unit tests draw. */
const DRAWN = Array.from(
	{ length: 12 },
	(_, index) => `random:${Math.floor(seededRandom(index)() * 1e9)}`,
);
const DIALECTS = [...DIALECT_NAMES, ...DRAWN].map((name) => `dialect=${name}`);
const OWN_LINKS = OWN_LINK_DIALECTS.map((name) => `dialect=${name}`);

describe('a finished video is delivered, whatever the dialect', () => {
	it('and its link is what the gateway serves', async () => {
		const results = await runEach(DIALECTS);
		const { url, filesUrl } = gateway.simulator;
		const links = results.map(({ directive, json: item, tasks: [sold] }) => {
			const path = encodeURIComponent(sold?.taskId ?? '');
			const link = OWN_LINKS.includes(directive)
				? `${url}/v1/videos/${path}/content`
				: `${filesUrl}/videos/${path}.mp4?`;
			return [directive, item.task_id === sold?.taskId && String(item.video_url).startsWith(link)];
		});
		expect(links).toEqual(DIALECTS.map((directive) => [directive, true]));
		expect(bought()).toHaveLength(DIALECTS.length);
	});

	it('even if its ID is a number beyond 2^53', async () => {
		gateway.set({ idStyle: 'number', dialect: 'dataTaskId' });
		const { json: items } = await run(boat);
		expectOneVideo(items('Done')[0]);
		expect(items('Done')[0]?.task_id).toMatch(/^9\d{18}$/);
	});

	it('with its file, even if that is at the gateway and needs the key', async () => {
		const results = await runEach(['dialect=unnamed', ...OWN_LINKS], { downloadVideo: true });
		for (const { directive, binary } of results) {
			expect([directive, Number(binary?.data?.bytes) > 10_000]).toEqual([directive, true]);
		}
		expect(bought()).toHaveLength(results.length);
	});

	it('to Video > Get as well, with the object unchanged on request', async () => {
		gateway.set({ dialect: 'dashScope' });
		await run({ ...boat, waiting: 'none' });
		gateway.simulator.advance(200);
		const { json: items } = await run({ ...GET, taskId: taskIds()[0], simplify: false });
		expect(items('Done')[0]).toMatchObject({
			task_id: taskIds()[0],
			task_status: 'SUCCEEDED',
			video_url: expect.any(String),
		});
	});

	it('and several videos are all named, the first where a single one always is', async () => {
		gateway.set({ dialect: 'severalVideos' });
		for (const simplify of [true, false]) {
			const [item] = (await run({ ...boat, simplify })).json('Done');
			expect(item?.video_urls).toEqual([item?.video_url, expect.any(String)]);
		}
	});
});

it.each([
	['moderation', '提示词违反了内容政策', 'moderation', 1],
	['renderError', '视频生成失败', 'render_failed', 2],
])(
	'a failed task says why, whatever the dialect, and is bought again only if that may help: %s',
	async (outcome, words, category, count) => {
		const directives = DIALECTS.map((dialect) => `${dialect} outcome=${outcome}`);
		const results = await runEach(directives, {}, { ...retryOnFail, maxTries: 2 });
		for (const { directive, json: item, tasks } of results) {
			// There the name of the reason says more than its words.
			const isFilter = directive.startsWith('dialect=filtered ');
			const expected = isFilter ? ['moderation', false, 1] : [category, count > 1, count];
			const seen = [item.category, item.retryable, tasks.length];
			expect([directive, ...seen]).toEqual([directive, ...expected]);
			expect(item.task_id).toBe(tasks.at(-1)?.taskId);
			expect(item.fail_reason).toContain(words);
		}
	},
);

it('what a gateway says is cut before it is shown or stored, with a marker', async () => {
	const reason = `提示词违反了内容政策${'…很长'.repeat(200_000)}`;
	gateway.set({ outcome: 'moderation', reason });
	await run({ ...boat, waiting: 'none' });
	gateway.simulator.advance(200);
	const get = { ...GET, taskId: taskIds()[0] };
	const [item] = (await run(get)).json('Done');
	expect(item).toMatchObject({ category: 'moderation', retryable: false });
	const [raw] = (await run({ ...get, simplify: false })).json('Done');
	for (const text of [JSON.stringify(item), JSON.stringify(raw)]) {
		expect(text).toMatch(/cut: \d+ characters/);
		expect(text.length).toBeLessThan(20_000);
	}
});

const VIDEO = 'https://files.example/v.mp4';
const polls = ({ requests }: Scripted) => requests.filter(({ method }) => method === 'GET').length;

/** Runs it at a gateway that answers each poll with the next of these, the last of them for ever. */
async function runWith(
	answers: unknown[],
	more: Parameters<typeof runAgainst>[2] = {},
	order = boat,
) {
	let poll = 0;
	const server = await scripted(
		gatewayScript((_, response) => json(response, answers[Math.min(poll++, answers.length - 1)])),
	);
	const { json: items, error } = await runAgainst(server.url, order, more);
	expect(postsTo(server)).toHaveLength(1);
	return { item: items('Done')[0], error, polls: polls(server) };
}

describe('a stage of the work is not the end', () => {
	const upscaled = { ...boat, options: { extraBody: '{"enable_upsample": true}' } };
	const small = {
		id: TASK,
		status: 'video_generation_completed',
		video_url: 'https://files.example/small.mp4',
	};

	it.each([small, { ...small, video_url: null }])(
		'if the upscaling was ordered: %j',
		async (stage) => {
			const answers = [
				...Array.from({ length: 6 }, () => stage),
				{ id: TASK, status: 'video_upsampling' },
				{ id: TASK, status: 'completed', video_url: VIDEO },
			];
			const result = await runWith(answers, {}, upscaled);
			expect(result.item).toMatchObject({ status: 'completed', video_url: VIDEO });
			expect(result.polls).toBe(8);
		},
	);

	it('but is the end if nothing else was ordered', async () => {
		expect((await runWith([small])).item).toMatchObject({ video_url: small.video_url });
	});

	it('and if it failed with a video, that is the result, with a note, and is bought once', async () => {
		const answers = [small, { ...small, status: 'video_upsampling_failed' }];
		const { item } = await runWith(answers, { node: retryOnFail }, upscaled);
		const note = expect.stringContaining('video_upsampling_failed') as string;
		expect(item).toMatchObject({ video_url: small.video_url, note });
	});
});

it.each<[string, object, string, RegExp]>([
	[
		'without a video, by the filter of its maker',
		{
			name: 'operations/1',
			done: true,
			response: { raiMediaFilteredReasons: ['Violates our content policy'] },
		},
		'moderation',
		/content policy/,
	],
	[
		'without a video, with words beside it',
		task({ status: 'SUCCESS', progress: '100%', message: '内容违规，已拦截' }),
		'moderation',
		/违规/,
	],
	['with a word that nobody listed', task({ status: 'output_sensitive' }), 'moderation', /^$/],
	['with money that was paid back', task({ status: '已退款' }), 'render_failed', /^$/],
	['unclear, at 100 %', task({ status: 'ZAPPED', progress: '100%' }), 'end_unclear', /^$/],
	['unclear, in time', task({ status: 'ZAPPED', finish_time: 1756693898 }), 'end_unclear', /^$/],
])('an end is reported long before the deadline: %s', async (_, answer, category, reason) => {
	const { item, polls: count } = await runWith([task(), answer], goOn);
	expect(item).toMatchObject({ category, task_id: TASK });
	expect(item?.fail_reason ?? '').toMatch(reason);
	expect(count).toBeLessThan(category === 'end_unclear' ? 20 : 4);
});

it('the cost of a video is in its item, in dollars or in the gateway’s own units', async () => {
	const answer = { id: TASK, status: 'completed', unsigned_urls: [VIDEO] };
	const { item } = await runWith([{ ...answer, usage: { cost_usd: 0.4 }, quota: 200_000 }]);
	expect(item).toMatchObject({ video_url: VIDEO, cost_usd: 0.4, quota: 200_000 });
});

describe('a character', () => {
	const cat = { ...CREATE, url: 'https://example.com/cat.mp4' };
	const made = () => gateway.simulator.books.characters;

	it.each(['envelope', 'userName', 'processing', 'task'] as const)(
		'is returned with its mention if the gateway answers with %s, and created once',
		async (characterShape) => {
			gateway.set({ characterShape, characterSeconds: 40 });
			const { json: items, error } = await run(cat);
			expect(error).toBeUndefined();
			expect(made()).toHaveLength(1);
			const username = made()[0]?.username;
			expect(items('Done')).toEqual([
				expect.objectContaining({ username, mention: `@${username}` }),
			]);
			expect(items('Done')[0]).not.toHaveProperty('note');
		},
	);

	it('that is not made in time is polled again by a retry, and never created twice', async () => {
		gateway.set({ characterShape: 'task', characterSeconds: 400 });
		const { error, contextData } = await run(cat);
		expect(error?.message).toMatch(/^The gateway accepted the character, but has no name yet/);
		expect(error?.description).toMatch(/retry this execution in a few minutes/);
		expect(error?.message).toContain(String(made()[0]?.id.replace('ch_', 'task_')));
		const again = await run(cat, { contextData, executionId: 'execution-2' });
		expect(again.json('Done')[0]).toMatchObject({ mention: `@${made()[0]?.username}` });
		expect(made()).toHaveLength(1);
	});

	const queued = { task_id: 'job_77', status: 'queued' };
	const failed = { task_id: 'job_77', status: 'FAILURE', fail_reason: '检测到真人' };
	const noRoute = { error: { message: 'Invalid URL (GET /x)' } };
	it.each<[string, object, [object, number?], IDataObject]>([
		[
			'with a name is given with a note where the gateway cannot be asked for more',
			{ id: 'ch_1', username: 'a.b', status: 'processing' },
			[{}, 404],
			{ mention: '@a.b', note: expect.stringContaining('still making') as never },
		],
		[
			'without a name is no mention of nothing',
			{ id: 'ch_1' },
			[noRoute, 404],
			{
				category: 'character_missing',
				retryable: true,
				error: expect.stringContaining('ch_1') as never,
			},
		],
		[
			'whose task failed says why',
			queued,
			[failed],
			{ category: 'real_person', fail_reason: '检测到真人' },
		],
		[
			'whose task failed without a reason of its own is missing',
			queued,
			[{ ...failed, fail_reason: '生成失败' }],
			{ category: 'character_missing', task_id: 'job_77' },
		],
	])('%s', async (_, first, [later, status], expected) => {
		const server = await scripted(({ method }, response) =>
			method === 'POST' ? json(response, first) : json(response, later, status),
		);
		const [item] = (await runAgainst(server.url, cat, goOn)).json('Done');
		expect(postsTo(server)).toHaveLength(1);
		expect(item).toMatchObject(expected);
		if (item?.category === 'character_missing')
			expect(JSON.stringify(item)).not.toMatch(/[vV]ideo|base URL/);
	});
});

describe('the answer to an order', () => {
	const cutting =
		(text: string) =>
		({ method }: { method: string }, response: Parameters<typeof json>[0]) => {
			if (method !== 'POST') return json(response, finished(VIDEO));
			response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
			response.write(text, () => response.socket?.destroySoon());
		};

	it.each([
		[`{"task_id":"${TASK}"`, 'behind the ID'],
		[`{"code":"success","data":{"task_id":"${TASK}","sta`, 'within an envelope'],
		[`{"id":"${TASK}","object":"video","model":"so`, 'within another field'],
	])('gives the ID that came before the truncation: %s', async (text) => {
		const server = await scripted(cutting(text));
		const { json: items } = await runAgainst(server.url, boat, { node: retryOnFail });
		expect(items('Done')[0]).toMatchObject({ task_id: TASK, video_url: VIDEO });
		expect(postsTo(server)).toHaveLength(1);
	});

	it.each([
		['cut within the ID', cutting('{"task_id":"vide')],
		[
			'beyond any size',
			(_: unknown, response: Parameters<typeof json>[0]) =>
				void response.end('x'.repeat(17 * 1024 * 1024)),
		],
	])('is uncertain if it is %s, and is ordered once', async (_, script) => {
		const server = await scripted(script);
		const { error } = await runAgainst(server.url, boat, { node: retryOnFail });
		expect(error?.message).toMatch(/^Submission uncertain/);
		expect(postsTo(server)).toHaveLength(1);
	});

	const late = { error: { message: 'late' } };
	it.each<[string, unknown, unknown, number]>([
		['alone in a list', [{ task_id: TASK }], [finished(VIDEO)], 200],
		['beside an object', { id: TASK, object: { a: [] }, ...late }, finished(VIDEO), 500],
	])('contains the ID of a task: %s', async (_, sold, polled, status) => {
		const server = await scripted(({ method }, response) =>
			method === 'POST' ? json(response, sold, status) : json(response, polled),
		);
		const { json: items } = await runAgainst(server.url, boat);
		expect(items('Done')[0]).toMatchObject({ task_id: TASK, video_url: VIDEO });
		expect(postsTo(server)).toHaveLength(1);
	});

	it.each([{ model: null }, { created: null }])(
		'is a refusal, although it has an ID of its own beside %j',
		async (nothing) => {
			const error = { message: 'Invalid value', code: 'invalid_request' };
			const server = await scripted((_, response) =>
				json(response, { id: 'a1b2c3d4-11', ...nothing, error }, 400),
			);
			const [item] = (await runAgainst(server.url, boat, goOn)).json('Done');
			expect(item).toMatchObject({ category: 'bad_request' });
			expect(item).not.toHaveProperty('task_id');
			expect(postsTo(server)).toHaveLength(1);
		},
	);
});

it('a poll is decompressed no further than an answer may be, and does not end the wait', async () => {
	const bomb = gzipSync(`{"task_id":"${TASK}","pad":"${' '.repeat(32 * 1024 * 1024)}"}`);
	let bombs = 0;
	const server = await scripted(
		gatewayScript((_, response) => {
			if (bombs++ > 1) return json(response, finished(VIDEO));
			response.writeHead(200, { 'content-encoding': 'gzip' });
			response.end(bomb);
		}),
	);
	const { json: items } = await runAgainst(server.url, boat);
	expect(items('Done')[0]).toMatchObject({ status: 'SUCCESS' });
	expect(postsTo(server)).toHaveLength(1);
	await until(() => server.open() === 0);
});
