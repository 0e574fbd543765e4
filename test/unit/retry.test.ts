import fc from 'fast-check';

import { retryAfterMs } from '../../nodes/Sora/gateway/failedAnswer';
import { SoraFailure, type FailureCategory } from '../../nodes/Sora/gateway/failures';
import { ATTEMPTS } from '../../nodes/Sora/gateway/timeouts';
import { retry, type RetryOptions } from '../../nodes/Sora/flow/retry';
import { aMiss, nothingBought, rejection } from './builders';
import { START, VirtualClock } from './virtualClock';

/** As a paid request is made. */
const retrySubmission = async <T>(
	attempt: () => Promise<T>,
	tools: Pick<RetryOptions, 'clock' | 'signal' | 'onRetry'>,
) =>
	await retry(attempt, {
		...tools,
		attempts: ATTEMPTS.submission,
		repeats: 'not-bought',
		whenStopped: { advice: 'Nothing was bought for this item.' },
	});

/** Fails as often as there are failures, then gives a task ID. */
function attempts(...failures: unknown[]) {
	return jest.fn(async () => {
		const failure = failures.shift();
		if (failure !== undefined) throw failure;
		return await Promise.resolve('video_1');
	});
}

describe('a submission', () => {
	it('that is accepted is made once', async () => {
		const attempt = attempts();
		const clock = new VirtualClock();
		await expect(retrySubmission(attempt, { clock })).resolves.toBe('video_1');
		expect(attempt).toHaveBeenCalledTimes(1);
		expect(clock.sleeps).toStrictEqual([]);
	});

	it('is repeated while nothing was bought, with longer and longer waits', async () => {
		const attempt = attempts(nothingBought(), nothingBought(), nothingBought());
		const clock = new VirtualClock(() => 0.5);
		await expect(retrySubmission(attempt, { clock })).resolves.toBe('video_1');
		expect(attempt).toHaveBeenCalledTimes(4);
		expect(clock.sleeps).toStrictEqual([2_000, 4_000, 8_000]);
	});

	it('is repeated where there was no connection', async () => {
		const unreachable = new SoraFailure('unreachable', { repeatable: 'not-bought' });
		const attempt = attempts(unreachable);
		await retrySubmission(attempt, { clock: new VirtualClock() });
		expect(attempt).toHaveBeenCalledTimes(2);
	});

	it.each<FailureCategory>([
		'submission_uncertain',
		'gateway_trouble',
		'gateway_silent',
		'rate_limited',
		'moderation',
		'credential_invalid',
		'bad_request',
	])(
		'that ended in %s is never repeated unless it is known that nothing was bought',
		async (category) => {
			const failure = new SoraFailure(category);
			const attempt = attempts(failure);
			const clock = new VirtualClock();
			expect(await rejection(retrySubmission(attempt, { clock }))).toBe(failure);
			expect(attempt).toHaveBeenCalledTimes(1);
			expect(clock.sleeps).toStrictEqual([]);
		},
	);

	it.each([
		['a look that may be repeated', aMiss()],
		['an error of another kind', new TypeError('x')],
	])('is not repeated for %s', async (_, reason) => {
		const attempt = attempts(reason);
		expect(await rejection(retrySubmission(attempt, { clock: new VirtualClock() }))).toBe(reason);
		expect(attempt).toHaveBeenCalledTimes(1);
	});

	it('is given up after six attempts, with the last failure', async () => {
		const failures = Array.from({ length: 9 }, () => nothingBought());
		const sixth = failures[5];
		const attempt = attempts(...failures);
		const clock = new VirtualClock();
		expect(await rejection(retrySubmission(attempt, { clock }))).toBe(sixth);
		expect(ATTEMPTS.submission).toBe(6);
		expect(attempt).toHaveBeenCalledTimes(ATTEMPTS.submission);
		expect(clock.sleeps).toHaveLength(ATTEMPTS.submission - 1);
	});

	it('waits as long as Retry-After says', async () => {
		const clock = new VirtualClock();
		await retrySubmission(attempts(nothingBought(90_000)), { clock });
		expect(clock.elapsed()).toBe(90_000);
	});

	it('tells of every repetition, with its wait', async () => {
		const onRetry = jest.fn();
		const first = nothingBought(90_000);
		await retrySubmission(attempts(first, nothingBought()), {
			clock: new VirtualClock(() => 0.5),
			onRetry,
		});
		expect(onRetry.mock.calls).toStrictEqual([
			[first, 90_000],
			[expect.any(SoraFailure), 4_000],
		]);
	});

	it('is not made at all when the execution was stopped before', async () => {
		const attempt = attempts();
		const signal = AbortSignal.abort();
		const failure = await rejection(
			retrySubmission(attempt, { clock: new VirtualClock(), signal }),
		);
		expect(failure).toMatchObject({
			category: 'cancelled',
			advice: 'Nothing was bought for this item.',
		});
		expect(attempt).not.toHaveBeenCalled();
	});

	it('ends its wait at once when the execution is stopped', async () => {
		const clock = new VirtualClock();
		const stop = new AbortController();
		const attempt = attempts(nothingBought(600_000), nothingBought());
		const submission = rejection(retrySubmission(attempt, { clock, signal: stop.signal }));
		await clock.sleep(1_000);
		stop.abort();
		expect(await submission).toMatchObject({ category: 'cancelled' });
		expect(clock.elapsed()).toBe(1_000);
		expect(attempt).toHaveBeenCalledTimes(1);
	});

	it('that is accepted while the execution is stopped still gives its task ID', async () => {
		const stop = new AbortController();
		const attempt = async () => {
			stop.abort();
			return await Promise.resolve('video_1');
		};
		await expect(
			retrySubmission(attempt, { clock: new VirtualClock(), signal: stop.signal }),
		).resolves.toBe('video_1');
	});

	it('is never made again after anything else than a safe failure', async () => {
		const outcomes = fc.array(fc.constantFrom('safe', 'uncertain', 'bought'), { maxLength: 12 });
		await fc.assert(
			fc.asyncProperty(outcomes, async (list) => {
				let made = 0;
				const attempt = async () => {
					const outcome = list[made++] ?? 'bought';
					if (outcome === 'safe') throw nothingBought();
					if (outcome === 'uncertain') throw new SoraFailure('submission_uncertain');
					return await Promise.resolve('video_1');
				};
				await retrySubmission(attempt, { clock: new VirtualClock() }).catch(() => undefined);
				const firstOther = list.findIndex((outcome) => outcome !== 'safe');
				const expected = (firstOther < 0 ? list.length : firstOther) + 1;
				expect(made).toBe(Math.min(ATTEMPTS.submission, expected));
			}),
		);
	});
});

