import type { IDataObject, INode } from 'n8n-workflow';

import type { Scenario } from '../simulator/simulator';
import { searchModels } from '../../nodes/Sora/methods/listSearch';
import { png } from '../files/images';
import { listContext } from './engine';
import { clip } from '../simulator/clips';
import { useBinaryStore } from './binaryStore';
import type { EngineOptions } from './engine';
import {
	agentWorkflow,
	boat as base,
	CREATE,
	GET,
	goOn,
	imagesFrom,
	itemsWith,
	useGateway,
} from './gateway';
import { FORMATS, formatOf, type Format } from './formats';
import {
	KEY,
	json as answer,
	runAgainst,
	scripted,
	type Script,
	type Scripted,
	type SeenRequest,
} from './scripted';
import { StoredExecution, parkedOptions } from './storedExecution';
import { time } from './time';
import { startTrigger } from './trigger';

const store = useBinaryStore('default');
const gateway = useGateway({ renderSeconds: 20 });
const bought = () => gateway.simulator.books.purchases;

const names = Object.keys(FORMATS);
const byId = (value: string) => ({ __rl: true, mode: 'id', value });

const credentialFor = ({ says, path }: Pick<Format, 'says' | 'path'>) => ({
	apiKey: gateway.simulator.apiKey,
	baseUrl: gateway.simulator.url + path,
	...says,
});

/** Runs Generate on a gateway that speaks this format and no other. */
async function generate(
	name: string,
	parameters: IDataObject = {},
	more: Parameters<typeof gateway.run>[1] = {},
	scenario: Partial<Scenario> = {},
) {
	const format = formatOf(name);
	gateway.simulator.set({ ...format.scenario, formats: 'videos', ...scenario });
	return await gateway.run(
		{ ...base, model: byId(format.model), ...parameters },
		{ credential: credentialFor(format), ...more },
	);
}

const sent = () => gateway.submissions().map(({ body }) => body as IDataObject);
const paths = () => gateway.simulator.requests.map(({ method, path }) => `${method} ${path}`);
const tries = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };

