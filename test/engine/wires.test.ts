import type { IDataObject } from 'n8n-workflow';

import type { Scenario } from '../simulator/simulator';
import { searchModels } from '../../nodes/Sora/methods/listSearch';
import { png } from '../files/images';
import { listContext } from './engine';
import { useBinaryStore } from './binaryStore';
import { boat as base, CREATE, GET, goOn, imagesFrom, itemsWith, useGateway } from './gateway';
import { FORMATS, formatOf, type Format } from './formats';
import { StoredExecution, parkedOptions } from './storedExecution';
import { time } from './time';

const store = useBinaryStore('default');
const gateway = useGateway({ renderSeconds: 20 });
const bought = () => gateway.simulator.books.purchases;

const names = Object.keys(FORMATS);

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
		{ ...base, model: { __rl: true, mode: 'id', value: format.model }, ...parameters },
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

	it('tells why a task failed, and what it was', async () => {
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

describe('the bodies that leave', () => {
	it('say the length as text and the shape as pixels, and hold nothing that is not set', async () => {
		await generate('New API', { duration: '8', aspectRatio: '9:16', resolution: '720p' });
		expect(sent()).toEqual([
			{ model: 'some-model', prompt: 'A boat', seconds: '8', size: '720x1280' },
		]);
	});

	it('hold nothing but model and prompt where nothing is chosen', async () => {
		await generate('New API', { duration: '', aspectRatio: '', resolution: '' });
		expect(sent()).toEqual([{ model: 'some-model', prompt: 'A boat' }]);
	});

	it('give LLMGateway a number', async () => {
		await generate('LLMGateway', { duration: '6' });
		expect(sent()[0]).toMatchObject({ seconds: 6 });
	});

	it('give OpenRouter its own names', async () => {
		await generate('OpenRouter', { duration: '6', aspectRatio: '9:16', resolution: '1080p' });
		expect(sent()).toEqual([
			{
				model: 'google/veo-3.1',
				prompt: 'A boat',
				duration: 6,
				aspect_ratio: '9:16',
				resolution: '1080p',
			},
		]);
	});

	it('let Extra Body win', async () => {
		await generate('New API', { options: { extraBody: '{"seconds":"5","metadata":{"seed":1}}' } });
		expect(sent()[0]).toMatchObject({ seconds: '5', metadata: { seed: 1 } });
	});
});

describe('what a model takes is judged by the format', () => {
	it.each([
		['OpenRouter', 'google/veo-3.1', '5', '4, 6 or 8'],
		["OpenAI's own", 'sora-2', '10', '4, 8 or 12'],
		['New API', 'veo-3.1-generate-preview', '5', '4, 6 or 8'],
	])('%s: %s of %s seconds', async (name, value, duration, offered) => {
		const model = { __rl: true, mode: 'id', value };
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

	it('follows a redirect to a host of files without the key', async () => {
		const { items } = await generate(
			"OpenAI's own",
			{ downloadVideo: true },
			{},
			{
				contentDelivery: 'redirect',
			},
		);
		expect(items('Sora')[0]?.binary?.data).toBeDefined();
		const elsewhere = gateway.simulator.requests.filter(({ host }) => host === 'files');
		expect(elsewhere.map(({ carriesKey }) => carriesKey)).toEqual([false]);
	});

	it.each([['LLMGateway'], ['New API']])(
		'is asked of the gateway where the link in the task is dead (%s)',
		async (name) => {
			const { items, error } = await generate(
				name,
				{ downloadVideo: true },
				{},
				{
					publicLink: 'dead',
				},
			);
			expect(error).toBeUndefined();
			expect(items('Sora')[0]?.binary?.data).toBeDefined();
			expect(bought()).toHaveLength(1);
		},
	);

	it('follows JSON that holds the link', async () => {
		const { items } = await generate(
			"OpenAI's own",
			{ downloadVideo: true },
			{},
			{
				contentDelivery: 'json',
			},
		);
		expect(items('Sora')[0]?.binary?.data).toBeDefined();
	});
});

describe('a credential that names the wrong format', () => {
	it('names OpenAI Videos where the task API is not there, and nothing is bought', async () => {
		gateway.simulator.set({ formats: 'videos' });
		const { error } = await gateway.run({ ...base, prompt: 'A boat' });
		expect(`${error?.message} ${error?.description}`).toMatch(/speaks OpenAI Videos.*API Format/);
		expect(`${error?.message} ${error?.description}`).toMatch(/Nothing was bought/);
		expect(bought()).toEqual([]);
		expect(gateway.submissions()).toHaveLength(1);
	});

	it('names the Task API where only that is there', async () => {
		gateway.simulator.set({ formats: 'tasks' });
		const { error } = await gateway.run(
			{ ...base, model: { __rl: true, mode: 'id', value: 'veo3.1' } },
			{ credential: credentialFor({ says: { apiFormat: 'openai' }, path: '' }) },
		);
		expect(`${error?.message} ${error?.description}`).toMatch(/speaks Task API.*API Format/);
		expect(bought()).toEqual([]);
	});

	it('names OpenRouter by its list of models', async () => {
		gateway.simulator.set({ formats: 'videos', face: 'openrouter' });
		const { error } = await gateway.run(
			{ ...base },
			{ credential: credentialFor({ says: {}, path: '/api/v1' }) },
		);
		expect(`${error?.message} ${error?.description}`).toMatch(/speaks OpenRouter.*API Format/);
		expect(bought()).toEqual([]);
	});
});

describe('a price', () => {
	it('is in the item where the task tells it', async () => {
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
		{ ...base, prompt: 'A boat', model: { __rl: true, mode: 'id', value: 'veo3' }, duration: '' },
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
		model: { __rl: true, mode: 'id', value: model },
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
