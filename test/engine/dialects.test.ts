import type { IDataObject } from 'n8n-workflow';

import { DIALECT_NAMES } from '../simulator/dialects';
import { seededRandom } from '../simulator/random';
import { OWN_LINK_DIALECTS } from './arbitraries';
import { boat, CREATE, GET, goOn, retryOnFail, useGateway } from './gateway';
import {
	gatewayScript,
	json,
	postsTo,
	runAgainst,
	scripted,
	TASK,
	type Scripted,
} from './scripted';

const gateway = useGateway({ renderSeconds: 10 });
const { bought, run, runEach, taskIds } = gateway;

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
			const seen = [item.category, item.retryable, tasks.length];
			expect([directive, ...seen]).toEqual([directive, category, count > 1, count]);
			expect(item.task_id).toBe(tasks.at(-1)?.taskId);
			expect(item.fail_reason).toContain(words);
		}
	},
);

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
		expect(error?.message).toMatch(
			/^The gateway accepted the character, but has not given it a name/,
		);
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
