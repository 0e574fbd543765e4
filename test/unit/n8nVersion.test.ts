import type { Gateway } from '../../nodes/Sora/gateway/credential';
import { callGateway } from '../../nodes/Sora/gateway/transport';
import { systemClock } from '../../nodes/Sora/flow/clock';
import { rejection } from './builders';

describe('an older n8n', () => {
	// n8n-workflow 2.0 to 2.33: NodeApiError drops the cause, and keeps its code as `httpCode`.
	it.each([
		['ECONNREFUSED', 'unreachable'],
		['ENOTFOUND', 'unreachable'],
		['EPROTO', 'tls_failed'],
		['ECONNRESET', 'gateway_silent'],
		['502', 'gateway_silent'],
	])(
		'that keeps only the code %s of a lost connection is understood',
		async (httpCode, category) => {
			const lost = async () => {
				throw Object.assign(new Error('The service refused the connection'), { httpCode });
			};
			const context = { helpers: { httpRequestWithAuthentication: lost } };
			const gateway = { context, address: 'http://127.0.0.1:9', conceal: (text: string) => text };
			const error = await rejection(
				callGateway(gateway as unknown as Gateway, { path: '/x', timeoutMs: 1_000, body: {} }),
			);
			expect(error).toMatchObject({ category });
		},
	);
});

describe('trouble of n8n’s own', () => {
	it('is named by its words, where no code tells of a connection', async () => {
		const lost = async () => {
			throw new Error('No bridge acquired for this context');
		};
		const context = { helpers: { httpRequestWithAuthentication: lost } };
		const gateway = { context, address: 'http://127.0.0.1:9', conceal: (text: string) => text };
		const error = await rejection(
			callGateway(gateway as unknown as Gateway, { path: '/x', timeoutMs: 1_000 }),
		);
		expect(error).toMatchObject({
			facts: { detail: 'n8n reports "No bridge acquired for this context"' },
		});
	});
});

describe('the clock of the system', () => {
	it('wakes at once when the signal aborts, and says so', async () => {
		const stop = new AbortController();
		const started = systemClock.now();
		const sleeping = rejection(systemClock.sleep(60_000, stop.signal));
		stop.abort(new Error('stopped'));
		expect(await sleeping).toMatchObject({ message: expect.stringMatching(/stopped/) });
		expect(systemClock.now() - started).toBeLessThan(60_000);
		await expect(rejection(systemClock.sleep(1, stop.signal))).resolves.toBeDefined();
	});
});
