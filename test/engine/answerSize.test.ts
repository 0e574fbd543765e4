/* eslint-disable @n8n/community-nodes/no-restricted-imports -- packs answers, never inside n8n */
import { gzipSync } from 'node:zlib';

import { until } from '../until';
import { boat, goOn } from './gateway';
import { finished, gatewayScript, json, runAgainst, scripted, task, TASK } from './scripted';

const MIB = 1024 * 1024;

describe('an answer of any size', () => {
	it('is unpacked no further than an answer may be, and read for what it says', async () => {
		const text = JSON.stringify({ ...finished('https://files.example/v.mp4'), pad: '' });
		const bomb = gzipSync(text.slice(0, -2) + ' '.repeat(100 * MIB));
		expect(bomb.length).toBeLessThan(MIB);
		const gateway = await scripted(
			gatewayScript((_, response) => {
				response.writeHead(200, { 'content-encoding': 'gzip' });
				response.end(bomb);
			}),
		);
		const { json: items, error } = await runAgainst(gateway.url, boat);
		expect(error).toBeUndefined();
		expect(items('Done')[0]).toMatchObject({ status: 'SUCCESS' });
		await until(() => gateway.open() === 0);
	});

	it('tells of a failure although its reason does not end', async () => {
		const gateway = await scripted(
			gatewayScript((_, response) =>
				json(response, task({ status: 'FAILURE', fail_reason: `裸露 ${'x'.repeat(20 * MIB)}` })),
			),
		);
		const { json: items } = await runAgainst(gateway.url, boat, goOn);
		expect(items('Done')[0]).toMatchObject({ category: 'moderation', task_id: TASK });
	});

	it('leaves a submission uncertain where it is nothing but large', async () => {
		const gateway = await scripted((_, response) => {
			response.writeHead(200);
			response.end('x'.repeat(17 * MIB));
		});
		const { error } = await runAgainst(gateway.url, boat);
		expect(error?.message).toMatch(/^Submission uncertain/);
		expect(gateway.requests).toHaveLength(1);
	});
});
