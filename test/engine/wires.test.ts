/** Every promise, on every API format: the five faces of the stand-in, and servers that nobody has listed. */
import type { IDataObject, INode } from 'n8n-workflow';

import { searchModels } from '../../nodes/Sora/methods/listSearch';
import { png } from '../files/images';
import { clip } from '../simulator/clips';
import type { Scenario } from '../simulator/simulator';
import { useBinaryStore } from './binaryStore';
import { listContext } from './engine';
import { FORMATS, formatOf, type Format } from './formats';
import {
	boat,
	byId,
	changing,
	CREATE,
	GET,
	GET_QUOTA,
	goOn,
	imagesFrom,
	keptOf,
	retryOnFail,
	useGateway,
	type RunOptions,
} from './gateway';
import {
	json as answer,
	postsTo,
	runAgainst,
	scripted,
	type Script,
	type Scripted,
	type SeenRequest,
} from './scripted';
import { storedAt } from './storedExecution';
import { time } from './time';
import { startTrigger } from './trigger';

const store = useBinaryStore('default');
const gateway = useGateway({ renderSeconds: 20 });
const { bought, expectOneVideo, run, submissions, taskIds } = gateway;
const stored = storedAt(gateway);
const tries = { node: retryOnFail };

const credentialFor = ({ says, path }: Pick<Format, 'says' | 'path'>) => {
	const { apiKey, baseUrl } = gateway.credential();
	return { apiKey, baseUrl: baseUrl + path, ...says };
};

/** A gateway that speaks this format and no other. @returns what the credential says of it */
function speak(name: string, scenario: Partial<Scenario> = {}) {
	gateway.set({ face: formatOf(name).face, formats: 'videos', ...scenario });
	return { credential: credentialFor(formatOf(name)) };
}

/** Runs Generate on such a gateway. */
async function generate(
	name: string,
	parameters: IDataObject = {},
	more: RunOptions = {},
	scenario: Partial<Scenario> = {},
) {
	const spoken = speak(name, scenario);
	return await run(
		{ ...boat, ...byId(formatOf(name).model), ...parameters },
		{ ...spoken, ...more },
	);
}

