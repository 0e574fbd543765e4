import { readMentions } from '../simulator/mentions';
import { MODELS } from '../simulator/models';
import {
	DEFAULT_SCENARIO,
	merge,
	readDirective,
	readScenario,
	ScenarioError,
} from '../simulator/scenario';
import { FAULT_NAMES, FAULTS, startSimulator } from '../simulator/simulator';
import type { DownloadFault, Scenario, Simulator } from '../simulator/simulator';
import { checkCharacter, checkGenerate, describes } from '../simulator/validate';
import { stageAt, taskAt, timeline } from '../simulator/walk';
import type { Walker, WireTask } from '../simulator/walk';
import { until } from '../until';
import { VirtualTime } from '../virtualTime';

const AT = 1_756_693_797_000;
const URL_OF_VIDEO = 'https://files.example.com/v.mp4';

const walker = (scenario: Partial<Scenario> = {}): Walker => ({
	taskId: 'video_1',
	at: AT,
	model: 'sora-2',
	platform: 'openai',
	action: 'sora-video',
	scenario: merge(DEFAULT_SCENARIO, { queueSeconds: 3, renderSeconds: 100, ...scenario }),
});
const polled = (scenario: Partial<Scenario>, seconds: number): WireTask =>
	taskAt(walker(scenario), AT + seconds * 1000, URL_OF_VIDEO);

