/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- starts clients and servers that others wrote, never inside n8n */
/** The second wire as others speak it: their clients against the stand-in, the node against their server. */
import { join } from 'node:path';
import { LLMock } from '@copilotkit/aimock';
import execa from 'execa';
import OpenAI, { toFile } from 'openai';

import { clip } from '../simulator/clips';
import { png } from '../files/images';
import { boat, byId, useGateway } from './gateway';

const gateway = useGateway({ renderSeconds: 0, queueSeconds: 0, formats: 'videos' });

describe.each([
	['openai', 404],
	['newapi', 400],
	['vllm', 404],
] as const)('OpenAI’s client, with the %s face', (face, status) => {
	it.each([false, true])(
		'makes a video, and gets it byte for byte (picture: %s)',
		async (hasPicture) => {
			gateway.set({ face });
			const { apiKey, url } = gateway.simulator;
			const { videos } = new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 });
			const picture = png({ width: 64, height: 64 });
			const created = await videos.create({
				model: 'some-model' as never,
				prompt: 'A boat',
				seconds: '8',
				size: '1280x720',
				...(hasPicture && {
					input_reference: await toFile(picture, 'a.png', { type: 'image/png' }),
				}),
			});
			expect(gateway.bought()).toHaveLength(1);
			expect((await videos.retrieve(created.id)).status).toBe('completed');
			const content = await (await videos.downloadContent(created.id)).arrayBuffer();
			expect(Buffer.from(content).equals(await clip(false, 8))).toBe(true);
			await expect(videos.retrieve('nope')).rejects.toMatchObject({ status });
		},
	);
});

it('OpenRouter’s client lists, orders, polls and gets a video byte for byte', async () => {
	gateway.set({ face: 'openrouter' });
	const { apiKey, url } = gateway.simulator;
	const script = join(__dirname, 'openRouterClient.mjs');
	const { stdout } = await execa(process.execPath, [script, `${url}/api/v1`, apiKey]);
	const seen = JSON.parse(stdout) as { models: string[]; content: string };
	expect(seen).toMatchObject({ created: 'completed', finished: 'completed', missing: 404 });
	expect(seen.models).toContain('google/veo-3.1');
	expect(Buffer.from(seen.content, 'base64').equals(await clip(false, 8))).toBe(true);
	expect(gateway.bought()).toHaveLength(1);
});

describe('the node, with a server that others wrote', () => {
	const server = new LLMock({ port: 0 });
	beforeAll(async () => {
		const video = (await clip(false, 10)).toString('base64');
		server.onVideo('boat', { video: { id: 'video_1', status: 'completed', b64: video } } as never);
		await server.start();
	});
	afterAll(async () => await server.stop());

	it.each([
		['openai', '/v1', 'sora-2-clone', false],
		['openrouter', '/api/v1', 'google/veo-3.1', false],
		['openrouter', '/api/v1', 'google/veo-3.1', true],
	])(
		'makes its video over %s%s of %s (with its file: %s)',
		async (apiFormat, path, id, downloadVideo) => {
			const credential = { apiKey: 'sk-test', baseUrl: server.url + path, apiFormat };
			const order = { ...boat, ...byId(id), downloadVideo, duration: '8' };
			const { items, error } = await gateway.run(order, { credential });
			expect(error).toBeUndefined();
			const [item] = items('Sora');
			expect(item?.json).toMatchObject({ status: 'completed', progress: 100 });
			expect(item?.binary?.data?.mimeType).toBe(downloadVideo ? 'video/mp4' : undefined);
		},
	);
});