describe.each(Object.keys(FORMATS))('on %s', (name) => {
	const { model } = formatOf(name);

	it('makes its video with only the credential changed, and buys it once', async () => {
		const { items, error } = await generate(name, { downloadVideo: true });
		expect(error).toBeUndefined();
		const [item] = items('Sora');
		expectOneVideo(item?.json, 'completed');
		expect(item?.binary?.data).toMatchObject({ mimeType: 'video/mp4' });
		expect(item?.json).not.toHaveProperty('download_note');
		// A length of nothing is a still.
		expect(bought()[0]?.seconds).toBeGreaterThan(0);
	});

	it.each(['field', 'url'] as const)('sends a picture (%s)', async (source) => {
		const picture = png({ width: 640, height: 360 });
		const items = [{ json: {}, binary: { data: await store.put(picture, {}) } }];
		const form = new FormData();
		form.append('file', new Blob([picture], { type: 'image/png' }), 'a.png');
		const { apiKey, url } = gateway.simulator;
		const headers = { authorization: `Bearer ${apiKey}` };
		const upload = await fetch(`${url}/v1/files`, { method: 'POST', headers, body: form });
		const { url: address } = (await upload.json()) as { url: string };
		const entry = source === 'url' ? address : 'data';
		const { error } = await generate(name, imagesFrom(source, entry), { items });
		expect(error).toBeUndefined();
		expect(bought()).toHaveLength(1);
		expect(JSON.stringify(bought()[0]?.body)).toMatch(/image/);
	});

	it('resumes the paid task when n8n retries the node', async () => {
		const { prompt } = changing;
		const { json } = await generate(name, { prompt, options: { maxWaitMinutes: 0.25 } }, tries);
		expectOneVideo(json('Sora')[0], 'completed');
	});

	it.each(['resetAfter:1', 'html502:1'] as const)(
		'never retries an uncertain order (%s)',
		async (submitFault) => {
			const { error } = await generate(name, {}, tries, { submitFault });
			expect(error?.message).toMatch(/^Submission uncertain/);
			expect(submissions()).toHaveLength(1);
			expect(bought().length).toBeLessThanOrEqual(1);
		},
	);

	it('says why a task failed, and which one it was', async () => {
		const { json } = await generate(name, {}, goOn, { outcome: 'moderation' });
		expect(json('Sora')[0]).toMatchObject({
			task_id: taskIds()[0],
			category: 'moderation',
			fail_reason: expect.stringContaining('违反'),
		});
	});

	it('fetches a video by its task ID, and explains that an ID is unknown', async () => {
		await generate(name, { waiting: 'none' });
		const [taskId] = taskIds();
		gateway.simulator.advance(100);
		const { items } = await run({ ...GET, taskId, downloadVideo: true }, speak(name));
		expect(items('Sora')[0]).toMatchObject({
			json: { task_id: taskId, status: 'completed' },
			binary: { data: { mimeType: 'video/mp4' } },
		});
		const { error } = await run({ ...GET, taskId: 'video_of_nobody' }, speak(name));
		expect(error?.message).toMatch(/video_of_nobody/);
	});

	it('says if a link works only with the key', async () => {
		const [item] = (await generate(name)).json('Sora');
		const isKept = String(item?.video_url).startsWith(`${gateway.simulator.url}/`);
		expect(String(item?.download_note)).toMatch(isKept ? /API key/ : /undefined/);
	});

	const parkedOrder = { ...boat, ...byId(model), waiting: 'parked' };

	it('explains that the credential was changed while it was parked', async () => {
		const execution = await stored.start(parkedOrder, speak(name, { renderSeconds: 400 }));
		Object.assign(execution.options.credential, { apiFormat: 'tasks' });
		await execution.untilEnd();
		expect(execution.error?.message).toMatch(/API Format of the credential was changed/);
		expect(execution.error?.description).toMatch(/Set both back .* buys nothing/);
		expect(execution.stored).toContain(taskIds()[0]);
		expect(bought()).toHaveLength(1);
	});

	it('refuses a character before anything is sent', async () => {
		const character = { ...CREATE, source: 'url', url: 'https://files.example/clip.mp4' };
		const { error } = await run(character, speak(name));
		expect(error?.message).toMatch(/character/i);
		expect(gateway.simulator.requests).toEqual([]);
	});
});

it.each<[string, IDataObject, object]>([
	['New API', {}, {}],
	['LLMGateway', { duration: '6' }, { seconds: 6 }],
	[
		'OpenRouter',
		{ duration: '6', aspectRatio: '9:16', resolution: '1080p' },
		{ duration: 6, aspect_ratio: '9:16', resolution: '1080p' },
	],
])('an order on %s with %j contains %j', async (name, given, fields) => {
	await generate(name, { duration: '', aspectRatio: '', resolution: '', ...given });
	const { model } = formatOf(name);
	expect(submissions().map(({ body }) => body)).toEqual([{ model, prompt: 'A boat', ...fields }]);
});

it.each([
	[
		'New API',
		'some-model',
		{ input_reference: expect.objectContaining({ contentType: 'image/png' }) },
	],
	['New API', 'doubao-seedance-2-0-260128', { images: [expect.stringMatching(/^data:image/)] }],
	['LLMGateway', 'seedance-2-0', { input_reference: { image_url: expect.any(String) } }],
])('a picture reaches the model behind %s that is %s', async (name, id, sent) => {
	const items = [
		{ json: {}, binary: { data: await store.put(png({ width: 640, height: 360 }), {}) } },
	];
	const { error } = await generate(
		name,
		{ ...byId(id), ...imagesFrom('field', 'data') },
		{ items },
	);
	expect(error).toBeUndefined();
	expect(submissions().map(({ body }) => body)).toEqual([expect.objectContaining(sent)]);
});

