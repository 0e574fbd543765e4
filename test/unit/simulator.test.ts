import { readMentions } from '../simulator/mentions';
import {
	DEFAULT_SCENARIO,
	merge,
	readDirective,
	readScenario,
	ScenarioError,
} from '../simulator/scenario';
import { FAULT_NAMES, FAULTS, startSimulator } from '../simulator/simulator';
import type { DownloadFault, Fault, Scenario, Simulator } from '../simulator/simulator';
import { checkCharacter, checkGenerate } from '../simulator/validate';
import { stageAt, taskAt, timeline, wrapped } from '../simulator/walk';
import type { Walker, WireTask } from '../simulator/walk';
import { until } from '../until';
import { VirtualTime } from '../virtualTime';

const AT = 1_756_693_797_000;
const URL_OF_VIDEO = 'https://files.example.com/v.mp4';

function walker(scenario: Partial<Scenario> = {}): Walker {
	return {
		taskId: 'video_1',
		at: AT,
		platform: 'openai',
		action: 'sora-video',
		scenario: merge(DEFAULT_SCENARIO, { queueSeconds: 3, renderSeconds: 100, ...scenario }),
	};
}

function told(scenario: Partial<Scenario>, seconds: number): WireTask {
	return taskAt(walker(scenario), AT + seconds * 1000, URL_OF_VIDEO);
}

describe('the walk of a task', () => {
	it('goes through every stage and tells the time of each', () => {
		const moments = [0, 1, 2, 3, 53, 103];
		expect(moments.map((moment) => told({}, moment).status)).toEqual([
			'NOT_START',
			'SUBMITTED',
			'QUEUED',
			'IN_PROGRESS',
			'IN_PROGRESS',
			'SUCCESS',
		]);
		expect(told({}, 2)).toEqual({
			task_id: 'video_1',
			platform: 'openai',
			action: 'sora-video',
			status: 'QUEUED',
			fail_reason: '',
			submit_time: 1756693797,
			start_time: 0,
			finish_time: 0,
			progress: '0%',
			data: null,
			search_item: '',
		});
		expect(told({}, 53)).toMatchObject({ progress: '50%', start_time: 1756693800, finish_time: 0 });
		expect(told({}, 103)).toMatchObject({
			progress: '100%',
			finish_time: 1756693900,
			data: { output: URL_OF_VIDEO },
		});
	});

	it('is the same for the same moment', () => {
		expect(told({}, 42)).toEqual(told({}, 42));
	});

	it('ends a failure with a reason in Chinese, no data and 100 %', () => {
		expect(told({ outcome: 'moderationLate' }, 92.9).status).toBe('IN_PROGRESS');
		expect(told({ outcome: 'moderationLate' }, 93)).toMatchObject({
			status: 'FAILURE',
			progress: '100%',
			data: null,
			fail_reason: expect.stringMatching(/违反.*内容政策/),
		});
		expect(told({ outcome: 'cancelled' }, 103).status).toBe('cancelled');
	});

	it.each([
		['moderation', '内容政策'],
		['realPerson', '写实人物'],
		['similarity', '第三方内容相似性'],
		['celebrity', '名人'],
		['minor', '未成年人'],
		['nudity', '裸露'],
		['publicError', 'PUBLIC_ERROR_'],
		['renderError', '失败'],
	] as const)('gives the reason of outcome %s', (outcome, sign) => {
		expect(told({ outcome }, 103).fail_reason).toContain(sign);
	});

	it.each([
		['linear', '22%', '60%'],
		['stalling', '50%', '90%'],
		['jumping', '0%', '62%'],
		['empty', '', ''],
		['integer', 22, 60],
		['absent', undefined, undefined],
	] as const)('tells progress %s', (progress, early, late) => {
		expect(told({ progress }, 25.5).progress).toBe(early);
		expect(told({ progress }, 63).progress).toBe(late);
	});

	it.each([
		['lower', 'in_progress', 'success', 'failure'],
		['completed', 'in_progress', 'completed', 'failed'],
		['succeeded', 'running', 'succeeded', 'error'],
		['processing', 'processing', 'completed', 'failed'],
		['unknown', 'UNKNOWN', 'SUCCESS', 'FAILURE'],
	] as const)('speaks the words of %s', (statuses, running, success, failure) => {
		expect(told({ statuses }, 10).status).toBe(running);
		expect(told({ statuses }, 103).status).toBe(success);
		expect(told({ statuses, outcome: 'renderError' }, 103).status).toBe(failure);
	});

	it('holds the URL back for as long as it is told, and puts it where it is told', () => {
		expect(told({ urlDelaySeconds: 5 }, 107.9).data).toEqual({ output: '' });
		expect(told({ urlDelaySeconds: 5 }, 108).data).toEqual({ output: URL_OF_VIDEO });
		expect(told({ urlDelaySeconds: Infinity }, 1e9)).toMatchObject({
			status: 'SUCCESS',
			data: { output: '' },
		});
		expect(told({ urlPlace: 'data.outputs' }, 103).data).toEqual({ outputs: [URL_OF_VIDEO] });
		expect(told({ urlPlace: 'data.video_url' }, 103).data).toEqual({ video_url: URL_OF_VIDEO });
	});

	it('never finishes when the render takes for ever, and at once when it takes no time', () => {
		expect(stageAt(walker({ renderSeconds: Infinity }), AT + 1e12)).toBe('running');
		expect(stageAt(walker({ queueSeconds: Infinity }), AT + 1e12)).toBe('notStarted');
		expect(stageAt(walker({ queueSeconds: 0, renderSeconds: 0 }), AT)).toBe('success');
		expect(timeline(walker()).finished).toBe(AT + 103_000);
	});

	it('comes in an envelope when told so', () => {
		const task = walker({ taskShape: 'envelope' });
		const wire = taskAt(task, AT, '');
		expect(wrapped(task, wire)).toEqual({ code: 'success', message: '', data: wire });
	});
});

