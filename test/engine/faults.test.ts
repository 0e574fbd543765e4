import type { IDataObject } from 'n8n-workflow';

import { CREATE, GENERATE, GET, goOn, itemsWith, useGateway } from './gateway';
import { finished, json as answer, runAgainst, scripted, task, TASK } from './scripted';
import { time } from './time';

const gateway = useGateway();
const boat = { ...GENERATE, prompt: 'A boat' };
const tries = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
const bought = () => gateway.simulator.books.purchases;

describe('whether something was charged', () => {
	const bill = /bill tells whether it was charged; as a rule/;

	it.each(['moderation', 'renderError', 'realPerson', 'cancelled'] as const)(
		'is left to the bill where a task failed after it was bought: %s',
		async (outcome) => {
			gateway.simulator.set({ outcome });
			const { error } = await gateway.run({ ...GENERATE, prompt: 'A boat' });
			expect(error?.message).toContain(gateway.simulator.books.purchases[0]?.taskId);
			expect(error?.description).toMatch(bill);
		},
	);

	it.each(['realPerson', 'quota', 'badKey'] as const)(
		'is no question where nothing was bought: %s',
		async (submitFault) => {
			gateway.simulator.set({ submitFault });
			const { error } = await gateway.run({ ...GENERATE, prompt: 'A boat' });
			expect(error?.description).not.toMatch(bill);
		},
	);
});