it.each([
	['OpenRouter', 'google/veo-3.1', '5', '4, 6 or 8'],
	["OpenAI's own", 'sora-2', '10', '4, 8 or 12'],
])(
	'what a model takes depends on the format: %s, %s of %s s',
	async (name, id, duration, offered) => {
		const { error } = await generate(name, { ...byId(id), duration });
		expect(error?.message).toContain(offered);
		expect(submissions()).toEqual([]);
	},
);

describe('the file', () => {
	it('is downloaded with the key from the gateway itself if no answer has a link', async () => {
		const { json } = await generate("OpenAI's own", { downloadVideo: true });
		const content = gateway.simulator.requests.filter(({ path }) => path.includes('/content'));
		expect(content.map(({ carriesKey, host }) => [host, carriesKey])).toEqual([['gateway', true]]);
		expect(json('Sora')[0]?.video_url).toMatch(/\/v1\/videos\/[^/]+\/content$/);
	});

	it.each<[string, string, Partial<Scenario>]>([
		['behind a redirect to a host of files', "OpenAI's own", { contentDelivery: 'redirect' }],
		['behind JSON that holds the link', "OpenAI's own", { contentDelivery: 'json' }],
		['where the link in the task is dead', 'LLMGateway', { publicLink: 'dead' }],
		['where the link in the task is dead', 'New API', { publicLink: 'dead' }],
	])('is found %s (%s), and the key never leaves the gateway', async (_, name, scenario) => {
		const { items, error } = await generate(name, { downloadVideo: true }, {}, scenario);
		expect(error).toBeUndefined();
		expect(items('Sora')[0]?.binary?.data).toBeDefined();
		expect(gateway.keyLeaks()).toEqual([]);
		expect(bought()).toHaveLength(1);
	});
});

describe('a credential that names the wrong format', () => {
	it.each<[string, Partial<Scenario>, Pick<Format, 'says' | 'path'>]>([
		['OpenAI Videos', { formats: 'videos' }, { says: {}, path: '' }],
		['Task API', { formats: 'tasks' }, { says: { apiFormat: 'openai' }, path: '' }],
		['OpenRouter', { formats: 'videos', face: 'openrouter' }, { says: {}, path: '/api/v1' }],
	])(
		'reports that the gateway speaks %s, and nothing is bought',
		async (spoken, scenario, format) => {
			gateway.set(scenario);
			const credential = credentialFor(format);
			const { error } = await run({ ...boat, ...byId('veo3.1') }, { credential });
			const said = `${error?.message} ${error?.description}`;
			expect(said).toMatch(new RegExp(`speaks ${spoken}.*API Format`));
			expect(said).toMatch(/Nothing was bought/);
			expect(submissions().length).toBeLessThanOrEqual(1);
			expect(bought()).toEqual([]);
		},
	);

	it.each([
		['LLMGateway', 'auto'],
		['vLLM-Omni', 'auto'],
		['New API', 'json'],
	])('reports that %s may not want its requests sent as %s', async (name, requestEncoding) => {
		const { credential } = speak(name);
		const more = { credential: { ...credential, requestEncoding } };
		const { error } = await generate(name, { duration: '8' }, more);
		expect(error?.description).toMatch(/Send Requests As/);
		expect(error?.description).toMatch(/Nothing was bought/);
		expect(bought()).toEqual([]);
	});
});

it.each([
	['New API', undefined, /Notify Hook/],
	['OpenRouter', 'https://n8n.example/hook', /^$/],
])('Notify Hook goes to %s as its callback_url, or is refused: %s', async (name, sent, words) => {
	const options = { notifyHook: 'https://n8n.example/hook' };
	const { error, json } = await generate(name, { duration: '8', options });
	expect(error?.message ?? '').toMatch(words);
	expect((submissions()[0]?.body as IDataObject | undefined)?.callback_url).toBe(sent);
	// OpenRouter tells the price of a video.
	expect(json('Sora')[0]?.cost_usd).toBe(sent && 3.2);
});

