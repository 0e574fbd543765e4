import type { IDataObject } from 'n8n-workflow';

import { DENIALS, ODD_POLLS } from './arbitraries';
import {
	boat,
	byIdea,
	CREATE,
	GET,
	goOn,
	ideas,
	keptOf,
	retryOnFail,
	UPLOAD,
	useGateway,
} from './gateway';
import { finished, json as answer, postsTo, runAgainst, scripted, task, TASK } from './scripted';
import { time } from './time';

const gateway = useGateway();
const { bought, expectOneVideo, run, runEach, submissions, taskIds } = gateway;
const withFile = { ...boat, downloadVideo: true };
const tries = { node: retryOnFail };
const manyTries = { ...retryOnFail, maxTries: 5 };
const categoriesOf = (results: Awaited<ReturnType<typeof runEach>>) =>
	results.map(({ directive, json }) => [directive.split('=')[1], json.category]);

describe('a paid request that may have reached the gateway is never retried', () => {
	it('and is reported as uncertain, whatever happened to it', async () => {
		const wasBought = {
			...{ resetAfter: 1, hang: 1, trickle: 1, bomb: 1, brokenJson: 1, noTaskId: 1, emptyBody: 1 },
			...{ html502Bought: 1, html504: 0, upstream500: 0, resetBefore: 0, html200: 0 },
			...{ bought303: 1, bought408: 1, bought409: 1, bought425: 1, bought499: 1, bought520: 1 },
			...{ deadline400Bought: 1 },
		};
		const directives = Object.keys(wasBought).map((name) => `submitFault=${name}`);
		const results = await runEach(directives, {}, retryOnFail);
		const seen = results.map(({ directive, json, tasks }) => [
			directive,
			json.category,
			tasks.length,
		]);
		expect(seen).toEqual(
			Object.entries(wasBought).map(([name, count]) => [
				`submitFault=${name}`,
				'submission_uncertain',
				count,
			]),
		);
		for (const { json } of results) {
			expect(json.error).toMatch(/^Submission uncertain/);
			expect(json.advice).toMatch(/task list or the bill/);
		}
		expect(submissions()).toHaveLength(directives.length);
	});

	it('but a refusal is explained in the gateway’s words, and buys nothing', async () => {
		const categories = {
			badKey: 'credential_invalid',
			quota401: 'quota_exhausted',
			groupDenied: 'key_group',
			modelNotFound: 'model_not_found',
			unmarshal: 'bad_request',
			unknownPath: 'wrong_address',
			tooLargeHtml: 'request_too_large',
			realPerson: 'real_person',
			cameoDenied: 'character_not_usable',
			nestedError: 'character_not_usable',
			redirect: 'redirected',
			said402: 'quota_exhausted',
			failToFetch400: 'bad_request',
			ownId403: 'key_group',
			challenge403: 'blocked',
		};
		const results = await runEach(Object.keys(categories).map((name) => `submitFault=${name}`));
		expect(categoriesOf(results)).toEqual(Object.entries(categories));
		for (const { json } of results) {
			const words = { retryable: false, advice: expect.stringMatching(/\w{3}.*\.$/) as string };
			expect(json).toMatchObject({ ...words, error: expect.any(String) });
		}
		expect(submissions()).toHaveLength(results.length);
		expect(bought()).toHaveLength(0);
	});

	it('and an explicit 429 is retried, and buys once', async () => {
		const faults = ['rateLimited:2', 'saturated:2', 'said429:2', 'rateLimitedRetryAfterDate:1'];
		const results = await runEach(faults.map((fault) => `submitFault=${fault}`));
		const seen = results.map(({ json, tasks }) => [json.status, tasks.length]);
		expect(seen).toEqual(Array(4).fill(['SUCCESS', 1]));
	});

	it('and nothing was bought if a website answers, asked two more times free of charge', async () => {
		gateway.set({ submitFault: 'html200', pollFault: 'html200' });
		const { json } = await run(boat, goOn);
		expect(json('Done')[0]).toMatchObject({
			category: 'wrong_address',
			error: expect.stringContaining('a website answered instead of the API'),
			advice: expect.stringContaining('base URL'),
		});
		// The page once more, and whether the gateway speaks another format.
		expect(gateway.simulator.requests.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET']);
		expect(bought()).toHaveLength(0);
	});

	it.each(['taskNotExist', 'html502', 'hang', 'badKey'] as const)(
		'and stays uncertain if a page answered, and a free request gets %s',
		async (pollFault) => {
			gateway.set({ submitFault: 'html200', pollFault });
			const { error } = await run(boat, tries);
			expect(error?.message).toMatch(/^Submission uncertain/);
			expect(submissions()).toHaveLength(1);
		},
	);

	it.each([
		[400, ''],
		[429, ''],
		[429, `"task_id":"${TASK}",`],
		[502, `"task_id":"${TASK}",`],
	])(
		'nor if an answer with HTTP %s broke off, and has bought what it names (%s)',
		async (status, id) => {
			const head = { 'content-type': 'application/json', 'content-length': '500' };
			const server = await scripted(({ method }, response, socket) => {
				if (method !== 'POST') return answer(response, finished('https://files.example/a.mp4'));
				response.writeHead(status, head);
				response.write(`{${id}"error":{"message":"too many requests","code":"rate_limited"`, () =>
					socket.end(),
				);
			});
			const { error, json: items } = await runAgainst(server.url, boat, tries);
			if (id) expect(items('Sora')[0]).toMatchObject({ task_id: TASK, status: 'SUCCESS' });
			else expect(error?.message).toMatch(/^Submission uncertain/);
			expect(postsTo(server)).toHaveLength(1);
		},
	);

	it('and the whole answer is shown if nobody knows whether it sold', async () => {
		const server = await scripted((_, response) =>
			answer(response, { ok: true, nested: { reference: 'somewhere-else', link: 'see /v/9' } }),
		);
		const { error } = await runAgainst(server.url, boat);
		expect(error?.description).toContain('"reference":"somewhere-else"');
		expect(error?.description).toContain('see /v/9');
	});

	it('and a gateway that stays saturated is given up, with nothing bought', async () => {
		gateway.set({ submitFault: 'saturated' });
		const { json } = await run(boat, goOn);
		expect(json('Done')[0]).toMatchObject({
			category: 'rate_limited',
			retryable: true,
			error: expect.stringContaining('负载已饱和'),
		});
		expect(bought()).toHaveLength(0);
	});

	it.each([
		['http://127.0.0.1:1', 'unreachable', /nothing was sent: it refused the connection/],
		['http://no-such-host.invalid', 'unreachable', /nothing was sent: its host name is not known/],
		['https:', 'tls_failed', /./],
	])('and was not sent where %s cannot be reached', async (address, category, words) => {
		const { apiKey, url } = gateway.simulator;
		const baseUrl = address === 'https:' ? url.replace('http:', address) : address;
		const { json } = await run(boat, { ...goOn, credential: { apiKey, baseUrl } });
		expect(json('Done')[0]).toMatchObject({ category, error: expect.stringMatching(words) });
	});
});

describe('while the video renders', () => {
	it('no odd answer to a poll loses the video, however often', async () => {
		// An ID that is named from the first answer on is an alias.
		const odd = ODD_POLLS.filter((name) => name !== 'foreignTask').map((name) => `${name}:5`);
		const others = [
			...['badRequest:5', 'upstream500:3', 'rateLimited:2', 'rateLimitedRetryAfter:1'],
			...['resetBefore:3', 'cutAnswer:3', 'hang:1', 'trickle:2', 'bomb:1'],
		];
		const faults = [...odd, ...others, ...DENIALS.map((name) => `${name}:1`)];
		const results = await runEach(faults.map((fault) => `pollFault=${fault}`));
		const seen = results.map(({ directive, json, tasks }) => [
			directive,
			json.status,
			tasks.length,
		]);
		expect(seen).toEqual(results.map(({ directive }) => [directive, 'SUCCESS', 1]));
		expect(results.map(({ json }) => json.task_id).sort()).toEqual(taskIds().sort());
	});

	it('a denial for a minute ends the wait, naming the task', async () => {
		const categories = {
			badKey: 'credential_invalid',
			groupDenied: 'key_group',
			taskNotExist: 'task_not_found',
		};
		const results = await runEach(Object.keys(categories).map((name) => `pollFault=${name}`));
		expect(categoriesOf(results)).toEqual(Object.entries(categories));
		for (const { json, tasks } of results) {
			expect(json.task_id).toBe(tasks[0]?.taskId);
			expect(gateway.simulator.polls(String(json.task_id))).toBeGreaterThan(1);
		}
	});

	it('a denial of one task ends no other wait, although the node fails', async () => {
		const { error } = await run(
			{ ...byIdea, downloadVideo: true },
			ideas('A [[pollFault=taskNotExist]]', 'B [[renderSeconds=300]]', 'C [[renderSeconds=900]]'),
		);
		expect(error?.message).toContain(taskIds()[0]);
		expect(bought()).toHaveLength(3);
		expect(gateway.requestsTo('file')).toHaveLength(2);
	});

	it('a failed task is explained, and the bill decides whether it was charged', async () => {
		const ends = {
			moderation: ['moderation', false],
			moderationLate: ['moderation', false],
			realPerson: ['real_person', false],
			renderError: ['render_failed', true],
			cancelled: ['task_cancelled', true],
		} as const;
		const results = await runEach(Object.keys(ends).map((outcome) => `outcome=${outcome}`));
		const seen = results.map(({ json }) => [json.category, json.retryable]);
		expect(seen).toEqual(Object.values(ends));
		for (const { directive, json, tasks } of results) {
			expect(json.task_id).toBe(tasks[0]?.taskId);
			expect(json.error).toContain(json.task_id);
			if (!directive.includes('cancelled')) expect(json.error).toContain(json.fail_reason);
			expect(json.advice).toMatch(/bill shows whether it was charged; most gateways refund/);
		}
	});

	it.each(['html502', 'page404', 'route404'] as const)(
		'the deadline names the task and the next step, and blames no base URL (%s)',
		async (pollFault) => {
			gateway.set({ pollFault });
			const { json } = await run({ ...boat, options: { maxWaitMinutes: 1 } }, goOn);
			const [item] = json('Done');
			expect(item).toMatchObject({ category: 'deadline_passed', task_id: taskIds()[0] });
			expect(item?.advice).toContain('Video > Get');
			expect(item?.advice).not.toContain('base URL');
		},
	);

	it('a finished task that never gets its video is reported as that', async () => {
		gateway.set({ urlDelaySeconds: Infinity });
		const { json } = await run(boat, goOn);
		expect(json('Done')[0]).toMatchObject({ category: 'video_missing', task_id: taskIds()[0] });
	});

	it('a task picked up after a retry counts as accepted', async () => {
		gateway.set({ pollFault: 'badKey' });
		const first = await run(boat);
		expect(first.error).toBeDefined();
		gateway.set({ pollFault: 'taskNotExist:1' });
		const kept = { contextData: keptOf(first), executionId: 'execution-2' };
		const second = await run(boat, kept);
		expect(second.error).toBeUndefined();
		expectOneVideo(second.json('Done')[0]);
	});
});

describe('a poll answered with another task of the same run', () => {
	const succeeded = (task_id: string) => ({
		...finished(`https://files.example/${task_id}.mp4`),
		task_id,
	});
	const failed = (task_id: string) => task({ task_id, status: 'FAILURE', fail_reason: 'error' });

	it.each<[string, (other: string) => object]>([
		['its video', succeeded],
		['its failure', failed],
	])('does not get %s, and nothing is bought again', async (_, swapped) => {
		const polled = new Set<string>();
		const server = await scripted(({ method, path }, response) => {
			if (method === 'POST') {
				return answer(response, { task_id: `video_${postsTo(server).length}` });
			}
			const taskId = path.split('/').at(-1) ?? '';
			const other = taskId === 'video_1' ? 'video_2' : 'video_1';
			answer(response, polled.has(taskId) ? succeeded(taskId) : swapped(other));
			polled.add(taskId);
		});
		const { json } = await runAgainst(server.url, byIdea, { ...ideas('one', 'two'), ...tries });
		for (const { status, task_id, video_url } of json('Done')) {
			expect([status, video_url]).toEqual(['SUCCESS', `https://files.example/${task_id}.mp4`]);
		}
		expect(json('Done')).toHaveLength(2);
		expect(postsTo(server)).toHaveLength(2);
	});
});

describe('a failed task under Retry On Fail', () => {
	const ZAPPED = { status: 'ZAPPED', progress: '100%' };
	const FAILURE = { status: 'FAILURE' };

	it.each([
		['is not bought again for a reason that stays', FAILURE, 'invalid image url', 1],
		['is not bought again for a reason that stays', FAILURE, 'input size exceeds the limit', 1],
		['is bought again for a reason that may pass', FAILURE, 'the image service timed out', 3],
		['is not bought again where nobody knows whether it failed', ZAPPED, '', 1],
		['is bought again where the gateway says why it failed', ZAPPED, 'internal error', 3],
	])('%s: %j %s', async (_, end, fail_reason, count) => {
		const server = await scripted(({ method }, response) => {
			if (method === 'POST') answer(response, { task_id: `video_${postsTo(server).length}` });
			else answer(response, task({ task_id: undefined, fail_reason, ...end }));
		});
		const { error } = await runAgainst(server.url, boat, tries);
		expect(postsTo(server)).toHaveLength(count);
		if (fail_reason) return expect(error?.description).toContain(fail_reason);
		expect(error?.message).toMatch(/does not say whether it failed: "ZAPPED" \(task video_1\)/);
		expect(error?.description).toMatch(/task list or the bill.*Video > Get/);
	});
});

describe('a missing endpoint is requested once, and blamed on no base URL', () => {
	const binary = { data: { data: 'AAAA', mimeType: 'image/png', fileName: 'a.png' } };
	it.each([
		['files', { fileFault: 'notImplemented' }, UPLOAD, /does not accept file uploads\..*web/],
		['files', { fileFault: 'html200' }, UPLOAD, /does not accept file uploads\..*web/],
		[
			'characters',
			{ characterFault: 'unknownPath' },
			{ ...CREATE, url: 'https://example.com/cat.mp4' },
			/cannot create characters/,
		],
	] as const)('%s, %j', async (_, scenario, parameters, words) => {
		gateway.set(scenario);
		const { error } = await run(parameters, { items: [{ json: {}, binary }] });
		expect(error?.description).toMatch(words);
		expect(error?.description).not.toContain('base URL');
		expect(gateway.simulator.requests).toHaveLength(1);
		expect(gateway.simulator.books.characters).toHaveLength(0);
	});
});

describe('trouble with the file', () => {
	it('is waited through, without buying again', async () => {
		const faults = [
			...['expired403:1', 'server500:2', 'jsonError:1', 'truncated:1', 'reset:1', 'hang:1'],
			...['halved:1', 'empty:1', 'wrongBytes:1', 'partial:1', 'oneByte:1'],
			...['wrongType', 'status206', 'packed', 'noLength', 'redirectElsewhere'],
		];
		const results = await runEach(
			faults.map((fault) => `downloadFault=${fault}`),
			{ downloadVideo: true },
		);
		for (const { directive, binary, tasks } of results) {
			const seen = [binary?.data?.mimeType, Number(binary?.data?.bytes) > 10_000, tasks.length];
			expect([directive, ...seen]).toEqual([directive, 'video/mp4', true, 1]);
		}
	});

	it('that persists keeps the finished task', async () => {
		const reasons: Record<string, RegExp> = {
			expired403: /expired/,
			htmlPage: /not to a video/,
			stall: /too long|complete/,
			redirectLoop: /redirects too many times/,
			redirectBack: /not valid \(HTTP 404\)/,
			redirectPrivate: /private network/,
			privateAddress: /private network/,
			metadataAddress: /private network/,
			otherScheme: /./,
		};
		const results = await runEach(
			Object.keys(reasons).map((fault) => `downloadFault=${fault}`),
			{ downloadVideo: true },
		);
		for (const { directive, json, tasks } of results) {
			const name = directive.split('=')[1] ?? '';
			const [sold] = tasks;
			expect(json).toMatchObject({ task_id: sold?.taskId, status: 'SUCCESS' });
			expect([name, json.error]).toEqual([name, expect.stringMatching(reasons[name] ?? '')]);
			if (name === 'otherScheme') continue;
			expect(json).toMatchObject({ category: 'download_failed', video_url: expect.any(String) });
		}
		expect(bought()).toHaveLength(results.length);
	});
});

describe('n8n’s ways to continue', () => {
	const mixed = ideas('one', 'two [[outcome=moderation]]', 'three');

	it('keeps every item in its place under Continue On Fail', async () => {
		const { items } = await run(byIdea, { ...mixed, ...goOn });
		expect(items('Done').map(({ json }) => json.status)).toEqual(['SUCCESS', 'FAILURE', 'SUCCESS']);
		const links = items('Sora').map(({ pairedItem }) => pairedItem);
		expect(links).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
		expect(Object.keys(items('Done')[1]?.json ?? {})).toEqual([
			...['error', 'task_id', 'status', 'fail_reason', 'category', 'retryable', 'advice'],
		]);
	});

	it('sends failed items to the error output, linked to their input', async () => {
		const node = { onError: 'continueErrorOutput' as const };
		const { json, error } = await run(byIdea, { ...mixed, node });
		expect(error).toBeUndefined();
		expect(json('Done').map(({ prompt }) => prompt)).toEqual(['one', 'three']);
		const failed = { idea: 'two [[outcome=moderation]]', category: 'moderation' };
		expect(json('Sora', 1)).toEqual([expect.objectContaining(failed)]);
	});

	it.each([
		['connections lost while polling, until the deadline', { pollFault: 'resetBefore:5' }],
		['a key refused while polling', { pollFault: 'badKey:10' }],
		['a broken download', { downloadFault: 'expired403:3' }],
		['a finished task without its video', { urlDelaySeconds: 100 }],
	] as const)('resumes the paid task when n8n retries the node after %s', async (_, scenario) => {
		gateway.set(scenario);
		const options = { maxWaitMinutes: 1.5 };
		const { items, error } = await run({ ...withFile, options }, { node: manyTries });
		expect(error).toBeUndefined();
		expectOneVideo(items('Done')[0]?.json);
		expect(items('Done')[0]?.binary?.data).toBeDefined();
	});

	it('resumes the paid tasks with Continue On Fail and Retry On Fail together', async () => {
		const { json } = await run(byIdea, {
			...ideas('one [[pollFault=badKey:10]]', 'two', 'three'),
			node: { ...goOn.node, ...manyTries },
		});
		expect(json('Done').map(({ status }) => status)).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS']);
		expect(bought()).toHaveLength(3);
	});

	it('buys nothing more after a failure, and names the open tasks', async () => {
		gateway.set({ renderSeconds: 600 });
		const more = Array<string>(40).fill('more');
		const { error } = await run(byIdea, ideas('one', 'two [[submitFault=quota]]', ...more));
		expect(error?.message).toMatch(/balance or quota/);
		expect(bought().length).toBeLessThan(20);
		for (const taskId of taskIds()) expect(error?.description).toContain(taskId);
	});

	it('stops at once when the user presses Stop', async () => {
		gateway.set({ renderSeconds: 100_000 });
		let stop = () => undefined as void;
		const running = run(boat, { onStart: (cancel) => (stop = cancel) });
		await time.when(() => bought().length > 0);
		const pressed = time.now();
		stop();
		expect((await running).run.status).toBe('canceled');
		expect(time.now() - pressed).toBeLessThan(1_000);
	});
});

describe('Video > Get', () => {
	const buy = async (prompt = 'A boat') => {
		const { json } = await run({ ...boat, prompt, waiting: 'none' });
		return String(json('Done')[0]?.task_id);
	};

	it('reports a running task without waiting', async () => {
		const taskId = await buy();
		const { json } = await run({ ...GET, taskId });
		expect(json('Done')[0]).toMatchObject({ task_id: taskId, video_url: null });
		expect(gateway.simulator.polls(taskId)).toBe(1);
	});

	it('waits and downloads on request', async () => {
		const more = { waiting: 'node', downloadVideo: true, binaryPropertyOutput: 'clip' };
		const { items } = await run({ ...GET, taskId: await buy(), ...more });
		expect(items('Done')[0]?.binary?.clip?.mimeType).toBe('video/mp4');
		expect(bought()).toHaveLength(1);
	});

	it('reports a failed task as data, with its reason', async () => {
		const taskId = await buy('A boat [[outcome=moderation]]');
		gateway.simulator.advance(200);
		const { json } = await run({ ...GET, taskId });
		expect(json('Done')[0]).toMatchObject({
			...{ status: 'FAILURE', fail_reason: expect.any(String), category: 'moderation' },
			advice: expect.stringContaining('Change the prompt'),
		});
	});

	it('says so when the task belongs to another account', async () => {
		const taskId = await buy();
		const { url, otherApiKey } = gateway.simulator;
		const credential = { apiKey: otherApiKey, baseUrl: url };
		const { json } = await run({ ...GET, taskId }, { ...goOn, credential });
		expect(json('Done')[0]).toMatchObject({ category: 'task_not_found', task_id: taskId });
	});

	it.each(['page404:2', 'challenge403:2'] as const)('continues through %s', async (pollFault) => {
		const taskId = await buy();
		gateway.simulator.advance(200);
		gateway.set({ pollFault });
		const { json } = await run({ ...GET, taskId });
		expect(json('Done')[0]).toMatchObject({ task_id: taskId, status: 'SUCCESS' });
		expect(gateway.simulator.polls(taskId)).toBe(3);
	});

	it.each([
		['taskNotExist', 'task_not_found', 1],
		['badKey', 'credential_invalid', 1],
		['page404', 'wrong_address', 4],
	] as const)(
		'does not wait if %s stands, as it knows of no purchase',
		async (pollFault, category, polls) => {
			gateway.set({ pollFault });
			for (const waiting of ['none', 'node']) {
				const { json } = await run({ ...GET, taskId: 'video_1', waiting }, goOn);
				expect(json('Done')[0]).toMatchObject({ category, task_id: 'video_1' });
			}
			expect(gateway.requestsTo('task')).toHaveLength(2 * polls);
		},
	);
});

describe('Character > Create', () => {
	const clip: IDataObject = { ...CREATE, url: 'https://example.com/cat.mp4' };
	const created = () => gateway.simulator.books.characters;

	it('gives the character and its mention', async () => {
		const { json } = await run({ ...clip, startSecond: 0.5, endSecond: 2.75 });
		const username = created()[0]?.username;
		expect(json('Done')).toEqual([
			{
				id: expect.stringMatching(/^ch_/),
				username,
				mention: `@${username}`,
				permalink: expect.stringContaining('http'),
				profile_picture_url: expect.stringContaining('http'),
			},
		]);
		expect(gateway.simulator.requests[0]?.body).toEqual({ url: clip.url, timestamps: '0.5,2.75' });
	});

	it('waits for its source task', async () => {
		gateway.set({ characterShape: 'envelope' });
		const { json } = await run({ ...boat, waiting: 'none' });
		const taskId = String(json('Done')[0]?.task_id);
		const result = await run({ ...CREATE, source: 'task', fromTask: taskId });
		expect(result.json('Done')[0]?.mention).toMatch(/^@/);
		expect(gateway.simulator.polls(taskId)).toBeGreaterThan(1);
	});

	it.each([
		['getOriginTaskFailed', 'source_task_expired'],
		['groupDenied401', 'key_group'],
		['hang', 'submission_uncertain'],
		['brokenJson', 'submission_uncertain'],
	] as const)('explains %s as %s, after one request', async (characterFault, category) => {
		gateway.set({ characterFault });
		const { json } = await run(clip, goOn);
		expect(json('Done')[0]).toMatchObject({ category });
		expect(gateway.simulator.requests).toHaveLength(1);
	});

	it.each(['n8n', 'the user'])(
		'picks up created characters when another item failed and %s retries',
		async (who) => {
			gateway.set({ characterFault: 'groupDenied401:1' });
			const anyClip = { ...CREATE, url: '=https://example.com/{{ $json.idea }}.mp4' };
			const pets = ideas('cat', 'dog');
			const first = await run(anyClip, { ...pets, ...(who === 'n8n' && tries) });
			const kept = { contextData: keptOf(first), executionId: 'execution-2' };
			const last = who === 'n8n' ? first : await run(anyClip, { ...pets, ...kept });
			expect(last.error).toBeUndefined();
			expect(created().map(({ body }) => body.url)).toEqual([
				'https://example.com/dog.mp4',
				'https://example.com/cat.mp4',
			]);
			const names = last.json('Done').map(({ username }) => username);
			expect(names).toEqual([created()[1]?.username, created()[0]?.username]);
		},
	);

	it('does not retry a character that may exist when n8n retries, but does when the user does', async () => {
		gateway.set({ characterFault: 'resetAfter:1' });
		const first = await run(clip, tries);
		expect(first.error?.message).toMatch(/^Submission uncertain/);
		expect(first.error?.description).toContain('The character may exist');
		expect(created()).toHaveLength(1);
		const kept = { contextData: keptOf(first), executionId: 'execution-2' };
		expect((await run(clip, kept)).error).toBeUndefined();
		expect(created()).toHaveLength(2);
	});
});
