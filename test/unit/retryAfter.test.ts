import fc from 'fast-check';

import { retryAfterMs } from '../../nodes/Sora/gateway/failedAnswer';
import { START } from './virtualClock';

const MINUTE = 60_000;
const inSeconds = (seconds: number) => new Date(START + seconds * 1_000).toUTCString();

describe('Retry-After', () => {
	it.each([
		['1', 1_000],
		[' 30 ', 30_000],
		['0.5', 500],
		[inSeconds(20), 20_000],
		['86400', 15 * MINUTE],
		[inSeconds(86_400), 15 * MINUTE],
	])('of "%s" is obeyed, within reason', (header, wait) => {
		expect(retryAfterMs(header, START)).toBe(wait);
	});

	it.each([
		...['', '  ', '0', '-5', 'soon', 'NaN', 'Infinity', inSeconds(0), inSeconds(-60)],
		...[undefined, null, 30, true, ['30'], {}],
	])('of %j is no wait', (header) => {
		expect(retryAfterMs(header, START)).toBeUndefined();
	});

	it('is a wait that can be slept, or none, whatever a gateway sends', () => {
		fc.assert(
			fc.property(fc.oneof(fc.string(), fc.double().map(String), fc.anything()), (header) => {
				const wait = retryAfterMs(header, START);
				if (wait === undefined) return;
				expect(wait).toBeGreaterThan(0);
				expect(wait).toBeLessThanOrEqual(15 * MINUTE);
			}),
		);
	});
});