it('lists a model that appears at OpenRouter today, with its price', async () => {
	const { credential } = speak('OpenRouter');
	const { results } = await searchModels.call(listContext(credential) as never, 'veo');
	const description = expect.stringContaining('$0.40 a second') as string;
	expect(results).toEqual([expect.objectContaining({ value: 'google/veo-3.1', description })]);
});

it('names a picture on the web that cannot be fetched, and buys nothing', async () => {
	const none = imagesFrom('url', `${gateway.simulator.filesUrl}/none.png`);
	const { error } = await generate('New API', none);
	expect(error?.message).toMatch(/none\.png could not be fetched: .*404/);
	expect(bought()).toEqual([]);
});

it('picks up no task of another format, even if model and prompt are the same', async () => {
	const first = await generate('New API', {}, {}, { formats: 'all' });
	const kept = { contextData: keptOf(first), executionId: '2' };
	const { error } = await run({ ...boat, ...byId('veo3'), duration: '' }, kept);
	expect(error).toBeUndefined();
	expect(bought()).toHaveLength(2);
});

it.each<[string, IDataObject]>([
	['New API', { quota: 500, used_quota: 0, remaining: 500, unlimited_quota: false }],
	['OpenRouter', { quota: 10, used_quota: 2.5, remaining: 7.5, currency: 'USD' }],
])('%s shows the quota of the key in units of its own', async (name, shown) => {
	const [item] = (await run(GET_QUOTA, speak(name, { quota: 500 }))).json('Sora');
	expect(item).toMatchObject(shown);
	expect(item?.currency).toBe(shown.currency);
});

it('OpenRouter’s call starts the trigger, which polls in its format what the call names', async () => {
	await generate('OpenRouter', { waiting: 'none' });
	const [id] = taskIds();
	gateway.simulator.advance(100);
	const trigger = await startTrigger({ credential: credentialFor(formatOf('OpenRouter')) });
	for (const body of [
		{ id, status: 'completed', unsigned_urls: ['https://evil.example/v.mp4'] },
		{ id: 'gen-vid-1764550000-AbCdEfGhIjKlMnOpQrSt', status: 'completed' },
	]) {
		await fetch(trigger.url, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(body),
		});
	}
	await trigger.settled();
	const video_url = expect.stringContaining(`${gateway.simulator.url}/api/v1/videos/`) as string;
	expect(trigger.started.map(({ json }) => json)).toEqual([
		expect.objectContaining({ task_id: id, status: 'completed', video_url }),
	]);
	await trigger.close();
	expect(bought()).toHaveLength(1);
});