describe('the scenario', () => {
	it('names what it does not know and what it would take', () => {
		expect(readScenario({ speed: 3 })).toMatchObject({
			message: expect.stringMatching(/unknown name speed \(known: renderSeconds,/),
		});
		expect(readScenario({ outcome: 'sad' })).toMatchObject({
			message: expect.stringMatching(/^outcome: must be one of success, moderation/),
		});
		expect(readScenario({ renderSeconds: -1 })).toBeInstanceOf(ScenarioError);
		expect(readScenario({ pollFault: 'html502:0' })).toBeInstanceOf(ScenarioError);
		expect(readScenario({ pollFault: 'html999' })).toMatchObject({
			message: expect.stringContaining('html502'),
		});
	});

	it('reads directives out of a prompt', () => {
		expect(readDirective('A duck [[renderSeconds=5 pollFault=html502:3]] swims')).toEqual({
			renderSeconds: 5,
			pollFault: 'html502:3',
		});
		expect(readDirective('A duck')).toEqual({});
		expect(readDirective('[[urlDelaySeconds=Infinity]]')).toEqual({ urlDelaySeconds: Infinity });
		expect(readDirective('[[slow]]')).toMatchObject({
			message: expect.stringContaining('"slow" is not of the form name=value'),
		});
	});
});

describe('the check of a request for a video', () => {
	const good = { model: 'sora-2', prompt: 'A duck' };

	it.each([
		[{}],
		[{ duration: '15', aspect_ratio: '9:16', watermark: false, private: true }],
		[{ model: 'sora-2-pro', duration: '25' }],
		[{ model: 'sora-2-pro', duration: '15', hd: true }],
		[{ images: ['https://a.example/b.png', 'data:image/png;base64,AAAA'] }],
		[{ character_url: 'https://a.example/b.mp4', character_timestamps: '1.5,3' }],
		[
			{
				model: 'seedance-1.5-pro',
				duration: 8,
				ratio: '16:9',
				resolution: '1080p',
				seed: 1,
				enhance_prompt: true,
			},
		],
	])('takes %j', (more) => {
		expect(checkGenerate({ ...good, ...more })).toBeUndefined();
	});

	it.each([
		[{ model: undefined }, 'model is required'],
		[{ prompt: ' ' }, 'prompt is required'],
		[
			{ prompt: 3 },
			'cannot unmarshal number into Go struct field VideoRequest.prompt of type string',
		],
		[
			{ duration: 10 },
			'cannot unmarshal number into Go struct field VideoRequest.duration of type string',
		],
		[{ duration: '12' }, 'duration must be one of 10, 15, 25, not "12"'],
		[{ duration: '25' }, 'duration 25 is not supported by sora-2'],
		[{ hd: true }, 'hd is not supported by sora-2'],
		[{ hd: 'true' }, 'VideoRequest.hd of type bool'],
		[{ model: 'sora-2-pro', hd: true, duration: '25' }, 'hd is not supported with duration 25'],
		[{ aspect_ratio: '1:1' }, 'aspect_ratio must be one of 16:9, 9:16, not "1:1"'],
		[{ images: [] }, 'images must not be empty'],
		[{ images: 'https://a.example/b.png' }, 'VideoRequest.images of type []string'],
		[{ images: ['AAAA'] }, 'images[0] is neither an http(s) URL nor data:image/...;base64,...'],
		[{ images: ['https://a.example/b.png', 'data:video/mp4;base64,AAAA'] }, 'images[1] is neither'],
		[{ notify_hook: 'hook' }, 'notify_hook is not an http(s) URL'],
		[{ character_timestamps: '1-3' }, 'not of the form {start},{end}'],
		[{ character_timestamps: '1,4.5' }, 'end - start must be 1 to 3 seconds'],
	])('refuses %j with the reason', (more, reason) => {
		expect(checkGenerate({ ...good, ...more })).toContain(reason);
	});
});

describe('the check of a request for a character', () => {
	const url = 'https://a.example/b.mp4';

	it.each([[{ url, timestamps: '1,3' }], [{ from_task: 'video_1', timestamps: '0.1,3.1' }]])(
		'takes %j',
		(body) => {
			expect(checkCharacter(body)).toBeUndefined();
		},
	);

	it.each([
		[{ url }, 'timestamps is required'],
		[{ timestamps: '1,3' }, 'exactly one of url and from_task must be set'],
		[
			{ url, from_task: 'video_1', timestamps: '1,3' },
			'exactly one of url and from_task must be set',
		],
		[{ url: 'b.mp4', timestamps: '1,3' }, 'url is not an http(s) URL'],
		[{ url, timestamps: '1,1.5' }, 'end - start must be 1 to 3 seconds'],
	])('refuses %j with the reason', (body, reason) => {
		expect(checkCharacter(body)).toBe(
			reason.startsWith('end') ? `timestamps "1,1.5": ${reason}` : reason,
		);
	});
});

describe('mentions', () => {
	const read = (prompt: string) => readMentions(prompt, (name) => name === '783316a1d.diggyloade');

	it('bind with a space or an end on both sides', () => {
		expect(read('@783316a1d.diggyloade dances').bound).toEqual(['783316a1d.diggyloade']);
		expect(read('a @783316a1d.diggyloade').bound).toEqual(['783316a1d.diggyloade']);
	});

	it.each([
		['@{783316a1d.diggyloade} dances', 'braces'],
		['看@783316a1d.diggyloade 跳舞', 'spaces'],
		['look, @783316a1d.diggyloade, it dances', 'spaces'],
		['it is @783316a1d.diggyloade.', 'spaces'],
	])('do not bind in %s', (prompt, why) => {
		expect(read(prompt)).toMatchObject({ bound: [], denied: [], unbound: [{ why }] });
	});

	it('of nobody are denied, while mail addresses and plain words are text', () => {
		expect(read('a @0000.nobody b').denied).toEqual(['0000.nobody']);
		expect(read('write to me@mail.example or @ home').denied).toEqual([]);
	});
});

describe('the server', () => {
	const time = new VirtualTime();
	let simulator: Simulator;

	beforeAll(async () => {
		simulator = await startSimulator({ clock: time, seed: 7 });
	});
	afterEach(() => simulator.reset());
	afterAll(async () => {
		await simulator.close();
		time.close();
	});

	const headers = (key = simulator.apiKey) => ({
		authorization: `Bearer ${key}`,
		'content-type': 'application/json',
	});

	async function post(path: string, body: unknown, signal?: AbortSignal) {
		return await fetch(`${simulator.url}${path}`, {
			method: 'POST',
			headers: headers(),
			body: JSON.stringify(body),
			redirect: 'manual',
			...(signal && { signal }),
		});
	}

	const generate = async (more: Record<string, unknown> = {}, signal?: AbortSignal) =>
		await post('/v2/videos/generations', { model: 'sora-2', prompt: 'A duck', ...more }, signal);

	async function json<T = Record<string, unknown>>(response: Response): Promise<T> {
		return (await response.json()) as T;
	}

	async function bought(more: Record<string, unknown> = {}): Promise<string> {
		return (await json<{ task_id: string }>(await generate(more))).task_id;
	}

	/** The client gives up when the stand-in has dealt with its request, which is at no certain time. */
	async function generateAndLeave(more: Record<string, unknown> = {}): Promise<Response> {
		const before = simulator.requests.length;
		const leave = new AbortController();
		const request = generate(more, leave.signal);
		request.catch(() => undefined);
		await until(() => simulator.requests[before]?.body !== undefined);
		leave.abort();
		return await request;
	}

	const look = async (taskId: string, key?: string) =>
		await fetch(`${simulator.url}/v2/videos/generations/${encodeURIComponent(taskId)}`, {
			headers: headers(key),
		});

	async function finishedUrl(more: Record<string, unknown> = {}): Promise<string> {
		const taskId = await bought(more);
		simulator.advance(1000);
		return (await json<{ data: { output: string } }>(await look(taskId))).data.output;
	}

	it('sells a video, shows it rendering and serves it', async () => {
		const taskId = await bought({ aspect_ratio: '9:16', duration: '15' });
		expect(taskId).toMatch(/^video_[0-9a-f-]{36}$/);
		simulator.advance(1000);
		const task = await json<WireTask>(await look(taskId));
		expect(task.status).toBe('SUCCESS');
		const video = await fetch(String(task.data?.output));
		const bytes = Buffer.from(await video.arrayBuffer());
		expect(video.headers.get('content-type')).toBe('video/mp4');
		expect(Number(video.headers.get('content-length'))).toBe(bytes.length);
		expect(bytes.toString('latin1', 4, 8)).toBe('ftyp');
		expect(simulator.books.purchases).toMatchObject([
			{ taskId, model: 'sora-2', seconds: 15, hd: false, prompt: 'A duck' },
		]);
		expect(simulator.polls(taskId)).toBe(1);
		expect(simulator.requests.map(({ route, status, host }) => [host, route, status])).toEqual([
			['gateway', 'generate', 200],
			['gateway', 'task', 200],
			['files', 'file', 200],
		]);
		expect(simulator.requests.map(({ carriesKey }) => carriesKey)).toEqual([true, true, false]);
	});

	it.each([
		['submitShape=id', { id: expect.any(String) }],
		['submitShape=data.task_id', { data: { task_id: expect.any(String) } }],
		['submitShape=data.id', { data: { id: expect.any(String) } }],
		['submitShape=output.task_id', { output: { task_id: expect.any(String) } }],
		['idStyle=uuid', { task_id: expect.stringMatching(/^[0-9a-f-]{36}$/) }],
		['idStyle=model', { task_id: expect.stringMatching(/^sora-2:task_[0-9A-Z]{26}$/) }],
		['idStyle=veo', { task_id: expect.stringMatching(/^veo3:\d+-[0-9a-f]+$/) }],
	])('answers the purchase as %s says', async (directive, shape) => {
		expect(await json(await generate({ prompt: `A duck [[${directive}]]` }))).toMatchObject(shape);
	});

	it('finds tasks whose ID holds a colon', async () => {
		const taskId = await bought({ prompt: 'A duck [[idStyle=model]]' });
		expect((await look(taskId)).status).toBe(200);
	});

	it('knows its keys, and keeps the tasks of the two apart', async () => {
		const taskId = await bought();
		const foreign = await look(taskId, simulator.otherApiKey);
		expect(foreign.status).toBe(400);
		expect(await json(foreign)).toEqual({
			code: 'task_not_exist',
			message: 'task_not_exist',
			data: null,
		});
		const wrong = await look(taskId, 'wrong');
		expect([wrong.status, await wrong.text()]).toEqual([
			401,
			expect.stringContaining('无效的令牌'),
		]);
		const missing = await fetch(`${simulator.url}/v1/models`);
		expect([missing.status, await missing.text()]).toEqual([
			401,
			expect.stringContaining('未提供令牌'),
		]);
	});

	it('never writes a key down', async () => {
		await bought();
		expect(JSON.stringify(simulator.requests)).not.toContain(simulator.apiKey);
		expect(simulator.requests[0]?.headers.authorization).toBe('Bearer [key]');
	});

	it('refuses unknown paths, models, directives and broken JSON without selling', async () => {
		const path = await post('/v3/videos', {});
		expect([path.status, await path.text()]).toEqual([
			404,
			expect.stringContaining('Invalid URL (POST /v3/videos)'),
		]);
		const model = await generate({ model: 'sora-9' });
		expect([model.status, await model.text()]).toEqual([
			503,
			expect.stringContaining('"code":"model_not_found"'),
		]);
		const directive = await generate({ prompt: 'A duck [[colour=red]]' });
		expect([directive.status, await directive.text()]).toEqual([
			400,
			expect.stringContaining('unknown name colour'),
		]);
		const broken = await fetch(`${simulator.url}/v2/videos/generations`, {
			method: 'POST',
			headers: headers(),
			body: '{"model":',
		});
		expect(broken.status).toBe(400);
		expect((await generate({ images: [] })).status).toBe(400);
		expect(simulator.books.purchases).toHaveLength(0);
	});

	it('sells models added by a test, until the reset', async () => {
		simulator.addModels('new-video-9');
		expect((await generate({ model: 'new-video-9', duration: 8 })).status).toBe(200);
		simulator.reset();
		expect((await generate({ model: 'new-video-9' })).status).toBe(503);
	});

	it('lists models of all kinds and a quota that falls with each purchase', async () => {
		const get = async (path: string) =>
			await json<Record<string, unknown>>(
				await fetch(`${simulator.url}${path}`, { headers: headers() }),
			);
		const models = (await get('/v1/models')) as { data: Array<{ id: string }>; success: boolean };
		expect(models.success).toBe(true);
		expect(models.data.map(({ id }) => id)).toEqual(
			expect.arrayContaining(['sora-2', 'sora-2-pro', 'veo3.1', 'grok-video-3', 'gpt-4o']),
		);
		const before = await get('/v1/token/quota');
		await bought();
		const after = await get('/v1/token/quota');
		expect(Number(after.quota)).toBeLessThan(Number(before.quota));
		expect(Number(after.quota) + Number(after.used_quota)).toBe(Number(before.quota));
		simulator.set({ quota: 60_000 });
		const poor = await generate();
		expect([poor.status, await poor.text()]).toEqual([
			403,
			expect.stringContaining('insufficient_user_quota'),
		]);
	});

	describe('a fault on the paid POST', () => {
		it.each(FAULT_NAMES)(
			'%s sells what it says it sells, and is over when its count is',
			async (fault) => {
				simulator.set({ submitFault: `${fault}:1` });
				const request = /^hang|^trickle/.test(fault) ? generateAndLeave() : generate();
				await request.then(
					async (response) => await response.text().catch(() => ''),
					() => undefined,
				);
				const sold = FAULTS[fault].takesEffect ? 1 : 0;
				expect(simulator.books.purchases).toHaveLength(sold);
				expect((await generate()).status).toBe(200);
				expect(simulator.books.purchases).toHaveLength(sold + 1);
			},
		);

		it.each([
			['badKey', 401, '无效的令牌'],
			['quota', 403, 'insufficient_user_quota'],
			['quotaPreConsume', 403, 'pre_consume_token_quota_failed'],
			['groupDenied', 403, '无权访问'],
			['modelDenied', 403, '该令牌无权访问模型 sora-2'],
			['modelNotFound', 503, '无可用渠道'],
			['badRequest', 400, 'invalid_request'],
			['unmarshal', 400, 'cannot unmarshal'],
			['unknownPath', 404, 'Invalid URL (POST /v2/videos/generations)'],
			['saturated', 429, '负载已饱和'],
			['rateLimited', 429, '请求数限制'],
			['tooLarge', 413, 'too large'],
			['tooLargeHtml', 413, '<html>'],
			['upstream500', 500, 'do_request_failed'],
			['failToFetchTask', 500, '请求上游地址失败'],
			['html502', 502, '<html>'],
			['html504', 504, '<html>'],
			['realPerson', 400, '写实人物'],
			['cameoDenied', 400, 'cameo_permission_denied'],
			['nestedError', 500, 'cameo_permission_denied'],
			['nestedSaturated', 500, '负载已饱和'],
			['plainText', 503, 'upstream connect error'],
			['html200', 200, '<html>'],
			['html502Bought', 502, '<html>'],
		] as const)('%s says %i and %s', async (fault, status, sign) => {
			const response = await generate({ prompt: `A duck [[submitFault=${fault}]]` });
			expect([response.status, await response.text()]).toEqual([
				status,
				expect.stringContaining(sign),
			]);
		});

		it.each(['resetBefore', 'resetAfter'] as const)('%s cuts the connection', async (fault) => {
			await expect(generate({ prompt: `A duck [[submitFault=${fault}]]` })).rejects.toThrow();
			expect(simulator.requests).toMatchObject([{ status: 'reset' }]);
		});

		it.each(['hang', 'hangBefore'] as const)(
			'%s never answers, and notes that the client left',
			async (fault) => {
				const request = generateAndLeave({ prompt: `A duck [[submitFault=${fault}]]` });
				await expect(request).rejects.toThrow();
				await until(() => simulator.requests[0]?.leftAt !== undefined);
				expect(simulator.requests).toMatchObject([{ status: 'open' }]);
			},
		);

		it('tells when to come back, in both ways', async () => {
			simulator.set({ submitFault: 'rateLimitedRetryAfter', retryAfterSeconds: 7 });
			expect((await generate()).headers.get('retry-after')).toBe('7');
			const own = { prompt: 'A duck [[submitFault=rateLimitedRetryAfter retryAfterSeconds=3]]' };
			expect((await generate(own)).headers.get('retry-after')).toBe('3');
			simulator.set({ submitFault: 'rateLimitedRetryAfterDate', retryAfterSeconds: 86_400 });
			const date = (await generate()).headers.get('retry-after') ?? '';
			expect(Date.parse(date)).toBeGreaterThan(Date.now());
		});

		it('redirects to a third host, which records what reaches it', async () => {
			simulator.set({ submitFault: 'redirect' });
			const response = await generate();
			const target = response.headers.get('location') ?? '';
			expect(response.status).toBe(301);
			expect(target).toBe(`${simulator.elsewhereUrl}/v2/videos/generations`);
			await fetch(target, { headers: headers() });
			expect(simulator.requests.at(-1)).toMatchObject({ host: 'elsewhere', carriesKey: true });
		});

		it('counts for each prompt when a directive set it', async () => {
			const more = (name: string) => ({ prompt: `${name} [[submitFault=saturated:1]]` });
			const statuses = [];
			for (const name of ['a', 'b', 'a', 'b']) statuses.push((await generate(more(name))).status);
			expect(statuses).toEqual([429, 429, 200, 200]);
		});
	});

	it('changes nothing in a task whose look meets a fault', async () => {
		const taskId = await bought({ prompt: 'A duck [[pollFault=html502:2]]' });
		const other = await bought();
		expect((await look(other)).status).toBe(200);
		const statuses = [];
		for (let times = 0; times < 3; times++) statuses.push((await look(taskId)).status);
		expect(statuses).toEqual([502, 502, 200]);
		expect(simulator.polls(taskId)).toBe(3);
	});

	it('lets poll faults of the run reach tasks already bought', async () => {
		const taskId = await bought();
		simulator.set({ pollFault: 'saturated:1' });
		expect([(await look(taskId)).status, (await look(taskId)).status]).toEqual([429, 200]);
	});

	it('refuses looks that follow each other too fast, when told so', async () => {
		simulator.set({ pollFloorSeconds: 1e6 });
		const taskId = await bought();
		expect([(await look(taskId)).status, (await look(taskId)).status]).toEqual([200, 429]);
	});

	describe('the file host', () => {
		const withFault = (fault: DownloadFault) => ({ prompt: `A duck [[downloadFault=${fault}]]` });

		it('serves ranges', async () => {
			const url = await finishedUrl();
			const part = await fetch(url, { headers: { range: 'bytes=4-7' } });
			expect([part.status, await part.text()]).toEqual([206, 'ftyp']);
			expect(part.headers.get('content-range')).toMatch(/^bytes 4-7\/\d+$/);
			expect((await fetch(url, { headers: { range: 'bytes=99999999-' } })).status).toBe(416);
			expect((await fetch(url, { method: 'HEAD' })).headers.get('content-length')).toMatch(/^\d+$/);
		});

		it('refuses forged and expired links', async () => {
			const url = await finishedUrl({ prompt: 'A duck [[urlLifeSeconds=1000000]]' });
			expect((await fetch(url)).status).toBe(200);
			expect((await fetch(url.replace('sig=', 'sig=0'))).status).toBe(403);
			simulator.advance(1_000_000);
			const late = await fetch(url);
			expect([late.status, await late.text()]).toEqual([403, expect.stringContaining('expired')]);
		});

		it.each([
			['expired403', 403, 'application/xml'],
			['notFound404', 404, 'application/xml'],
			['server500', 500, 'application/xml'],
			['htmlPage', 200, 'text/html'],
			['jsonError', 200, 'application/json'],
			['wrongBytes', 200, 'video/mp4'],
			['wrongType', 200, 'application/octet-stream'],
			['redirectLoop', 302, ''],
			['redirectElsewhere', 302, ''],
			['redirectPrivate', 302, ''],
		] as const)('%s answers %i %s', async (fault, status, type) => {
			const response = await fetch(await finishedUrl(withFault(fault)), { redirect: 'manual' });
			expect(response.status).toBe(status);
			expect(response.headers.get('content-type') ?? '').toContain(type);
			await response.arrayBuffer();
		});

		it('is well again when the count of its fault is over', async () => {
			const url = await finishedUrl({ prompt: 'A duck [[downloadFault=server500:1]]' });
			expect([(await fetch(url)).status, (await fetch(url)).status]).toEqual([500, 200]);
		});

		it.each(['truncated', 'reset'] as const)('%s ends half-way through', async (fault) => {
			const response = await fetch(await finishedUrl(withFault(fault)));
			expect(response.status).toBe(200);
			await expect(response.arrayBuffer()).rejects.toThrow();
			expect(simulator.requests.at(-1)).toMatchObject({ host: 'files', status: 'reset' });
		});

		it.each(['stall', 'hang'] as const)('%s goes on for ever', async (fault) => {
			const url = await finishedUrl(withFault(fault));
			const leave = new AbortController();
			const download = fetch(url, { signal: leave.signal }).then((answer) => answer.arrayBuffer());
			const ended = expect(download).rejects.toThrow();
			const request = () => simulator.requests.find(({ path }) => url.endsWith(path));
			await until(() => request()?.taskId !== undefined);
			// Meanwhile another one comes whole.
			await (await fetch(await finishedUrl())).arrayBuffer();
			expect(request()).toMatchObject({ host: 'files', status: 'open' });
			expect(request()).not.toHaveProperty('leftAt');
			leave.abort();
			await ended;
		});

		it.each([
			['empty', 0],
			['tooShort', 512],
		] as const)('%s sends %i bytes, honestly counted', async (fault, size) => {
			const response = await fetch(await finishedUrl(withFault(fault)));
			expect(response.headers.get('content-length')).toBe(String(size));
			expect((await response.arrayBuffer()).byteLength).toBe(size);
		});

		it('noLength sends the whole video in chunks', async () => {
			const response = await fetch(await finishedUrl(withFault('noLength')));
			expect(response.headers.get('content-length')).toBeNull();
			expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(10_000);
		});

		it.each(['redirect', 'redirectElsewhere'] as const)(
			'%s leads to the video in the end',
			async (fault) => {
				const response = await fetch(await finishedUrl(withFault(fault)));
				expect([response.redirected, response.headers.get('content-type')]).toEqual([
					true,
					'video/mp4',
				]);
				await response.arrayBuffer();
			},
		);

		it.each([
			['privateAddress', /^http:\/\/10\./],
			['metadataAddress', /^http:\/\/169\.254\.169\.254\//],
			['otherScheme', /^file:/],
		] as const)('%s is told by the task itself', async (fault, url) => {
			expect(await finishedUrl(withFault(fault))).toMatch(url);
		});

		it('streams videos of any size', async () => {
			const size = 50 * 1024 * 1024;
			const response = await fetch(await finishedUrl({ prompt: `A duck [[videoBytes=${size}]]` }));
			let bytes = 0;
			for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
				bytes += chunk.length;
			}
			expect(bytes).toBe(size);
		});
	});

	describe('characters', () => {
		const create = async (body: Record<string, unknown>) =>
			await post('/sora/v1/characters', { timestamps: '1,3', ...body });

		it('are created from a URL, and then work in prompts', async () => {
			const response = await create({ url: 'https://a.example/duck.mp4' });
			const { username, ...rest } = await json<{ username: string }>(response);
			expect(username).toMatch(/^[a-z0-9]+\.[a-z0-9]+$/);
			expect(rest).toEqual({
				id: expect.stringMatching(/^ch_/),
				permalink: expect.stringContaining(username),
				profile_picture_url: expect.stringContaining(simulator.filesUrl),
			});
			const taskId = await bought({ prompt: `A @${username} dances` });
			expect(simulator.task(taskId)?.mentions.bound).toEqual([username]);
			const braces = await bought({ prompt: `A @{${username}} dances` });
			expect(simulator.task(braces)?.mentions.unbound).toMatchObject([{ why: 'braces' }]);
			expect((await generate({ prompt: 'A @0000.nobody dances' })).status).toBe(400);
		});

		it('are created from a task that has succeeded, and from no other', async () => {
			const running = await bought({ prompt: 'A duck [[renderSeconds=Infinity]]' });
			expect(await (await create({ from_task: running })).text()).toContain('任务还在进行中');
			const failed = await bought({
				prompt: 'A duck [[renderSeconds=0 queueSeconds=0 outcome=minor]]',
			});
			const refused = await create({ from_task: failed });
			expect([refused.status, await refused.text()]).toEqual([
				500,
				expect.stringContaining('get_origin_task_failed'),
			]);
			const done = await bought({ prompt: 'A duck [[renderSeconds=0 queueSeconds=0]]' });
			expect((await create({ from_task: done })).status).toBe(200);
			expect(await (await create({ from_task: 'video_0' })).text()).toContain('task_not_exist');
			expect(simulator.books.characters).toHaveLength(1);
		});

		it('are refused with a model, or without one where the gateway wants it', async () => {
			const url = 'https://a.example/duck.mp4';
			expect((await create({ url, model: 'sora-2' })).status).toBe(404);
			simulator.set({ characterModel: 'required' });
			expect([
				(await create({ url })).status,
				(await create({ url, model: 'sora-2' })).status,
			]).toEqual([400, 200]);
		});

		it('meet faults', async () => {
			simulator.set({ characterFault: 'html502:1', characterShape: 'envelope' });
			const body = { url: 'https://a.example/duck.mp4' };
			expect((await create(body)).status).toBe(502);
			expect(await json(await create(body))).toMatchObject({
				data: { username: expect.any(String) },
			});
		});
	});

	describe('uploads', () => {
		async function upload(name: string, content: string) {
			const form = new FormData();
			form.append(name, new Blob([content], { type: 'image/png' }), 'a duck.png');
			const { authorization } = headers();
			return await fetch(`${simulator.url}/v1/files`, {
				method: 'POST',
				headers: { authorization },
				body: form,
			});
		}

		it('are stored and served', async () => {
			const answer = await json<{ url: string }>(await upload('file', 'picture'));
			expect(answer).toMatchObject({ filename: 'a duck.png', bytes: 7, id: expect.any(String) });
			expect(new URL(answer.url).origin).toBe(simulator.filesUrl);
			const file = await fetch(answer.url);
			expect([file.headers.get('content-type'), await file.text()]).toEqual([
				'image/png',
				'picture',
			]);
		});

		it('are refused without the part, or without content, or when too large', async () => {
			expect((await upload('image', 'picture')).status).toBe(400);
			expect((await upload('file', '')).status).toBe(400);
			simulator.set({ maxBodyBytes: 100 });
			expect((await upload('file', 'picture'.repeat(100))).status).toBe(413);
			expect(simulator.books.uploads).toHaveLength(0);
		});

		it('meet faults', async () => {
			simulator.set({ fileFault: 'upstream502:1' });
			const statuses = [(await upload('file', 'a')).status, (await upload('file', 'a')).status];
			expect(statuses).toEqual([502, 200]);
		});
	});

	describe('notify_hook', () => {
		const called = async (
			callback: Scenario['callback'],
			calls: number,
			meanwhile: () => void = () => undefined,
		) => {
			const notify_hook = `${simulator.elsewhereUrl}/hook`;
			const taskId = await bought({ notify_hook, prompt: `A duck [[callback=${callback}]]` });
			meanwhile();
			await until(() => simulator.books.callbacks.filter(({ status }) => status).length >= calls);
			const bodies = simulator.requests.filter(({ path }) => path === '/hook');
			return { taskId, bodies: bodies.map(({ body }) => body as Record<string, unknown>) };
		};

		it('is called with the task when it has finished', async () => {
			const { taskId, bodies } = await called('finished', 1);
			expect(bodies).toMatchObject([{ task_id: taskId, status: 'SUCCESS' }]);
		});

		it('is called three times, with the ID only, or in an envelope', async () => {
			expect((await called('thrice', 3)).bodies).toHaveLength(3);
			simulator.reset();
			const { taskId, bodies } = await called('idOnly', 1);
			expect(bodies).toEqual([{ task_id: taskId }]);
			simulator.reset();
			expect((await called('envelope', 1)).bodies).toMatchObject([{ data: { status: 'SUCCESS' } }]);
		});

		it('is called on every change', async () => {
			expect((await called('everyChange', 4)).bodies.map(({ status }) => status)).toEqual([
				'SUBMITTED',
				'QUEUED',
				'IN_PROGRESS',
				'SUCCESS',
			]);
		});

		it.each([
			['everyChange', ['SUBMITTED', 'QUEUED', 'IN_PROGRESS', 'SUCCESS']],
			['early', ['SUCCESS', 'SUCCESS']],
		] as const)(
			'tells of each change as it was, however late the call (%s)',
			async (callback, said) => {
				const { bodies } = await called(callback, said.length, () => simulator.advance(1000));
				expect(bodies.map(({ status }) => status)).toEqual(said);
				const withVideo = bodies.map(({ data }) => data !== null);
				expect(withVideo).toEqual(said.map((_, index) => index === said.length - 1));
			},
		);

		it('is called too early, with a claim that is not yet true, and again at the end', async () => {
			const { bodies } = await called('early', 2);
			expect(bodies).toMatchObject([
				{ status: 'SUCCESS', data: null },
				{ status: 'SUCCESS', data: { output: expect.any(String) } },
			]);
		});

		it('is not called when told so, nor outside this machine', async () => {
			const away = 'https://hook.example.com/x';
			const taskId = await bought({ notify_hook: away });
			await bought({ notify_hook: away, prompt: 'A duck [[callback=never]]' });
			await until(() => simulator.books.callbacks.length > 0);
			expect(simulator.books.callbacks).toMatchObject([
				{ taskId, error: 'not a loopback address' },
			]);
		});

		it('only records that a hook failed', async () => {
			await bought({ notify_hook: 'http://127.0.0.1:1/hook' });
			await until(() => simulator.books.callbacks[0]?.error !== undefined);
			expect(simulator.books.callbacks[0]?.status).toBeUndefined();
		});
	});

	describe('from another process', () => {
		const control = async (method: string, path: string, body?: unknown) =>
			await fetch(`${simulator.url}/simulator/${path}`, {
				method,
				...(body !== undefined && {
					headers: { 'content-type': 'application/json' },
					body: JSON.stringify(body),
				}),
			});

		it('takes a scenario, tells its books and requests, and starts over', async () => {
			const set = await control('PUT', 'scenario', {
				renderSeconds: 'Infinity',
				submitFault: 'quota:1',
			});
			expect(await json(set)).toMatchObject({ renderSeconds: 'Infinity', submitFault: 'quota:1' });
			await generate();
			await generate();
			expect(await json(await control('GET', 'books'))).toMatchObject({
				purchases: [{ model: 'sora-2' }],
			});
			expect(await json(await control('GET', 'requests'))).toMatchObject([
				{ status: 403 },
				{ status: 200 },
			]);
			await control('POST', 'reset');
			expect(simulator.books.purchases).toHaveLength(0);
			expect(simulator.requests).toHaveLength(0);
			expect(await json(await control('GET', 'scenario'))).toMatchObject({ renderSeconds: 60 });
		});

		it('refuses what it does not know, and takes a fault back', async () => {
			const refused = await control('PUT', 'scenario', { outcome: 'sad' });
			expect([refused.status, await refused.text()]).toEqual([
				400,
				expect.stringContaining('must be one of success'),
			]);
			await control('PUT', 'scenario', { submitFault: 'quota' });
			await control('PUT', 'scenario', { submitFault: 'none' });
			expect((await generate()).status).toBe(200);
		});
	});

	it('refuses a scenario in code as clearly', () => {
		expect(() => simulator.set({ submitFault: 'html999' as Fault })).toThrow(ScenarioError);
	});

	it('makes the same things up again under the same seed', async () => {
		const first = await bought();
		simulator.reset();
		expect(await bought()).toBe(first);
	});

	// One that waited for the open connections would not close at all: their request is never answered.
	it('closes at once, open connections included', async () => {
		const short = await startSimulator({ scenario: { modelsFault: 'hang' } });
		const request = fetch(`${short.url}/v1/models`, {
			headers: { authorization: `Bearer ${short.apiKey}` },
		});
		const ended = expect(request).rejects.toThrow();
		await until(() => short.requests.length > 0);
		await short.close();
		await ended;
	});
});