describe.each(names)('on %s', (name) => {
	it('makes its video with only the credential changed, and buys it once', async () => {
		const { json, items, error } = await generate(name, { downloadVideo: true });
		expect(error).toBeUndefined();
		expect(bought()).toHaveLength(1);
		expect(json('Sora')[0]).toMatchObject({ task_id: bought()[0]?.taskId, status: 'completed' });
		expect(items('Sora')[0]?.binary?.data).toMatchObject({ mimeType: 'video/mp4' });
		// A length of nothing is a still.
		expect(bought()[0]?.seconds).toBeGreaterThan(0);
	});

	it('takes along a picture of an input data field', async () => {
		const data = await store.put(png({ width: 640, height: 360 }), {});
		const items = [{ json: {}, binary: { data } }];
		const { error } = await generate(name, imagesFrom('field', 'data'), { items });
		expect(error).toBeUndefined();
		expect(bought()).toHaveLength(1);
		expect(JSON.stringify(bought()[0]?.body)).toMatch(/image/);
	});

	it('takes along a picture that is on the web', async () => {
		const form = new FormData();
		form.append(
			'file',
			new Blob([png({ width: 640, height: 360 })], { type: 'image/png' }),
			'a.png',
		);
		const { apiKey, url } = gateway.simulator;
		const headers = { authorization: `Bearer ${apiKey}` };
		const stored = await fetch(`${url}/v1/files`, { method: 'POST', headers, body: form });
		const { url: address } = (await stored.json()) as { url: string };
		const { error } = await generate(name, imagesFrom('url', address));
		expect(error).toBeUndefined();
		expect(bought()).toHaveLength(1);
		expect(JSON.stringify(bought()[0]?.body)).toMatch(/image/);
	});

	it('resumes the paid task when n8n retries the node', async () => {
		const { json } = await generate(
			name,
			{ prompt: '={{ "A boat " + Math.random() }}', options: { maxWaitMinutes: 0.25 } },
			{ node: tries },
		);
		expect(bought()).toHaveLength(1);
		expect(json('Sora')[0]).toMatchObject({ task_id: bought()[0]?.taskId, status: 'completed' });
	});

	it.each(['resetAfter', 'html502'])('never sends an uncertain order again (%s)', async (fault) => {
		const { error } = await generate(
			name,
			{},
			{ node: tries },
			{
				submitFault: `${fault}:1` as Scenario['submitFault'],
			},
		);
		expect(error?.message).toMatch(/^Submission uncertain/);
		expect(gateway.submissions()).toHaveLength(1);
		expect(bought().length).toBeLessThanOrEqual(1);
	});

	it('says why a task failed, and which one it was', async () => {
		const { json } = await generate(name, {}, goOn, { outcome: 'moderation' });
		expect(json('Sora')[0]).toMatchObject({
			task_id: bought()[0]?.taskId,
			category: 'moderation',
			fail_reason: expect.stringContaining('违反'),
		});
	});

	it('fetches a video by its task ID', async () => {
		const first = await generate(name, { waiting: 'none' });
		const taskId = first.json('Sora')[0]?.task_id;
		gateway.simulator.advance(100);
		const { items } = await gateway.run(
			{ ...GET, taskId, downloadVideo: true },
			{ credential: credentialFor(formatOf(name)) },
		);
		expect(items('Sora')[0]).toMatchObject({
			json: { task_id: taskId, status: 'completed' },
			binary: { data: { mimeType: 'video/mp4' } },
		});
	});

	it('finds no task of an unknown ID, in words', async () => {
		const format = formatOf(name);
		gateway.simulator.set({ ...format.scenario, formats: 'videos' });
		const { error } = await gateway.run(
			{ ...GET, taskId: 'video_of_nobody' },
			{ credential: credentialFor(format) },
		);
		expect(error?.message).toMatch(/video_of_nobody/);
	});

	it('is bought once for the call of an agent, also where n8n retries it', async () => {
		const { model } = formatOf(name);
		const parameters = {
			...base,
			model: byId(model),
			prompt: '={{ $fromAI("idea", "", "string") }}',
			options: { maxWaitMinutes: 0.25 },
		};
		const workflow = agentWorkflow([{ idea: 'A boat' }], parameters, tries);
		const { json } = await generate(name, parameters, { workflow });
		expect(JSON.stringify(json('Agent'))).toContain(bought()[0]?.taskId);
		expect(JSON.stringify(json('Agent'))).toContain('completed');
		expect(bought()).toHaveLength(1);
	});

	it('buys nothing beyond the spending limit', async () => {
		const items = itemsWith('idea', ['A boat', 'A bird']);
		const { error } = await generate(name, { options: { spendingLimit: 1 } }, { items });
		expect(error?.message).toMatch(/2 videos would be bought/);
		expect(gateway.submissions()).toEqual([]);
	});

	it('reuses in the editor what an earlier press bought', async () => {
		const press = async (executionId: string) =>
			await generate(name, { prompt: `A ${name} boat` }, { mode: 'manual', executionId });
		await press(`${name}-1`);
		const { json } = await press(`${name}-2`);
		expect(json('Sora')[0]).toMatchObject({ task_id: bought()[0]?.taskId, reused: true });
		expect(bought()).toHaveLength(1);
	});

	it("picks up the task when the user's Retry follows a Stop", async () => {
		const stopped = await generate(
			name,
			{},
			{ onStart: (stop) => void time.when(() => bought().length > 0).then(stop) },
		);
		const contextData = JSON.parse(JSON.stringify(stopped.contextData)) as never;
		const more = { contextData, executionId: 'retry', mode: 'retry' as const };
		const { json } = await generate(name, {}, more);
		expect(json('Sora')[0]).toMatchObject({ task_id: bought()[0]?.taskId, status: 'completed' });
		expect(bought()).toHaveLength(1);
	});

	it('waits by itself where the account allows one video at a time', async () => {
		const items = itemsWith('idea', ['A boat', 'A bird', 'A bear']);
		const prompt = '={{ $json.idea }}';
		const { json } = await generate(name, { prompt }, { items }, { maxRunning: 1 });
		expect(json('Sora').map(({ status }) => status)).toEqual(Array(3).fill('completed'));
		expect(bought()).toHaveLength(3);
	});

	it('says of a link that only the key opens that it does', async () => {
		const { json } = await generate(name);
		const [item] = json('Sora');
		const isKept = String(item?.video_url).startsWith(`${gateway.simulator.url}/`);
		expect(String(item?.download_note)).toMatch(isKept ? /API key/ : /undefined/);
		const { json: withFile } = await generate(name, { downloadVideo: true });
		expect(withFile('Sora')[0]).not.toHaveProperty('download_note');
	});

	it('says in plain words that the credential was changed while it was parked', async () => {
		const { scenario, model, ...format } = formatOf(name);
		gateway.simulator.set({ ...scenario, formats: 'videos', renderSeconds: 400 });
		const parameters = {
			...base,
			waiting: 'parked',
			model: byId(model),
		};
		const credential: EngineOptions['credential'] = credentialFor(format);
		const execution = await time.ending(
			(async () => {
				const options = parkedOptions(gateway, parameters, { credential });
				const started = await StoredExecution.start(options);
				Object.assign(credential, { apiFormat: 'tasks' });
				await started.untilEnd();
				return started;
			})(),
		);
		expect(execution.error?.message).toMatch(/API Format of the credential was changed/);
		expect(execution.error?.description).toMatch(/Set both back .* buys nothing/);
		expect(execution.stored).toContain(bought()[0]?.taskId);
		expect(bought()).toHaveLength(1);
	});

	it('refuses a character before anything is sent', async () => {
		const format = formatOf(name);
		gateway.simulator.set({ ...format.scenario, formats: 'videos' });
		const { error } = await gateway.run(
			{ ...CREATE, source: 'url', url: 'https://files.example/clip.mp4', start: 0, end: 2 },
			{ credential: credentialFor(format) },
		);
		expect(error?.message).toMatch(/character/i);
		expect(gateway.simulator.requests).toEqual([]);
	});
});