describe('what cannot change in a minute is not tried for a minute', () => {
	const unconnected = (category: 'unreachable' | 'tls_failed', lasting?: true) =>
		new SoraFailure(category, { repeatable: 'not-bought', nothingBought: true, lasting });

	it.each([
		['a connection that is refused', unconnected('unreachable'), 4],
		['a name that nobody knows', unconnected('unreachable', true), 2],
		['a certificate', unconnected('tls_failed', true), 2],
	])('%s', async (_, failure, most) => {
		for (const chance of [0, 0.5, 0.999]) {
			const clock = new VirtualClock(() => chance);
			const attempt = attempts(...Array<SoraFailure>(9).fill(failure));
			expect(await rejection(retrySubmission(attempt, { clock }))).toBe(failure);
			expect(attempt).toHaveBeenCalledTimes(most);
			expect(clock.elapsed()).toBeLessThanOrEqual(20_000);
		}
	});

	it('counts the time that the attempts themselves take', async () => {
		const clock = new VirtualClock();
		const attempt = jest.fn(async () => {
			await clock.sleep(8_000);
			throw unconnected('unreachable');
		});
		await rejection(retrySubmission(attempt, { clock }));
		expect(attempt).toHaveBeenCalledTimes(2);
		expect(clock.elapsed()).toBeLessThanOrEqual(20_000);
	});

	it('but a gateway that restarts is there again in time', async () => {
		const attempt = attempts(unconnected('unreachable'), unconnected('unreachable'));
		await expect(retrySubmission(attempt, { clock: new VirtualClock() })).resolves.toBe('video_1');
	});

	it('and other trouble before it does not count against it', async () => {
		const clock = new VirtualClock();
		const attempt = attempts(nothingBought(60_000), unconnected('unreachable'));
		await expect(retrySubmission(attempt, { clock })).resolves.toBe('video_1');
	});
});

describe('attempts within a time', () => {
	it('go on for that long after the first that failed, however many they are', async () => {
		const clock = new VirtualClock(() => 0.5);
		const starts: number[] = [];
		const last = await rejection(
			retry(
				async () => {
					starts.push(clock.elapsed());
					await clock.sleep(30_000);
					throw aMiss();
				},
				{ attempts: Number.POSITIVE_INFINITY, withinMs: 120_000, repeats: 'free', clock },
			),
		);
		expect(last).toMatchObject({ category: 'gateway_trouble' });
		expect(starts).toEqual([0, 32_000, 66_000, 104_000, 150_000]);
	});
});

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
