/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- starts clients and servers that others wrote, never inside n8n */
/** The second wire as others speak it: their clients against the stand-in, the node against their server. */
import { join } from 'node:path';
import { LLMock } from '@copilotkit/aimock';
import execa from 'execa';
import OpenAI, { toFile } from 'openai';

import { clip } from '../simulator/clips';
import { png } from '../files/images';
import { boat, useGateway } from './gateway';

const gateway = useGateway({ renderSeconds: 0, queueSeconds: 0, formats: 'videos' });
const bought = () => gateway.simulator.books.purchases;

describe.each(['openai', 'newapi', 'vllm'] as const)('OpenAI’s client, at the %s face', (face) => {
	it.each([
		['without a picture', false],
		['with a picture', true],
	])('makes a video %s, and gets it byte for byte', async (_, hasPicture) => {
		gateway.simulator.set({ face });
		const { apiKey, url } = gateway.simulator;
		const { videos } = new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 });
		const picture = png({ width: 64, height: 64 });
		const created = await videos.create({
			model: 'some-model' as never,
			prompt: 'A boat',
			seconds: '8',
			size: '1280x720',
			...(hasPicture && { input_reference: await toFile(picture, 'a.png', { type: 'image/png' }) }),
		});
		expect(bought()).toHaveLength(1);
		expect((await videos.retrieve(created.id)).status).toBe('completed');
		const content = await (await videos.downloadContent(created.id)).arrayBuffer();
		expect(Buffer.from(content).equals(await clip(false, 8))).toBe(true);
	});

	it('learns that there is no such video', async () => {
		gateway.simulator.set({ face });
		const { apiKey, url } = gateway.simulator;
		const { videos } = new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 });
		await expect(videos.retrieve('nope')).rejects.toMatchObject({
			status: face === 'newapi' ? 400 : 404,
		});
	});
});

it('OpenRouter’s client lists, orders, polls and gets a video byte for byte', async () => {
	gateway.simulator.set({ face: 'openrouter' });
	const { apiKey, url } = gateway.simulator;
	const script = join(__dirname, 'openRouterClient.mjs');
	const { stdout } = await execa(process.execPath, [script, `${url}/api/v1`, apiKey]);
	const seen = JSON.parse(stdout) as { models: string[]; content: string };
	expect(seen).toMatchObject({ created: 'completed', finished: 'completed', missing: 404 });
	expect(seen.models).toContain('google/veo-3.1');
	expect(Buffer.from(seen.content, 'base64').equals(await clip(false, 8))).toBe(true);
	expect(bought()).toHaveLength(1);
});

describe('the node, at a server that others wrote', () => {
	const server = new LLMock({ port: 0 });
	beforeAll(async () => {
		const video = (await clip(false, 10)).toString('base64');
		server.onVideo('boat', { video: { id: 'video_1', status: 'completed', b64: video } } as never);
		await server.start();
	});
	afterAll(async () => await server.stop());

	it.each([
		['OpenAI Videos', { apiFormat: 'openai' }, '/v1', 'sora-2-clone'],
		['OpenRouter', { apiFormat: 'openrouter' }, '/api/v1', 'google/veo-3.1'],
	])('makes its video over %s', async (_, says, path, value) => {
		const { json, error } = await gateway.run(
			{ ...boat, model: { __rl: true, mode: 'id', value }, duration: '8' },
			{ credential: { apiKey: 'sk-test', baseUrl: server.url + path, ...says } },
		);
		expect(error).toBeUndefined();
		expect(json('Sora')[0]).toMatchObject({ status: 'completed', progress: 100 });
	});

	it('hands over the file that OpenRouter’s face keeps behind the key', async () => {
		const value = 'google/veo-3.1';
		const { items, error } = await gateway.run(
			{ ...boat, downloadVideo: true, model: { __rl: true, mode: 'id', value } },
			{
				credential: {
					apiKey: 'sk-test',
					baseUrl: `${server.url}/api/v1`,
					apiFormat: 'openrouter',
				},
			},
		);
		expect(error).toBeUndefined();
		expect(items('Sora')[0]?.binary?.data?.mimeType).toBe('video/mp4');
	});
});