it.each<[string, string, IDataObject, object]>([
	['nothing but model and prompt where nothing is chosen', 'New API', {}, {}],
	[
		'the length as text and the shape as pixels',
		'New API',
		{ duration: '8', aspectRatio: '9:16', resolution: '720p' },
		{ seconds: '8', size: '720x1280' },
	],
	['a number for LLMGateway', 'LLMGateway', { duration: '6' }, { seconds: 6 }],
	[
		'OpenRouter’s own names',
		'OpenRouter',
		{ duration: '6', aspectRatio: '9:16', resolution: '1080p' },
		{ duration: 6, aspect_ratio: '9:16', resolution: '1080p' },
	],
	[
		'what Extra Body says',
		'New API',
		{ options: { extraBody: '{"seconds":"5","metadata":{"seed":1}}' } },
		{ seconds: '5', metadata: { seed: 1 } },
	],
])('an order holds %s', async (_, name, given, fields) => {
	await generate(name, { duration: '', aspectRatio: '', resolution: '', ...given });
	expect(sent()).toEqual([{ model: formatOf(name).model, prompt: 'A boat', ...fields }]);
});

describe('what a model takes is judged by the format', () => {
	it.each([
		['OpenRouter', 'google/veo-3.1', '5', '4, 6 or 8'],
		["OpenAI's own", 'sora-2', '10', '4, 8 or 12'],
		['New API', 'veo-3.1-generate-preview', '5', '4, 6 or 8'],
	])('%s: %s of %s seconds', async (name, value, duration, offered) => {
		const model = byId(value);
		const { error } = await generate(name, { model, duration });
		expect(error?.message).toContain(offered);
		expect(gateway.submissions()).toEqual([]);
	});

	it('Sora keeps 10 seconds on the task API', async () => {
		const { error } = await gateway.run({ ...base, duration: '10' });
		expect(error).toBeUndefined();
		expect(bought()[0]?.seconds).toBe(10);
	});
});