describe('the walk of a task', () => {
	it('goes through every stage and tells the time of each', () => {
		expect([0, 1, 2, 3, 53, 103].map((moment) => polled({}, moment).status)).toEqual([
			...['NOT_START', 'SUBMITTED', 'QUEUED', 'IN_PROGRESS', 'IN_PROGRESS', 'SUCCESS'],
		]);
		expect(polled({}, 2)).toEqual({
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
		expect(polled({}, 53)).toMatchObject({
			progress: '50%',
			start_time: 1756693800,
			finish_time: 0,
		});
		expect(polled({}, 103)).toMatchObject({
			progress: '100%',
			finish_time: 1756693900,
			data: { output: URL_OF_VIDEO },
		});
	});

	it('ends a failure early, with a reason, no data and 100 %', () => {
		expect(polled({ outcome: 'moderationLate' }, 92.9).status).toBe('IN_PROGRESS');
		expect(polled({ outcome: 'moderationLate' }, 93)).toMatchObject({
			status: 'FAILURE',
			progress: '100%',
			data: null,
			fail_reason: expect.stringMatching(/违反.*内容政策/),
		});
		expect(polled({ outcome: 'cancelled' }, 103).status).toBe('cancelled');
		expect(polled({ outcome: 'minor', reason: 'no' }, 103).fail_reason).toBe('no');
	});

	it('holds the URL back for as long as it is to', () => {
		expect(polled({ urlDelaySeconds: 5 }, 107.9).data).toEqual({ output: '' });
		expect(polled({ urlDelaySeconds: 5 }, 108).data).toEqual({ output: URL_OF_VIDEO });
		expect(polled({ urlDelaySeconds: Infinity }, 1e9)).toMatchObject({ data: { output: '' } });
	});

	it('never ends when the render takes for ever, and at once when it takes no time', () => {
		expect(stageAt(walker({ renderSeconds: Infinity }), AT + 1e12)).toBe('running');
		expect(stageAt(walker({ queueSeconds: Infinity }), AT + 1e12)).toBe('notStarted');
		expect(stageAt(walker({ queueSeconds: 0, renderSeconds: 0 }), AT)).toBe('success');
		expect(timeline(walker()).finished).toBe(AT + 103_000);
	});
});

describe('the scenario', () => {
	it('names what it does not know and what it would take', () => {
		const message = (scenario: object) => (readScenario(scenario) as ScenarioError).message;
		expect(message({ speed: 3 })).toMatch(/unknown name speed \(known: renderSeconds,/);
		expect(message({ outcome: 'sad' })).toMatch(/^outcome: must be one of success, moderation/);
		expect(message({ pollFault: 'html999' })).toContain('html502');
		expect(readScenario({ renderSeconds: -1 })).toBeInstanceOf(ScenarioError);
		expect(readScenario({ pollFault: 'html502:0' })).toBeInstanceOf(ScenarioError);
	});

	it('reads directives out of a prompt', () => {
		const wishes = { renderSeconds: 5, pollFault: 'html502:3' };
		expect(readDirective('A duck [[renderSeconds=5 pollFault=html502:3]] swims')).toEqual(wishes);
		expect(readDirective('A duck')).toEqual({});
		expect(readDirective('[[urlDelaySeconds=Infinity]]')).toEqual({ urlDelaySeconds: Infinity });
		expect(readDirective('[[slow]]')).toMatchObject({
			message: expect.stringContaining('"slow" is not of the form name=value'),
		});
	});
});

const PICTURE = 'https://example.com/a.png';
const DATA_URI = 'data:image/png;base64,AAAA';
const pictures = (count: number) => Array.from({ length: count }, () => PICTURE);
const check = (model: unknown, more: object) => checkGenerate({ model, prompt: 'A boat', ...more });

describe('the check of an order', () => {
	it.each<[string, object]>([
		['sora-2', { duration: '15', aspect_ratio: '9:16', watermark: false, private: true }],
		['sora-2', { character_url: 'https://a.example/b.mp4', character_timestamps: '1.5,3' }],
		['sora-2-pro', { duration: '25' }],
		['veo3.1', { aspect_ratio: '9:16', enhance_prompt: true, images: [DATA_URI, PICTURE] }],
		['grok-video-3', { ratio: '2:3', duration: 30, resolution: '720P', images: pictures(7) }],
		['grok-video-3', { never_heard_of: 1 }],
		['wan2.5-t2v-preview', { size: '1280*720', duration: 10, audio: false }],
		['wan2.5-i2v-preview', { resolution: '480P', images: [DATA_URI], prompt_extend: 'false' }],
		['doubao-seedance-1-0-pro-250528', { ratio: 'adaptive', camerafixed: true, duration: 10 }],
		['veo3.2-fast', { ratio: '5:4', duration: '7', images: pictures(9) }],
		['constructor', { ratio: '5:4' }],
	])('takes %s with %j', (model, more) => {
		expect(check(model, more)).toBeUndefined();
	});

	it.each<[unknown, object, string]>([
		[undefined, {}, 'model is required'],
		['sora-2', { prompt: ' ' }, 'prompt is required'],
		['sora-2', { prompt: 3 }, 'number into Go struct field VideoRequest.prompt of type string'],
		['sora-2', { duration: 10 }, 'VideoRequest.duration of type string'],
		['sora-2', { duration: '25' }, 'invalid parameter duration'],
		['sora-2', { hd: true }, 'is not supported'],
		['sora-2-pro', { hd: true, duration: '25' }, 'hd is not supported with duration 25'],
		['sora-2', { images: [] }, 'must not be empty'],
		['sora-2', { images: PICTURE }, 'VideoRequest.images of type []string'],
		['sora-2', { images: [PICTURE, 'data:video/mp4;base64,AAAA'] }, 'images[1]: is neither'],
		['sora-2', { character_timestamps: '1,4.5' }, 'end - start must be 1 to 3 seconds'],
		['veo3.1', { duration: 8 }, 'duration is not a parameter of veo3.1'],
		['veo3.1', { images: pictures(3) }, 'at most 2 images'],
		['veo3', { images: pictures(1) }, 'no images'],
		['veo3.1-components', {}, 'at least 1 images'],
		['grok-video-3', { duration: '10' }, 'VideoRequest.duration of type int'],
		['grok-video-3', { duration: 20, resolution: '1080P' }, 'resolution must be 720P'],
		['grok-video-3', { duration: 6, resolution: '1080P' }, 'duration must be 10 or 15'],
		['grok-video-3', { images: [DATA_URI] }, 'only URLs'],
		['wan2.2-t2v-plus', { size: '1280*720' }, 'invalid parameter size'],
		['doubao-seedance-1-0-pro-250528', { camera_fixed: true }, 'camera_fixed is not a parameter'],
	])('refuses %s with %j', (model, more, reason) => {
		expect(check(model, more)).toContain(reason);
	});

	it('holds most models of the list to their pages', () => {
		const ids = MODELS.filter(({ kind }) => kind === 'video').map(({ id }) => id);
		expect(ids.filter(describes).length).toBeGreaterThan(20);
	});
});

describe('the check of a character', () => {
	const url = 'https://a.example/b.mp4';
	it.each<[object, string]>([
		[{ url }, 'timestamps is required'],
		[{ timestamps: '1,3' }, 'exactly one of url and from_task must be set'],
		[{ url, from_task: 'a', timestamps: '1,3' }, 'exactly one of url and from_task must be set'],
		[{ url: 'b.mp4', timestamps: '1,3' }, 'is not an http(s) URL'],
		[{ url, timestamps: '1,1.5' }, 'end - start must be 1 to 3 seconds'],
	])('refuses %j', (body, reason) => {
		expect(checkCharacter(body)).toContain(reason);
	});
});

it.each([
	['@a1.duck dances', ['a1.duck'], []],
	['a @a1.duck', ['a1.duck'], []],
	['@{a1.duck} dances', [], []],
	['看@a1.duck 跳舞', [], []],
	['look, @a1.duck, it dances', [], []],
	['a @b2.nobody b', [], ['b2.nobody']],
	['write to me@mail.example or @ home', [], []],
])('binds the mentions of "%s" as the gateway does', (prompt, bound, denied) => {
	expect(readMentions(prompt, (name) => name === 'a1.duck')).toEqual({ bound, denied });
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
	const post = async (path: string, body: unknown, signal?: AbortSignal) =>
		await fetch(`${simulator.url}${path}`, {
			method: 'POST',
			headers: headers(),
			body: JSON.stringify(body),
			redirect: 'manual',
			...(signal && { signal }),
		});
	const generate = async (more: Record<string, unknown> = {}, signal?: AbortSignal) =>
		await post('/v2/videos/generations', { model: 'sora-2', prompt: 'A duck', ...more }, signal);
	const wishing = async (directive: string) =>
		await generate({ prompt: `A duck [[${directive}]]` });
	const json = async <T = Record<string, unknown>>(response: Response): Promise<T> =>
		(await response.json()) as T;
	const bought = async (more: Record<string, unknown> = {}): Promise<string> =>
		(await json<{ task_id: string }>(await generate(more))).task_id;
	const said = async (response: Response) => [response.status, await response.text()] as const;

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

	async function finishedUrl(directive = ''): Promise<string> {
		const taskId = await bought({ prompt: `A duck [[${directive}]]` });
		simulator.advance(1000);
		return (await json<{ data: { output: string } }>(await look(taskId))).data.output;
	}

	it('sells a video, shows it rendering, serves it, and writes everything down but the key', async () => {
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
		expect(simulator.requests).toMatchObject([
			{ host: 'gateway', route: 'generate', status: 200, carriesKey: true },
			{ host: 'gateway', route: 'task', status: 200, carriesKey: true },
			{ host: 'files', route: 'file', status: 200, carriesKey: false },
		]);
		expect(JSON.stringify(simulator.requests)).not.toContain(simulator.apiKey);
		expect(simulator.requests[0]?.headers.authorization).toBe('Bearer [key]');
	});

	it('knows its keys, and keeps the tasks of the two apart', async () => {
		const foreign = await look(await bought(), simulator.otherApiKey);
		expect(foreign.status).toBe(400);
		expect(await json(foreign)).toMatchObject({ code: 'task_not_exist', data: null });
		expect(await said(await look('a', 'wrong'))).toEqual([
			401,
			expect.stringContaining('无效的令牌'),
		]);
		expect(await said(await fetch(`${simulator.url}/v1/models`))).toEqual([
			401,
			expect.stringContaining('未提供令牌'),
		]);
	});

	it('refuses unknown paths, models, directives and broken JSON without selling', async () => {
		const broken = { method: 'POST', headers: headers(), body: '{"model":' };
		const answers = [
			await said(await post('/v3/videos', {})),
			await said(await generate({ model: 'sora-9' })),
			await said(await wishing('colour=red')),
			await said(await fetch(`${simulator.url}/v2/videos/generations`, broken)),
			await said(await generate({ images: [] })),
		];
		expect(answers).toEqual([
			[404, expect.stringContaining('Invalid URL (POST /v3/videos)')],
			[503, expect.stringContaining('"code":"model_not_found"')],
			[400, expect.stringContaining('unknown name colour')],
			[400, expect.any(String)],
			[400, expect.stringContaining('must not be empty')],
		]);
		expect(simulator.books.purchases).toHaveLength(0);
	});

	it('sells only what the quota allows', async () => {
		simulator.set({ quota: 60_000 });
		expect((await generate()).status).toBe(200);
		expect(await said(await generate())).toEqual([
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
				const answer = await request.then(said).catch(() => undefined);
				const sold = FAULTS[fault].takesEffect ? 1 : 0;
				expect(simulator.books.purchases).toHaveLength(sold);
				// Where a line for people names the status, it is the one that comes.
				const [, status] = /^(\d{3}) /.exec(FAULTS[fault].says) ?? [];
				if (status) expect(answer?.[0]).toBe(Number(status));
				expect((await generate()).status).toBe(200);
				expect(simulator.books.purchases).toHaveLength(sold + 1);
			},
		);

		it.each(['resetBefore', 'resetAfter'] as const)('%s cuts the connection', async (fault) => {
			await expect(wishing(`submitFault=${fault}`)).rejects.toThrow();
			expect(simulator.requests).toMatchObject([{ status: 'reset' }]);
		});

		it('counts for each prompt where a directive set it', async () => {
			const statuses = [];
			for (const name of ['a', 'b', 'a', 'b']) {
				const { status } = await generate({ prompt: `${name} [[submitFault=saturated:1]]` });
				statuses.push(status);
			}
			expect(statuses).toEqual([429, 429, 200, 200]);
		});
	});

	it('has poll faults of one task, and of the run, which reach tasks already bought', async () => {
		const taskId = await bought({ prompt: 'A duck [[pollFault=html502:2]]' });
		const other = await bought();
		const statuses = [];
		for (const id of [other, taskId, taskId, taskId]) statuses.push((await look(id)).status);
		expect(statuses).toEqual([200, 502, 502, 200]);
		expect(simulator.polls(taskId)).toBe(3);
		simulator.set({ pollFault: 'saturated:1' });
		expect([(await look(other)).status, (await look(other)).status]).toEqual([429, 200]);
	});

	describe('the file host', () => {
		it('refuses forged and expired links', async () => {
			const url = await finishedUrl('urlLifeSeconds=1000000');
			expect((await fetch(url)).status).toBe(200);
			expect((await fetch(url.replace('sig=', 'sig=0'))).status).toBe(403);
			simulator.advance(1_000_000);
			expect(await said(await fetch(url))).toEqual([403, expect.stringContaining('expired')]);
		});

		it.each<[DownloadFault, number, string, number]>([
			['expired403', 403, 'application/xml', -1],
			['htmlPage', 200, 'text/html', -1],
			['jsonError', 200, 'application/json', -1],
			['wrongBytes', 200, 'video/mp4', -1],
			['wrongType', 200, 'application/octet-stream', -1],
			['status203', 203, 'video/mp4', -1],
			['partial', 206, 'video/mp4', -1],
			['empty', 200, 'video/mp4', 0],
			['tooShort', 200, 'video/mp4', 512],
			['redirectPrivate', 302, '', -1],
		])('%s answers %i %s', async (fault, status, type, size) => {
			const url = await finishedUrl(`downloadFault=${fault}:1`);
			const response = await fetch(url, { redirect: 'manual' });
			expect(response.status).toBe(status);
			expect(response.headers.get('content-type') ?? '').toContain(type);
			const { byteLength } = await response.arrayBuffer();
			if (size >= 0) expect(byteLength).toBe(size);
			expect((await fetch(url)).status).toBe(200);
		});

		it.each(['truncated', 'reset'] as const)('%s ends half-way through', async (fault) => {
			const response = await fetch(await finishedUrl(`downloadFault=${fault}`));
			await expect(response.arrayBuffer()).rejects.toThrow();
			expect(simulator.requests.at(-1)).toMatchObject({ host: 'files', status: 'reset' });
		});

		it.each(['stall', 'hang'] as const)('%s goes on for ever', async (fault) => {
			const url = await finishedUrl(`downloadFault=${fault}`);
			const leave = new AbortController();
			const download = fetch(url, { signal: leave.signal }).then((answer) => answer.arrayBuffer());
			const ended = expect(download).rejects.toThrow();
			const request = () => simulator.requests.find(({ path }) => url.endsWith(path));
			await until(() => request()?.taskId !== undefined);
			// Meanwhile another one comes whole.
			await (await fetch(await finishedUrl())).arrayBuffer();
			expect(request()).toMatchObject({ host: 'files', status: 'open' });
			leave.abort();
			await ended;
		});

		it('streams videos of any size', async () => {
			const size = 50 * 1024 * 1024;
			const { body } = await fetch(await finishedUrl(`videoBytes=${size}`));
			let bytes = 0;
			for await (const { length } of body as unknown as AsyncIterable<Uint8Array>) bytes += length;
			expect(bytes).toBe(size);
		});
	});

	describe('characters', () => {
		const url = 'https://a.example/duck.mp4';
		const create = async (body: object) =>
			await post('/sora/v1/characters', { timestamps: '1,3', ...body });

		it('are created from a URL, and then work in prompts', async () => {
			const { username, ...rest } = await json<{ username: string }>(await create({ url }));
			expect(username).toMatch(/^[a-z0-9]+\.[a-z0-9]+$/);
			expect(rest).toEqual({
				id: expect.stringMatching(/^ch_/),
				permalink: expect.stringContaining(username),
				profile_picture_url: expect.stringContaining(simulator.filesUrl),
			});
			const taskId = await bought({ prompt: `A @${username} dances` });
			expect(simulator.task(taskId)?.mentions.bound).toEqual([username]);
			expect((await generate({ prompt: 'A @0000.nobody dances' })).status).toBe(400);
		});

		it('are created from a task that has succeeded, and from no other', async () => {
			const from = async (directive: string) =>
				await create({ from_task: await bought({ prompt: `A duck [[${directive}]]` }) });
			const atOnce = 'renderSeconds=0 queueSeconds=0';
			expect(await (await from('renderSeconds=Infinity')).text()).toContain('任务还在进行中');
			expect(await said(await from(`${atOnce} outcome=minor`))).toEqual([
				500,
				expect.stringContaining('get_origin_task_failed'),
			]);
			expect((await from(atOnce)).status).toBe(200);
			expect(await (await create({ from_task: 'video_0' })).text()).toContain('task_not_exist');
			expect(simulator.books.characters).toHaveLength(1);
		});

		it('are refused with a model', async () => {
			expect((await create({ url, model: 'sora-2' })).status).toBe(404);
		});
	});

	describe('notify_hook', () => {
		it.each<[Scenario['callback'], string[]]>([
			['finished', ['SUCCESS']],
			['thrice', ['SUCCESS', 'SUCCESS', 'SUCCESS']],
			['everyChange', ['SUBMITTED', 'QUEUED', 'IN_PROGRESS', 'SUCCESS']],
			['early', ['SUCCESS', 'SUCCESS']],
		])('tells of each change as it was, however late the call: %s', async (callback, statuses) => {
			const notify_hook = `${simulator.elsewhereUrl}/hook`;
			const taskId = await bought({ notify_hook, prompt: `A duck [[callback=${callback}]]` });
			simulator.advance(1000);
			const answered = () => simulator.books.callbacks.filter(({ status }) => status);
			await until(() => answered().length >= statuses.length);
			const bodies = simulator.requests.filter(({ path }) => path === '/hook');
			expect(bodies.map(({ body }) => body)).toMatchObject(
				statuses.map((status) => ({ task_id: taskId, status })),
			);
			// A video is shown at the end only, whatever is claimed before.
			const videos = bodies.map(({ body }) => (body as WireTask).data);
			if (callback !== 'thrice') expect(videos.slice(0, -1).filter(Boolean)).toEqual([]);
			expect(videos.at(-1)).toEqual({ output: expect.any(String) });
		});

		it('is not called when it is not to be, nor outside this machine, nor in vain', async () => {
			const away = 'https://hook.example.com/x';
			await bought({ notify_hook: away, prompt: 'A duck [[callback=never]]' });
			await bought({ notify_hook: away });
			await bought({ notify_hook: 'http://127.0.0.1:1/hook' });
			const errors = () => simulator.books.callbacks.map(({ error }) => error);
			await until(() => errors().filter(Boolean).length === 2);
			expect(errors()).toContain('not a loopback address');
		});
	});

	it('obeys another process: a scenario, its books and requests, and a fresh start', async () => {
		const control = async (method: string, path: string, body?: unknown) =>
			await fetch(`${simulator.url}/simulator/${path}`, {
				method,
				...(body !== undefined && {
					headers: { 'content-type': 'application/json' },
					body: JSON.stringify(body),
				}),
			});
		const wishes = { renderSeconds: 'Infinity', submitFault: 'quota:1' };
		expect(await json(await control('PUT', 'scenario', wishes))).toMatchObject(wishes);
		expect([(await generate()).status, (await generate()).status]).toEqual([403, 200]);
		expect(await json(await control('GET', 'books'))).toMatchObject({
			purchases: [{ model: 'sora-2' }],
		});
		expect(await json(await control('GET', 'requests'))).toMatchObject([
			{ status: 403 },
			{ status: 200 },
		]);
		expect(await said(await control('PUT', 'scenario', { outcome: 'sad' }))).toEqual([
			400,
			expect.stringContaining('must be one of success'),
		]);
		await control('PUT', 'scenario', { submitFault: 'quota' });
		await control('PUT', 'scenario', { submitFault: 'none' });
		expect((await generate()).status).toBe(200);
		await control('POST', 'reset');
		expect(simulator.books.purchases).toHaveLength(0);
		expect(await json(await control('GET', 'scenario'))).toMatchObject({ renderSeconds: 60 });
	});

	// One that waited for the open connections would not close at all: their request is never answered.
	it('closes at once, open connections included', async () => {
		const short = await startSimulator({ scenario: { modelsFault: 'hang' } });
		const request = fetch(`${short.url}/v1/models`, { headers: headers(short.apiKey) });
		const ended = expect(request).rejects.toThrow();
		await until(() => short.requests.length > 0);
		await short.close();
		await ended;
	});
});