describe('a paid request that may have reached the gateway is never repeated', () => {
	it.each([
		['resetAfter', 1],
		['hang', 1],
		['trickle', 1],
		['bomb', 1],
		['brokenJson', 1],
		['noTaskId', 1],
		['emptyBody', 1],
		['html502Bought', 1],
		['html504', 0],
		['upstream500', 0],
		['resetBefore', 0],
		['html200', 0],
	] as const)('reports %s as uncertain, after one request', async (submitFault, purchases) => {
		gateway.simulator.set({ submitFault });
		const { error } = await gateway.run(boat);
		expect(error?.message).toMatch(/^Submission uncertain/);
		expect(error?.description).toMatch(/task list or the bill/);
		expect(gateway.submissions()).toHaveLength(1);
		expect(bought()).toHaveLength(purchases);
	});

	it.each([
		['badKey', 'credential_invalid'],
		['quota', 'quota_exhausted'],
		['quota401', 'quota_exhausted'],
		['groupDenied', 'key_group'],
		['modelNotFound', 'model_not_found'],
		['badRequest', 'bad_request'],
		['unmarshal', 'bad_request'],
		['unknownPath', 'wrong_address'],
		['tooLarge', 'request_too_large'],
		['tooLargeHtml', 'request_too_large'],
		['realPerson', 'real_person'],
		['cameoDenied', 'character_not_usable'],
		['nestedError', 'character_not_usable'],
		['redirect', 'redirected'],
		['said401', 'credential_invalid'],
		['said402', 'quota_exhausted'],
		['said422', 'bad_request'],
		['failToFetch400', 'bad_request'],
		['ownId403', 'key_group'],
		['challenge403', 'blocked'],
	] as const)(
		'explains the refusal %s as %s, with the gateway’s words',
		async (submitFault, category) => {
			gateway.simulator.set({ submitFault });
			const { json } = await gateway.run(boat, goOn);
			expect(json('Done')[0]).toMatchObject({
				category,
				retryable: false,
				advice: expect.stringMatching(/\w{3}.*\.$/),
				error: expect.any(String),
			});
			expect(gateway.submissions()).toHaveLength(1);
			expect(bought()).toHaveLength(0);
		},
	);

	it.each([
		'rateLimited:2',
		'saturated:2',
		'said429:2',
		'rateLimitedRetryAfter:1',
		'rateLimitedRetryAfterDate:1',
	] as const)('submits again after an explicit 429 (%s), and buys once', async (submitFault) => {
		gateway.simulator.set({ submitFault });
		const { json, error } = await gateway.run({ ...boat, downloadVideo: false });
		expect(error).toBeUndefined();
		expect(json('Done')[0]?.status).toBe('SUCCESS');
		expect(bought()).toHaveLength(1);
	});

	it('says that nothing was bought where a website answers, asked twice more free of charge', async () => {
		gateway.simulator.set({ submitFault: 'html200', pollFault: 'html200' });
		const { json } = await gateway.run(boat, goOn);
		expect(json('Done')[0]).toMatchObject({
			category: 'wrong_address',
			error: expect.stringContaining('a web page is there, not the API'),
			advice: expect.stringContaining('base URL'),
		});
		// The page once more, and whether the gateway speaks another format.
		expect(gateway.simulator.requests.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET']);
		expect(bought()).toHaveLength(0);
	});

	it.each(['taskNotExist', 'html502', 'hang', 'badKey'] as const)(
		'stays uncertain where a page answered, and a free question gets %s',
		async (pollFault) => {
			gateway.simulator.set({ submitFault: 'html200', pollFault });
			const { error } = await gateway.run(boat, {
				node: tries,
			});
			expect(error?.message).toMatch(/^Submission uncertain/);
			expect(gateway.submissions()).toHaveLength(1);
		},
	);

	it.each([400, 429])('nor where a refusal with HTTP %s broke off', async (status) => {
		const head = { 'content-type': 'application/json', 'content-length': '500' };
		const server = await scripted((_, response, socket) => {
			response.writeHead(status, head);
			response.write('{"error":{"message":"too many requests","code":"rate_limited"', () =>
				socket.end(),
			);
		});
		const { error } = await runAgainst(server.url, boat, {
			node: tries,
		});
		expect(error?.message).toMatch(/^Submission uncertain/);
		expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
	});

	it('picks up the task whose ID had come when the answer broke off', async () => {
		const server = await scripted(({ method }, response, socket) => {
			if (method !== 'POST') return answer(response, finished('https://files.example/v.mp4'));
			response.writeHead(200, { 'content-type': 'application/json', 'content-length': 500 });
			response.write(`{"task_id":"${TASK}","status":"SUBMI`, () => socket.destroy());
		});
		const { json, error } = await runAgainst(server.url, { ...boat, downloadVideo: false });
		expect(error).toBeUndefined();
		expect(json('Done')[0]).toMatchObject({ task_id: TASK, status: 'SUCCESS' });
	});

	it('tells all that the gateway answered where nobody knows whether it sold', async () => {
		const server = await scripted((_, response) =>
			answer(response, { ok: true, nested: { reference: 'somewhere-else', link: 'see /v/9' } }),
		);
		const { error } = await runAgainst(server.url, boat);
		expect(error?.description).toContain('"reference":"somewhere-else"');
		expect(error?.description).toContain('see /v/9');
	});

	it('gives up on a gateway that stays saturated, having bought nothing', async () => {
		gateway.simulator.set({ submitFault: 'saturated' });
		const { json } = await gateway.run(boat, goOn);
		expect(json('Done')[0]).toMatchObject({ category: 'rate_limited', retryable: true });
		expect(json('Done')[0]?.error).toContain('负载已饱和');
		expect(bought()).toHaveLength(0);
	});

	it.each([
		['http://127.0.0.1:1', 'unreachable', /refused the connection/],
		['http://no-such-host.invalid', 'unreachable', /host name/],
	])('says that nothing was sent when %s cannot be reached', async (baseUrl, category, words) => {
		const { json } = await gateway.run(boat, {
			...goOn,
			credential: { apiKey: gateway.simulator.apiKey, baseUrl },
		});
		expect(json('Done')[0]).toMatchObject({ category, error: expect.stringMatching(words) });
		expect(json('Done')[0]?.error).toMatch(/nothing was sent/);
	});

	it('tells a gateway without https from one that is away', async () => {
		const { json } = await gateway.run(boat, {
			...goOn,
			credential: {
				apiKey: gateway.simulator.apiKey,
				baseUrl: gateway.simulator.url.replace('http:', 'https:'),
			},
		});
		expect(json('Done')[0]).toMatchObject({ category: 'tls_failed' });
	});
});

describe('trouble while the video renders', () => {
	it.each([
		'html502:3',
		'upstream500:2',
		'rateLimited:2',
		'rateLimitedRetryAfter:1',
		'brokenJson:2',
		'emptyBody:2',
		'resetBefore:2',
		'cutAnswer:2',
		'hang:1',
		'html200:2',
		'trickle:2',
		'bomb:2',
	] as const)('looks through %s and delivers', async (pollFault) => {
		gateway.simulator.set({ pollFault });
		const { json, error } = await gateway.run({ ...boat, downloadVideo: false });
		expect(error).toBeUndefined();
		expect(json('Done')[0]?.status).toBe('SUCCESS');
		expect(bought()).toHaveLength(1);
	});

	it.each([
		['badKey', 'credential_invalid'],
		['groupDenied', 'key_group'],
		['taskNotExist', 'task_not_found'],
	] as const)('ends when %s stands for a minute, naming the task', async (pollFault, category) => {
		gateway.simulator.set({ pollFault });
		const { json } = await gateway.run(boat, goOn);
		const [purchase] = bought();
		expect(json('Done')[0]).toMatchObject({ category, task_id: purchase?.taskId });
		expect(gateway.simulator.polls(purchase?.taskId ?? '')).toBeGreaterThan(1);
	});

	it.each([
		['moderation', 'moderation', false],
		['moderationLate', 'moderation', false],
		['realPerson', 'real_person', false],
		['similarity', 'moderation', false],
		['celebrity', 'moderation', false],
		['minor', 'moderation', false],
		['nudity', 'moderation', false],
		['publicError', 'moderation', false],
		['renderError', 'render_failed', true],
		['cancelled', 'task_cancelled', true],
	] as const)('explains a task that ends in %s', async (outcome, category, retryable) => {
		gateway.simulator.set({ outcome });
		const { json } = await gateway.run(boat, goOn);
		const [item] = json('Done');
		expect(item).toMatchObject({ category, retryable, task_id: bought()[0]?.taskId });
		expect(item?.error).toContain(bought()[0]?.taskId);
		if (outcome !== 'cancelled') expect(item?.error).toContain(item?.fail_reason);
	});

	it('names the task and the next step when the deadline passes', async () => {
		gateway.simulator.set({ renderSeconds: 600 });
		const { error } = await gateway.run({ ...boat, options: { maxWaitMinutes: 1 } });
		expect(error?.message).toContain(bought()[0]?.taskId);
		expect(error?.message).toContain('IN_PROGRESS');
		expect(error?.description).toContain('Video > Get');
	});

	it('says so when a finished task never gets its video', async () => {
		gateway.simulator.set({ urlDelaySeconds: Infinity });
		const { json } = await gateway.run(boat, goOn);
		expect(json('Done')[0]).toMatchObject({
			category: 'video_missing',
			task_id: bought()[0]?.taskId,
		});
	});
});

describe('a poll that is answered with another task', () => {
	/** A gateway that sells `video_1`, `video_2` …; what its polls get is made of the task polled and of their number. */
	async function selling(pollOf: (taskId: string, polls: number) => object) {
		const polls = new Map<string, number>();
		let sold = 0;
		const server = await scripted(({ method, path }, response) => {
			if (method === 'POST') answer(response, { task_id: `video_${++sold}` });
			else {
				const taskId = path.split('/').at(-1) ?? '';
				polls.set(taskId, (polls.get(taskId) ?? 0) + 1);
				answer(response, pollOf(taskId, polls.get(taskId) ?? 0));
			}
		});
		return { server, sold: () => sold };
	}
	const succeeded = (task_id: string) => ({
		...finished(`https://files.example/${task_id}.mp4`),
		task_id,
	});
	const two = {
		items: itemsWith('idea', ['one', 'two']),
		node: tries,
	};
	const ideas = { ...GENERATE, prompt: '={{ $json.idea }}', downloadVideo: false };

	it.each<[string, (other: string) => object]>([
		['its video', succeeded],
		['its failure', (task_id) => task({ task_id, status: 'FAILURE', fail_reason: 'render error' })],
	])('of the same run does not get %s, and nothing is bought again', async (_, swapped) => {
		const { server, sold } = await selling((taskId, polls) =>
			polls === 1 ? swapped(taskId === 'video_1' ? 'video_2' : 'video_1') : succeeded(taskId),
		);
		const { json, error } = await runAgainst(server.url, ideas, two);
		expect(error).toBeUndefined();
		for (const { task_id, video_url } of json('Done')) {
			expect(video_url).toBe(`https://files.example/${String(task_id)}.mp4`);
		}
		expect(sold()).toBe(2);
	});

	it('of somebody else goes on with its own, once that was named', async () => {
		const { server, sold } = await selling((taskId, polls) => {
			if (polls === 1) return task({ task_id: taskId });
			if (polls === 4) return succeeded(taskId);
			return task({ task_id: `other_${polls}`, status: 'FAILURE', fail_reason: 'render error' });
		});
		const { json, error } = await runAgainst(server.url, ideas, two);
		expect(error).toBeUndefined();
		expect(json('Done').map(({ status }) => status)).toEqual(['SUCCESS', 'SUCCESS']);
		expect(sold()).toBe(2);
	});

	it('by an alias, from the first answer on, is none', async () => {
		const { server, sold } = await selling((taskId, polls) => ({
			...(polls < 3 ? task() : succeeded(taskId)),
			task_id: `alias_of_${taskId}`,
		}));
		const { json } = await runAgainst(server.url, ideas, two);
		expect(json('Done').map(({ status }) => status)).toEqual(['SUCCESS', 'SUCCESS']);
		expect(sold()).toBe(2);
	});
});

describe('a task that failed, under Retry On Fail', () => {
	const buys = async (fail_reason: string, more: object = { status: 'FAILURE' }) => {
		let orders = 0;
		const server = await scripted(({ method }, response) => {
			if (method === 'POST') answer(response, { task_id: `video_${++orders}` });
			else answer(response, task({ task_id: undefined, fail_reason, ...more }));
		});
		const { error } = await runAgainst(
			server.url,
			{ ...boat, downloadVideo: false },
			{
				node: tries,
			},
		);
		return { orders, error };
	};

	it.each([
		...['Image pixel is invalid', 'invalid image url', 'the value 7 is not supported'],
		...['input size exceeds the limit', 'Failed to fetch the image: HTTP 403', 'sentinel_block'],
	])('is not bought again for a reason that stays: %s', async (reason) => {
		const { orders, error } = await buys(reason);
		expect(orders).toBe(1);
		expect(error?.description).toContain(reason);
	});

	it.each(['internal error', 'the image service timed out'])(
		'is bought again for a reason that may pass: %s',
		async (reason) => expect((await buys(reason)).orders).toBe(3),
	);

	const ZAPPED = { status: 'ZAPPED', progress: '100%' };

	it('is not bought again where nobody knows whether it failed, and the error says what to look at', async () => {
		const { orders, error } = await buys('', ZAPPED);
		expect(orders).toBe(1);
		expect(error?.message).toMatch(/does not tell whether it failed: "ZAPPED" \(task video_1\)/);
		expect(error?.description).toMatch(/task list or the bill.*Video > Get/);
	});

	it('is bought again where the word is unknown and the gateway says why it failed', async () =>
		expect((await buys('internal error', ZAPPED)).orders).toBe(3));
});

describe('what a gateway lacks', () => {
	const upload = { resource: 'file', operation: 'upload' };
	const withFile = {
		items: [
			{
				json: {},
				binary: { data: { data: 'AAAA', mimeType: 'image/png', fileName: 'a.png' } },
			},
		],
	};

	it.each(['unknownPath', 'notImplemented', 'page404', 'html200'] as const)(
		'is asked for once, and says what to do instead: files, %s',
		async (fileFault) => {
			gateway.simulator.set({ fileFault });
			const { error } = await gateway.run(upload, withFile);
			expect(error?.description).toMatch(/This gateway takes no files\..*web/);
			expect(error?.description).not.toContain('base URL');
			expect(gateway.simulator.requests).toHaveLength(1);
		},
	);

	it.each(['unknownPath', 'notImplemented'] as const)(
		'costs nothing and needs no other base URL: characters, %s',
		async (characterFault) => {
			gateway.simulator.set({ characterFault });
			const { error } = await gateway.run({ ...CREATE, url: 'https://example.com/cat.mp4' });
			expect(error?.description).toMatch(/This gateway creates no characters/);
			expect(error?.description).not.toContain('base URL');
			expect(gateway.simulator.books.characters).toHaveLength(0);
		},
	);

	it('while its other functions work is no matter of the base URL', async () => {
		gateway.simulator.set({ pollFault: 'route404' });
		const { error } = await gateway.run({ ...boat, options: { maxWaitMinutes: 1 } });
		expect(error?.description).not.toContain('base URL');
		expect(bought()).toHaveLength(1);
	});
});

describe('trouble with the file', () => {
	it.each([
		'expired403:1',
		'server500:2',
		'htmlPage:1',
		'jsonError:1',
		'truncated:1',
		'reset:1',
		'hang:1',
		'tooShort:1',
		'empty:1',
		'wrongBytes:1',
		'partial:1',
		'oneByte:1',
		'bomb:1',
	] as const)('asks again after %s, without buying again', async (downloadFault) => {
		gateway.simulator.set({ downloadFault });
		const { items, error } = await gateway.run(boat);
		expect(error).toBeUndefined();
		expect(items('Done')[0]?.binary?.data?.bytes).toBeGreaterThan(10_000);
		expect(bought()).toHaveLength(1);
	});

	it.each([
		'wrongType',
		'textType',
		'jsonType',
		'status203',
		'status206',
		'packed',
		'noLength',
		'redirect',
		'redirectElsewhere',
		'redirectBytes',
	] as const)('takes a video that comes with %s', async (downloadFault) => {
		gateway.simulator.set({ downloadFault });
		const { items } = await gateway.run(boat);
		expect(items('Done')[0]?.binary?.data?.mimeType).toBe('video/mp4');
	});

	it('hands a file over with a note where every attempt brings the same part of it', async () => {
		gateway.simulator.set({ downloadFault: 'halved' });
		const { items } = await gateway.run(boat);
		expect(items('Done')[0]?.binary?.data).toBeDefined();
		expect(items('Done')[0]?.json.download_note).toMatch(/cut|missing/);
		expect(bought()).toHaveLength(1);
	});

	it.each([
		['expired403', /expired/],
		['htmlPage', /not to a video/],
		['jsonError', /not to a video/],
		['truncated', /before the file was complete/],
		['reset', /before the file was complete/],
		['stall', /too long|complete/],
		['redirectLoop', /redirects too often/],
		['partial', /only a part/],
		['oneByte', /empty or cut/],
		['bomb', /larger than|too long/],
		['redirectBack', /not valid \(HTTP 404\)/],
		['redirectPrivate', /private network/],
		['privateAddress', /private network/],
		['metadataAddress', /private network/],
		['otherScheme', /./],
	] as const)(
		'keeps the finished task when the file stays broken: %s',
		async (downloadFault, words) => {
			gateway.simulator.set({ downloadFault });
			const { json } = await gateway.run(boat, goOn);
			const [item] = json('Done');
			expect(item).toMatchObject({ task_id: bought()[0]?.taskId, status: 'SUCCESS' });
			expect(item?.error).toMatch(words);
			if (downloadFault !== 'otherScheme') {
				expect(item).toMatchObject({ category: 'download_failed', video_url: expect.any(String) });
			}
			expect(bought()).toHaveLength(1);
		},
	);
});

describe('n8n’s ways of going on', () => {
	const mixed = itemsWith('idea', ['one', 'two [[outcome=moderation]]', 'three']);
	const ideas = { ...GENERATE, prompt: '={{ $json.idea }}', downloadVideo: false };

	it('keeps every item in its place under Continue On Fail', async () => {
		const { items } = await gateway.run(ideas, { items: mixed, ...goOn });
		expect(items('Done').map(({ json }) => json.status)).toEqual(['SUCCESS', 'FAILURE', 'SUCCESS']);
		expect(items('Sora').map(({ pairedItem }) => pairedItem)).toEqual([
			{ item: 0 },
			{ item: 1 },
			{ item: 2 },
		]);
		const [, failed] = items('Done');
		expect(Object.keys(failed?.json ?? {})).toEqual([
			'error',
			'task_id',
			'status',
			'fail_reason',
			'category',
			'retryable',
			'advice',
		]);
	});

	it('sends failed items to the error output, with what they came from', async () => {
		const { json, error } = await gateway.run(ideas, {
			items: mixed,
			node: { onError: 'continueErrorOutput' },
		});
		expect(error).toBeUndefined();
		expect(json('Done').map(({ prompt }) => prompt)).toEqual(['one', 'three']);
		expect(json('Failed')).toEqual([
			expect.objectContaining({ idea: 'two [[outcome=moderation]]', category: 'moderation' }),
		]);
	});

	it.each([
		['connections lost while polling, until the deadline', { pollFault: 'resetBefore:5' }],
		['a key refused while polling', { pollFault: 'badKey:10' }],
		['a broken download', { downloadFault: 'expired403:3' }],
		['a finished task without its video', { urlDelaySeconds: 100 }],
	] as const)('resumes the paid task when n8n retries the node after %s', async (_, scenario) => {
		gateway.simulator.set(scenario);
		const minute = { ...boat, options: { maxWaitMinutes: 1.5 } };
		const { items, error } = await gateway.run(minute, {
			node: { retryOnFail: true, maxTries: 5, waitBetweenTries: 1 },
		});
		expect(error).toBeUndefined();
		expect(items('Done')[0]?.json.task_id).toBe(bought()[0]?.taskId);
		expect(items('Done')[0]?.binary?.data).toBeDefined();
		expect(bought()).toHaveLength(1);
	});

	it('resumes the paid tasks with Continue On Fail and Retry On Fail together', async () => {
		const { json } = await gateway.run(ideas, {
			items: itemsWith('idea', ['one [[pollFault=badKey:10]]', 'two', 'three']),
			node: {
				onError: 'continueRegularOutput',
				retryOnFail: true,
				maxTries: 5,
				waitBetweenTries: 1,
			},
		});
		expect(json('Done').map(({ status }) => status)).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS']);
		expect(bought()).toHaveLength(3);
	});

	it('buys nothing more after a failure, and names the tasks it leaves behind', async () => {
		gateway.simulator.set({ renderSeconds: 600 });
		const { error } = await gateway.run(ideas, {
			items: itemsWith('idea', ['one', 'two [[submitFault=quota]]', ...Array(40).fill('more')]),
		});
		expect(error?.message).toMatch(/balance or the quota/);
		const left = bought().map(({ taskId }) => taskId);
		expect(left.length).toBeLessThan(20);
		for (const taskId of left) expect(error?.description).toContain(taskId);
	});

	it('stops at once when the user presses Stop', async () => {
		gateway.simulator.set({ renderSeconds: 100_000 });
		let stop = () => undefined as void;
		const running = gateway.run(boat, { onStart: (cancel) => (stop = cancel) });
		await time.when(() => bought().length > 0);
		const pressed = time.now();
		stop();
		const { run } = await running;
		expect(time.now() - pressed).toBeLessThan(1_000);
		expect(run.status).toBe('canceled');
	});
});

describe('Video > Get', () => {
	const buy = async (prompt = 'A boat') => {
		const { json } = await gateway.run({ ...GENERATE, prompt, waiting: 'none' });
		return String(json('Done')[0]?.task_id);
	};

	it('reports a running task without waiting', async () => {
		const taskId = await buy();
		const { json } = await gateway.run({ ...GET, taskId });
		expect(json('Done')[0]).toMatchObject({ task_id: taskId, video_url: null });
		expect(gateway.simulator.polls(taskId)).toBe(1);
	});

	it('waits and downloads when it is told to', async () => {
		const taskId = await buy();
		const { items } = await gateway.run({
			...GET,
			taskId,
			waiting: 'node',
			downloadVideo: true,
			binaryPropertyOutput: 'clip',
		});
		expect(items('Done')[0]?.binary?.clip?.mimeType).toBe('video/mp4');
		expect(bought()).toHaveLength(1);
	});

	it('reports a failed task as data, with its reason', async () => {
		const taskId = await buy('A boat [[outcome=moderation]]');
		gateway.simulator.advance(200);
		const { json } = await gateway.run({ ...GET, taskId });
		expect(json('Done')[0]).toMatchObject({ status: 'FAILURE', fail_reason: expect.any(String) });
	});

	it('does not wait long for an address that never answers', async () => {
		const { json } = await gateway.run(
			{ ...GET, taskId: 'video_1', waiting: 'node' },
			{ ...goOn, credential: { apiKey: 'x', baseUrl: 'http://127.0.0.1:1' } },
		);
		expect(json('Done')[0]).toMatchObject({ category: 'unreachable', task_id: 'video_1' });
	});

	it('says so when the task belongs to another account', async () => {
		const taskId = await buy();
		const { json } = await gateway.run(
			{ ...GET, taskId },
			{
				...goOn,
				credential: {
					apiKey: gateway.simulator.otherApiKey,
					baseUrl: gateway.simulator.url,
				},
			},
		);
		expect(json('Done')[0]).toMatchObject({ category: 'task_not_found', task_id: taskId });
	});
});

describe('Character > Create', () => {
	const clip: IDataObject = { ...CREATE, url: 'https://example.com/cat.mp4' };

	it('gives the character and its mention', async () => {
		const { json } = await gateway.run({ ...clip, startSecond: 0.5, endSecond: 2.75 });
		const [created] = gateway.simulator.books.characters;
		expect(json('Done')).toEqual([
			{
				id: expect.stringMatching(/^ch_/),
				username: created?.username,
				mention: `@${created?.username}`,
				permalink: expect.stringContaining('http'),
				profile_picture_url: expect.stringContaining('http'),
			},
		]);
		const [request] = gateway.simulator.requests;
		expect(request?.body).toEqual({ url: 'https://example.com/cat.mp4', timestamps: '0.5,2.75' });
	});

	it('waits for its source task', async () => {
		gateway.simulator.set({ characterShape: 'envelope' });
		const { json } = await gateway.run({ ...GENERATE, prompt: 'A cat', waiting: 'none' });
		const taskId = json('Done')[0]?.task_id;
		const created = await gateway.run({ ...CREATE, source: 'task', fromTask: taskId });
		expect(created.json('Done')[0]?.mention).toMatch(/^@/);
		expect(gateway.simulator.polls(String(taskId))).toBeGreaterThan(1);
	});

	it.each([
		['getOriginTaskFailed', 'source_task_expired'],
		['realPerson', 'real_person'],
		['groupDenied401', 'key_group'],
		['hang', 'submission_uncertain'],
		['brokenJson', 'submission_uncertain'],
	] as const)('explains %s as %s, after one request', async (characterFault, category) => {
		gateway.simulator.set({ characterFault });
		const { json } = await gateway.run(clip, goOn);
		expect(json('Done')[0]).toMatchObject({ category });
		expect(gateway.simulator.requests).toHaveLength(1);
	});

	const retried = { node: tries };
	const created = () => gateway.simulator.books.characters;
	const anyClip = { ...CREATE, url: '=https://example.com/{{ $json.name }}.mp4' };

	it.each(['n8n', 'the user'])(
		'picks up created characters when another item failed and %s retries',
		async (who) => {
			gateway.simulator.set({ characterFault: 'groupDenied401:1' });
			const items = { items: itemsWith('name', ['cat', 'dog']) };
			const first = await gateway.run(anyClip, { ...items, ...(who === 'n8n' && retried) });
			const last =
				who === 'n8n'
					? first
					: await gateway.run(anyClip, {
							...items,
							contextData: JSON.parse(JSON.stringify(first.contextData)) as never,
							executionId: 'execution-2',
						});
			expect(last.error).toBeUndefined();
			expect(created().map(({ body }) => body.url)).toEqual([
				'https://example.com/dog.mp4',
				'https://example.com/cat.mp4',
			]);
			expect(last.json('Done')).toEqual([
				expect.objectContaining({ username: created()[1]?.username }),
				expect.objectContaining({ username: created()[0]?.username }),
			]);
		},
	);

	it('does not ask again for a character that may exist when n8n retries, but does when the user does', async () => {
		gateway.simulator.set({ characterFault: 'resetAfter:1' });
		const first = await gateway.run(clip, retried);
		expect(first.error?.message).toMatch(/^Submission uncertain/);
		expect(first.error?.description).toContain('The character may exist');
		expect(created()).toHaveLength(1);
		const { contextData } = first;
		const again = await gateway.run(clip, { contextData, executionId: 'execution-2' });
		expect(again.error).toBeUndefined();
		expect(created()).toHaveLength(2);
	});
});