describe('the file', () => {
	it('is fetched with the key from the gateway itself where no answer has a link', async () => {
		const { json } = await generate("OpenAI's own", { downloadVideo: true });
		const content = gateway.simulator.requests.filter(({ path }) => path.includes('/content'));
		expect(content.map(({ carriesKey, host }) => [host, carriesKey])).toEqual([['gateway', true]]);
		expect(String(json('Sora')[0]?.video_url)).toMatch(/\/v1\/videos\/[^/]+\/content$/);
	});

	it.each<[string, string, Partial<Scenario>]>([
		['behind a redirect to a host of files', "OpenAI's own", { contentDelivery: 'redirect' }],
		['behind JSON that holds the link', "OpenAI's own", { contentDelivery: 'json' }],
		['where the link in the task is dead', 'LLMGateway', { publicLink: 'dead' }],
		['where the link in the task is dead', 'New API', { publicLink: 'dead' }],
	])('is found %s (%s), and the key leaves the gateway for none', async (_, name, scenario) => {
		const { items, error } = await generate(name, { downloadVideo: true }, {}, scenario);
		expect(error).toBeUndefined();
		expect(items('Sora')[0]?.binary?.data).toBeDefined();
		const elsewhere = gateway.simulator.requests.filter(({ host }) => host === 'files');
		expect(elsewhere.some(({ carriesKey }) => carriesKey)).toBe(false);
		expect(bought()).toHaveLength(1);
	});
});

describe('a credential that names the wrong format', () => {
	it.each<[string, Partial<Scenario>, Pick<Format, 'says' | 'path'>]>([
		['OpenAI Videos', { formats: 'videos' }, { says: {}, path: '' }],
		['Task API', { formats: 'tasks' }, { says: { apiFormat: 'openai' }, path: '' }],
		['OpenRouter', { formats: 'videos', face: 'openrouter' }, { says: {}, path: '/api/v1' }],
	])(
		'says that the gateway speaks %s, after one order, and nothing is bought',
		async (spoken, scenario, format) => {
			gateway.simulator.set(scenario);
			const credential = credentialFor(format);
			const { error } = await gateway.run({ ...base, model: byId('veo3.1') }, { credential });
			const said = `${error?.message} ${error?.description}`;
			expect(said).toMatch(new RegExp(`speaks ${spoken}.*API Format`));
			expect(said).toMatch(/Nothing was bought/);
			expect(gateway.submissions().length).toBeLessThanOrEqual(1);
			expect(bought()).toEqual([]);
		},
	);

	it.each([
		['LLMGateway', 'auto'],
		['vLLM-Omni', 'auto'],
		['New API', 'json'],
	])('says that %s may want its requests sent otherwise than %s', async (name, requestEncoding) => {
		const { scenario, path, says, model: value } = formatOf(name);
		gateway.simulator.set({ ...scenario, formats: 'videos' });
		const { error } = await gateway.run(
			{ ...base, model: byId(value), duration: '8' },
			{ credential: credentialFor({ says: { ...says, requestEncoding }, path }) },
		);
		expect(error?.description).toMatch(/Send Requests As/);
		expect(error?.description).toMatch(/Nothing was bought/);
		expect(bought()).toEqual([]);
	});
});

describe('a price', () => {
	it('is in the item where the task states it', async () => {
		const { json } = await generate('OpenRouter', { duration: '8' });
		expect(json('Sora')[0]).toMatchObject({ cost_usd: 3.2 });
	});
});

