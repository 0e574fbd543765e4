import { readMentions } from '../simulator/mentions';
import { MODELS } from '../simulator/models';
import { readDirective, readScenario, ScenarioError } from '../simulator/scenario';
import { FAULT_NAMES, FAULTS, startSimulator } from '../simulator/simulator';
import type { Simulator } from '../simulator/simulator';
import { checkCharacter, checkGenerate, describes } from '../simulator/validate';
import type { WireTask } from '../simulator/walk';
import { until } from '../until';
import { VirtualTime } from '../virtualTime';

describe('the scenario', () => {
	it('names unknown fields and what it would accept', () => {
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
const pictures = (count: number) => Array.from({ length: count }, () => PICTURE);

// The rows of the models are held to the same pages in modelsRows.test.ts.
describe('the check of an order', () => {
	it.each<[unknown, object, string]>([
		[undefined, {}, 'model is required'],
		['sora-2', { prompt: ' ' }, 'prompt is required'],
		['sora-2', { duration: 10 }, 'VideoRequest.duration of type string'],
		['sora-2', { hd: true }, 'is not supported'],
		['sora-2', { images: [PICTURE, 'data:video/mp4;base64,AAAA'] }, 'images[1]: is neither'],
		['sora-2', { character_timestamps: '1,4.5' }, 'end - start must be 1 to 3 seconds'],
		['veo3.1', { duration: 8 }, 'duration is not a parameter of veo3.1'],
		['veo3.1', { images: pictures(3) }, 'at most 2 images'],
		['grok-video-3', { duration: 20, resolution: '1080P' }, 'resolution must be 720P'],
	])('refuses %s with %j', (model, more, reason) => {
		expect(checkGenerate({ model, prompt: 'A boat', ...more })).toContain(reason);
	});

	it('covers most models of the list', () => {
		const ids = MODELS.filter(({ kind }) => kind === 'video').map(({ id }) => id);
		expect(ids.filter(describes).length).toBeGreaterThan(20);
	});
});

it.each<[object, string]>([
	[{ url: PICTURE }, 'timestamps is required'],
	[{ timestamps: '1,3' }, 'exactly one of url and from_task must be set'],
	[{ url: PICTURE, from_task: 'a', timestamps: '1,3' }, 'exactly one of url and from_task'],
	[{ url: PICTURE, timestamps: '1,1.5' }, 'end - start must be 1 to 3 seconds'],
])('the check of a character refuses %j', (body, reason) => {
	expect(checkCharacter(body)).toContain(reason);
});

it.each([
	['@a1.duck dances', ['a1.duck'], []],
	['a @a1.duck', ['a1.duck'], []],
	['@{a1.duck} dances', [], []],
	['看@a1.duck 跳舞', [], []],
	['look, @a1.duck, it dances', [], []],
	['a @b2.nobody b', [], ['b2.nobody']],
	['write to me@mail.example or @ home', [], []],
])('handles the mentions in "%s" as the gateway does', (prompt, bound, denied) => {
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

	it('sells a video, shows it rendering, serves it, and records everything but the key', async () => {
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

	it('knows its keys, and keeps their tasks apart', async () => {
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
			await said(await generate({ prompt: 'A duck [[colour=red]]' })),
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
			'%s sells what it says, and ends when its count is used up',
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

		it('is counted per prompt if a directive set it', async () => {
			const statuses = [];
			for (const name of ['a', 'b', 'a', 'b']) {
				const { status } = await generate({ prompt: `${name} [[submitFault=saturated:1]]` });
				statuses.push(status);
			}
			expect(statuses).toEqual([429, 429, 200, 200]);
		});
	});

	it('on polls affects one task, or the whole run with tasks bought earlier', async () => {
		const taskId = await bought({ prompt: 'A duck [[pollFault=html502:2]]' });
		const other = await bought();
		const statuses = [];
		for (const id of [other, taskId, taskId, taskId]) statuses.push((await look(id)).status);
		expect(statuses).toEqual([200, 502, 502, 200]);
		expect(simulator.polls(taskId)).toBe(3);
		simulator.set({ pollFault: 'saturated:1' });
		expect([(await look(other)).status, (await look(other)).status]).toEqual([429, 200]);
	});

	it('the file host refuses forged and expired links', async () => {
		const taskId = await bought({ prompt: 'A duck [[urlLifeSeconds=1000000]]' });
		simulator.advance(1000);
		const { data } = await json<WireTask>(await look(taskId));
		const url = String(data?.output);
		expect((await fetch(url)).status).toBe(200);
		expect((await fetch(url.replace('sig=', 'sig=0'))).status).toBe(403);
		simulator.advance(1_000_000);
		expect(await said(await fetch(url))).toEqual([403, expect.stringContaining('expired')]);
	});

	it('can be controlled by another process: scenario, books, requests, reset', async () => {
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
});
