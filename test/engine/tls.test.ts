import fastify from 'fastify';

import { selfSigned } from './certificate';
import { runWorkflow, soraNode, soraWorkflow } from './engine';
import { GENERATE } from './gateway';
import { time } from './time';

it('says why there is no secure connection, and sends nothing over an untrusted one', async () => {
	const server = fastify({ https: selfSigned() });
	const received: string[] = [];
	server.all('*', async ({ url }) => {
		received.push(url);
		return { task_id: 'video_1' };
	});
	const baseUrl = await server.listen({ host: '127.0.0.1', port: 0 });
	try {
		const { items } = await runWorkflow({
			workflow: soraWorkflow(
				{ ...GENERATE, prompt: 'A boat' },
				{ onError: 'continueRegularOutput' },
			),
			credential: { apiKey: 'any', baseUrl },
			sora: soraNode(time),
		});
		expect(items('Done')[0]?.json).toMatchObject({
			category: 'tls_failed',
			error: expect.stringMatching(/nothing was sent: its certificate is self-signed/),
		});
		expect(received).toEqual([]);
	} finally {
		await server.close();
	}
});