describe('Notify Hook', () => {
	it('is refused by name where the format has none', async () => {
		const notifyHook = 'https://n8n.example/webhook-waiting/1';
		const { error } = await generate('New API', { options: { notifyHook } });
		expect(error?.message).toMatch(/Notify Hook/);
		expect(gateway.simulator.requests).toEqual([]);
	});

	it('goes to OpenRouter as callback_url, and is no part of what is bought', async () => {
		const notifyHook = 'https://n8n.example/webhook-waiting/1';
		await generate('OpenRouter', { options: { notifyHook } });
		expect(sent()[0]).toMatchObject({ callback_url: notifyHook });
	});
});

it('lists a model that appears at OpenRouter today, with its price', async () => {
	gateway.simulator.set({ face: 'openrouter', formats: 'videos' });
	const credential = credentialFor(formatOf('OpenRouter'));
	const { results } = await searchModels.call(listContext(credential) as never, 'veo');
	expect(results).toEqual([
		expect.objectContaining({
			value: 'google/veo-3.1',
			description: expect.stringContaining('$0.40 a second'),
		}),
	]);
});

it('names a picture on the web that cannot be fetched, and buys nothing', async () => {
	const { error } = await generate(
		'New API',
		imagesFrom('url', `${gateway.simulator.filesUrl}/none.png`),
	);
	expect(error?.message).toMatch(/none\.png could not be fetched: .*404/);
	expect(bought()).toEqual([]);
});

it('picks up no task of another format, though model and prompt are the same', async () => {
	const first = await generate('New API', { prompt: 'A boat' }, {}, { formats: 'all' });
	const { error } = await gateway.run(
		{ ...base, prompt: 'A boat', model: byId('veo3'), duration: '' },
		{ contextData: JSON.parse(JSON.stringify(first.contextData)) as never, executionId: '2' },
	);
	expect(error).toBeUndefined();
	expect(bought()).toHaveLength(2);
});

it('orders for each item, in order', async () => {
	const { json } = await generate(
		'OpenRouter',
		{ prompt: '={{ $json.idea }}' },
		{
			items: itemsWith('idea', ['A boat', 'A bird', 'A bear']),
		},
	);
	expect(json('Sora').map(({ prompt }) => prompt)).toEqual(['A boat', 'A bird', 'A bear']);
	expect(bought()).toHaveLength(3);
	expect(paths().filter((path) => path.endsWith('/models'))).toHaveLength(1);
});

it.each(names)('is parked through a kill and ends with the video (%s)', async (name) => {
	const { scenario, model, ...format } = formatOf(name);
	gateway.simulator.set({ ...scenario, formats: 'videos', renderSeconds: 400, callback: 'never' });
	const parameters = {
		...base,
		waiting: 'parked',
		model: byId(model),
	};
	const execution = await time.ending(
		(async () => {
			const started = await StoredExecution.start(
				parkedOptions(gateway, parameters, { credential: credentialFor(format) }),
			);
			expect(started.status).toBe('waiting');
			await started.untilEnd();
			return started;
		})(),
	);
	expect(execution.status).toBe('success');
	expect(execution.json('Done')[0]).toMatchObject({ status: 'completed' });
	expect(bought()).toHaveLength(1);
});

describe('the quota of the key', () => {
	const GET_QUOTA = { resource: 'account', operation: 'getQuota' };
	const ask = async (name: string) => {
		const format = formatOf(name);
		gateway.simulator.set({ ...format.scenario, formats: 'videos', quota: 500 });
		return await gateway.run(GET_QUOTA, { credential: credentialFor(format) });
	};

	it('is shown by New API in units of its own', async () => {
		const { json } = await ask('New API');
		expect(json('Sora')).toEqual([
			expect.objectContaining({
				quota: 500,
				used_quota: 0,
				remaining: 500,
				unlimited_quota: false,
			}),
		]);
		expect(json('Sora')[0]).not.toHaveProperty('currency');
	});

	it('is shown by OpenRouter in US dollars, and says so', async () => {
		const { json } = await ask('OpenRouter');
		const shown = { quota: 10, used_quota: 2.5, remaining: 7.5, currency: 'USD' };
		expect(json('Sora')).toEqual([expect.objectContaining(shown)]);
	});
});

