import { LLMock } from '@copilotkit/aimock';

import { clip } from '../simulator/clips';
import { boat, byId, useGateway } from './gateway';

const gateway = useGateway();

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