describe('an unlisted server', () => {
	const ID = 'video_gen_0123456789abcdef';
	const isContent = ({ path }: SeenRequest) => path.includes('/content');
	const credentialOf = (server: Scripted, apiFormat = 'openai') => ({
		credential: { baseUrl: `${server.url}/v1`, apiFormat },
	});

	interface Server {
		/** Of its tasks. */
		id?: string;
		/** The answer to the order. */
		accepted?: object;
		/** The answer to a poll. */
		task: object;
		content?: Script;
		apiFormat?: string;
	}

	const mp4: Script = async (_, response) => {
		response.writeHead(200, { 'content-type': 'video/mp4' });
		response.end(await clip(false, 10));
	};
	const missing: Script = (_, response) => answer(response, { detail: 'Not Found' }, 404);

	async function serving({ id = ID, content = mp4, ...rest }: Server) {
		const { accepted = { id, object: 'video', status: 'queued' }, task } = rest;
		const path = `/v1/videos/${encodeURIComponent(id)}`;
		return await scripted(async (request, response, socket) => {
			const { method, path: asked } = request;
			if (method === 'POST' && asked === '/v1/videos') return answer(response, accepted, 202);
			if (asked === path) return answer(response, { id, ...task });
			return await (asked === `${path}/content` ? content : missing)(request, response, socket);
		});
	}

	async function ordered(server: Scripted, apiFormat?: string, node: Partial<INode> = {}) {
		const order = { ...boat, ...byId('runway/gen4_turbo'), downloadVideo: true };
		const more = { node: { ...goOn.node, ...node }, ...credentialOf(server, apiFormat) };
		const [item] = (await runAgainst(server.url, order, more)).items('Sora');
		expect(postsTo(server)).toHaveLength(1);
		return item;
	}

	const longId = `video_${Buffer.from('litellm:custom_llm_provider:openai;model_id:;video_id:'.repeat(4)).toString('base64').slice(0, 194)}`;
	it.each<[string, Server, object]>([
		[
			'SGLang, with its numbers',
			{
				accepted: { id: ID, object: 'video', status: 'queued', seconds: 4, num_frames: 96 },
				task: { status: 'completed', progress: 100, seconds: 4, file_path: '/tmp/a.mp4' },
			},
			{},
		],
		[
			'LiteLLM, with IDs of 200 characters',
			{ id: longId, task: { object: 'video', status: 'completed', model: 'openai/sora-2' } },
			{},
		],
		[
			'Bifrost, whose IDs end with the provider',
			{ id: 'a8b1/2c:runway', task: { object: 'video', status: 'completed' } },
			{},
		],
		[
			'one that answers without a status, and with a price at the end',
			{
				accepted: { id: ID },
				task: { status: 'completed', message: 'Video generated.', size: '768P', cost: 0.4 },
			},
			{ cost_usd: 0.4 },
		],
		[
			"hubris, with OpenRouter's shape",
			{
				apiFormat: 'openrouter',
				accepted: { id: ID, polling_url: `/v1/videos/${ID}`, status: 'pending' },
				task: { status: 'completed', usage: { estimated_cost: 0.25 } },
			},
			{ cost_usd: 0.25 },
		],
	])('%s sells its video once', async (_, server, more) => {
		const running = await serving(server);
		const item = await ordered(running, server.apiFormat, retryOnFail);
		expect(item?.json).toMatchObject({ task_id: server.id ?? ID, status: 'completed', ...more });
		expect(item?.binary?.data).toMatchObject({ mimeType: 'video/mp4' });
		expect(running.requests.filter(isContent).map(({ withKey }) => withKey)).toEqual([true]);
	});

	it('may take almost two minutes to the first byte of the file', async () => {
		const content: Script = async (...given) => {
			await time.sleep(110_000);
			await mp4(...given);
		};
		const server = await serving({ task: { status: 'completed' }, content });
		const item = await ordered(server);
		expect(item?.binary?.data).toMatchObject({ mimeType: 'video/mp4' });
		expect(server.requests.filter(isContent)).toHaveLength(1);
	});

	it.each<[string, object, object]>([
		['deleted', { status: 'deleted' }, { status: 'deleted', error: expect.any(String) }],
		['content_filter', { finish_reason: 'content_filter' }, { category: 'moderation' }],
		[
			'celebrity',
			{ metadata: { raiMediaFilteredReasons: ['It shows a celebrity.'] } },
			{ category: 'moderation' },
		],
	])('says at once that there is no video: %s', async (words, more, expected) => {
		const task = { status: 'completed', ...more };
		const server = await serving({ task, content: missing });
		const item = await ordered(server);
		expect(item?.json).toMatchObject({ task_id: ID, ...expected });
		expect(JSON.stringify(item?.json)).toContain(words);
		expect(server.requests.filter(isContent)).toEqual([]);
		expect(server.requests.filter(({ path }) => path.endsWith(ID))).toHaveLength(1);
	});
});