it('is started by the call of OpenRouter, and polls by its format what the call names', async () => {
	const first = await generate('OpenRouter', { waiting: 'none' });
	const id = String(first.json('Sora')[0]?.task_id);
	gateway.simulator.advance(100);
	const trigger = await startTrigger({ credential: credentialFor(formatOf('OpenRouter')) });
	const call = async (body: unknown) =>
		await fetch(trigger.url, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(body),
		});
	await call({ id, status: 'completed', unsigned_urls: ['https://evil.example/v.mp4'] });
	await call({ id: 'gen-vid-1764550000-AbCdEfGhIjKlMnOpQrSt', status: 'completed' });
	await trigger.settled();
	expect(trigger.started.map(({ json }) => json)).toEqual([
		expect.objectContaining({
			task_id: id,
			status: 'completed',
			video_url: expect.stringContaining(`${gateway.simulator.url}/api/v1/videos/`),
		}),
	]);
	await trigger.close();
	expect(bought()).toHaveLength(1);
});

/** Servers that speak the second format and that nobody has listed. */
describe('a server that nobody listed', () => {
	const ID = 'video_gen_0123456789abcdef';
	const isContent = ({ path }: SeenRequest) => path.includes('/content');
	const order = { ...base, model: byId('runway/gen4_turbo') };

	interface Server {
		/** Of its tasks. */
		id?: string;
		/** The answer to the order. */
		accepted?: object;
		acceptedStatus?: number;
		/** The answer to a poll. */
		task: object;
		content?: Script;
		other?: Script;
		apiFormat?: string;
	}

	const mp4: Script = async (_, response) => {
		response.writeHead(200, { 'content-type': 'video/mp4' });
		response.end(await clip(false, 10));
	};
	const missing: Script = (_, response) => answer(response, { detail: 'Not Found' }, 404);

	async function serving({ id = ID, acceptedStatus, content = mp4, ...rest }: Server) {
		const { accepted = { id, object: 'video', status: 'queued' }, task, other = missing } = rest;
		const path = `/v1/videos/${encodeURIComponent(id)}`;
		return await scripted(async (request, response, socket) => {
			const { method, path: asked } = request;
			if (method === 'POST' && asked === '/v1/videos')
				return answer(response, accepted, acceptedStatus);
			if (asked === path) return answer(response, { id, ...task });
			return await (asked === `${path}/content` ? content : other)(request, response, socket);
		});
	}

	async function ordered(server: Scripted, apiFormat = 'openai', node: Partial<INode> = {}) {
		const result = await runAgainst(
			`${server.url}/v1`,
			{ ...order, downloadVideo: true },
			{
				node: { onError: 'continueRegularOutput', ...node },
				credential: { apiKey: KEY, baseUrl: `${server.url}/v1`, apiFormat } as never,
			},
		);
		expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
		return { ...result, item: result.items('Sora')[0] };
	}

	it.each<[string, Server, object]>([
		[
			'SGLang, with its numbers',
			{
				accepted: {
					id: ID,
					object: 'video',
					status: 'queued',
					seconds: 4,
					num_frames: 96,
					fps: 24,
				},
				task: { status: 'completed', progress: 100, seconds: 4, file_path: '/tmp/a.mp4' },
			},
			{},
		],
		[
			'LiteLLM, with IDs of 200 characters',
			{
				id: `video_${Buffer.from('litellm:custom_llm_provider:openai;model_id:;video_id:'.repeat(4)).toString('base64').slice(0, 194)}`,
				task: { object: 'video', status: 'completed', model: 'openai/sora-2' },
			},
			{},
		],
		[
			'Bifrost, whose IDs end with the provider',
			{ id: 'a8b1/2c:runway', task: { object: 'video', status: 'completed' } },
			{},
		],
		[
			'Merge, with 202 and a price at the end',
			{
				acceptedStatus: 202,
				accepted: { id: ID, status: 'pending', seconds: 4 },
				task: { status: 'completed', seconds: 4, size: '768P', cost: 0.4 },
			},
			{ cost_usd: 0.4 },
		],
		[
			'one that answers 202 without a status',
			{ acceptedStatus: 202, accepted: { id: ID }, task: { status: 'completed' } },
			{},
		],
		[
			"hubris, with OpenRouter's shape",
			{
				apiFormat: 'openrouter',
				acceptedStatus: 202,
				accepted: { id: ID, polling_url: `/v1/videos/${ID}`, status: 'pending' },
				task: { status: 'completed', usage: { estimated_cost: 0.25 } },
			},
			{ cost_usd: 0.25 },
		],
		[
			'one that has a word to say of a success',
			{ task: { status: 'completed', message: 'Video generated.' } },
			{},
		],
	])('%s sells its video once', async (_, server, more) => {
		const running = await serving(server);
		const { item } = await ordered(running, server.apiFormat, tries);
		expect(item?.json).toMatchObject({ task_id: server.id ?? ID, status: 'completed', ...more });
		expect(item?.binary?.data).toMatchObject({ mimeType: 'video/mp4' });
		expect(running.requests.filter(isContent).map(({ withKey }) => withKey)).toEqual([true]);
	});

	it('AISIX redirects to a host of files, which gets no key', async () => {
		const files = await scripted(mp4);
		const server = await serving({
			task: { status: 'completed' },
			content: (_, response) => {
				response.writeHead(302, { location: `${files.url}/signed.mp4?signature=1` });
				response.end();
			},
		});
		const { item } = await ordered(server);
		expect(item?.binary?.data).toMatchObject({ mimeType: 'video/mp4' });
		expect(files.requests.map(({ withKey }) => withKey)).toEqual([false]);
	});

	it('may take almost two minutes to the first byte of the file', async () => {
		const content: Script = async (...given) => {
			await time.sleep(110_000);
			await mp4(...given);
		};
		const server = await serving({ task: { status: 'completed' }, content });
		const { item } = await ordered(server);
		expect(item?.binary?.data).toMatchObject({ mimeType: 'video/mp4' });
		expect(server.requests.filter(isContent)).toHaveLength(1);
	});

	it('says of a task that it was deleted, and has no file', async () => {
		const server = await serving({ task: { status: 'deleted' } });
		const { item } = await ordered(server);
		expect(item?.json).toMatchObject({ task_id: ID, status: 'deleted', error: expect.any(String) });
		expect(server.requests.filter(isContent)).toEqual([]);
	});

	it('says in its own words that it knows no such task', async () => {
		const server = await serving({
			task: {},
			other: (_, response) => answer(response, { detail: 'Video not found' }, 404),
		});
		const { error } = await runAgainst(
			server.url,
			{ ...GET, taskId: 'video_gen_other' },
			{ credential: { apiKey: KEY, baseUrl: server.url, apiFormat: 'openai' } as never },
		);
		expect(error?.message).toMatch(/task.*video_gen_other/);
		expect(error?.description).toContain('Video not found');
	});

	it.each<[string, object]>([
		['content_filter', { finish_reason: 'content_filter' }],
		['PROHIBITED_CONTENT', { error: { code: 'PROHIBITED_CONTENT', message: 'Filtered.' } }],
		['celebrity', { metadata: { raiMediaFilteredReasons: ['It shows a celebrity.'] } }],
		['safety filter', { message: 'The video was blocked by the safety filter.' }],
	])('says at once that a filter took the video: %s', async (words, more) => {
		const server = await serving({ task: { status: 'completed', ...more }, content: missing });
		const { item } = await ordered(server);
		expect(item?.json).toMatchObject({ task_id: ID, category: 'moderation' });
		expect(JSON.stringify(item?.json)).toContain(words);
		expect(server.requests.filter(isContent)).toEqual([]);
		expect(server.requests.filter(({ path }) => path.endsWith(ID))).toHaveLength(1);
	});
});
