import fc from 'fast-check';

import { systemClock } from '../../nodes/Sora/flow/clock';
import { limiter } from '../../nodes/Sora/flow/limiter';
import { retry, type RetryOptions } from '../../nodes/Sora/flow/retry';
import { retryAfterMs } from '../../nodes/Sora/gateway/failedAnswer';
import { SoraFailure } from '../../nodes/Sora/gateway/failures';
import { ATTEMPTS } from '../../nodes/Sora/gateway/timeouts';
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

const unconnected = (category: 'unreachable' | 'tls_failed', lasting?: true) =>
	new SoraFailure(category, { repeatable: 'not-bought', nothingBought: true, lasting });

describe('a submission', () => {
	it('is retried while nothing was bought, with increasing waits, and logs it', async () => {
		const onRetry = jest.fn();
		const failures = [nothingBought(), unconnected('unreachable'), nothingBought()];
		const attempt = attempts(...failures);
		const clock = new VirtualClock(() => 0.5);
		await expect(retrySubmission(attempt, { clock, onRetry })).resolves.toBe('video_1');
		expect(attempt).toHaveBeenCalledTimes(4);
		expect(clock.sleeps).toStrictEqual([2_000, 4_000, 8_000]);
		expect(onRetry.mock.calls.map(([, waitMs]) => waitMs as number)).toEqual(clock.sleeps);
	});

	it.each([
		...(['submission_uncertain', 'gateway_silent', 'rate_limited', 'moderation'] as const).map(
			(category) => new SoraFailure(category),
		),
		aMiss(),
		new TypeError('x'),
	])('is never retried unless nothing was certainly bought: %s', async (failure) => {
		const attempt = attempts(failure);
		const clock = new VirtualClock();
		expect(await rejection(retrySubmission(attempt, { clock }))).toBe(failure);
		expect(attempt).toHaveBeenCalledTimes(1);
		expect(clock.sleeps).toStrictEqual([]);
	});

	it('waits as long as Retry-After says', async () => {
		const clock = new VirtualClock();
		await retrySubmission(attempts(nothingBought(90_000)), { clock });
		expect(clock.elapsed()).toBe(90_000);
	});

	it.each([0, 1])('is not sent once the execution is stopped (after %i attempts)', async (made) => {
		const clock = new VirtualClock();
		const stop = new AbortController();
		const attempt = attempts(nothingBought(600_000), nothingBought());
		if (!made) stop.abort();
		const submission = rejection(retrySubmission(attempt, { clock, signal: stop.signal }));
		await clock.sleep(1_000);
		stop.abort();
		const advice = 'Nothing was bought for this item.';
		expect(await submission).toMatchObject({ category: 'cancelled', advice });
		expect(clock.elapsed()).toBe(1_000);
		expect(attempt).toHaveBeenCalledTimes(made);
	});

	it('that is accepted while the execution is stopped still returns its task ID', async () => {
		const stop = new AbortController();
		const attempt = async () => {
			stop.abort();
			return await Promise.resolve('video_1');
		};
		const tools = { clock: new VirtualClock(), signal: stop.signal };
		await expect(retrySubmission(attempt, tools)).resolves.toBe('video_1');
	});

	it('is sent six times at most, and never again after anything but a safe failure', async () => {
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
				expect(made).toBe(Math.min(6, (firstOther < 0 ? list.length : firstOther) + 1));
			}),
		);
	});
});

describe('a lasting failure is not retried for a minute', () => {
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

	it('counts from the first failure of that kind, the time of attempts included', async () => {
		const clock = new VirtualClock();
		const slow = jest.fn(async () => {
			await clock.sleep(8_000);
			throw unconnected('unreachable');
		});
		await rejection(retrySubmission(slow, { clock }));
		expect(slow).toHaveBeenCalledTimes(2);
		const attempt = attempts(nothingBought(60_000), unconnected('unreachable'));
		await expect(retrySubmission(attempt, { clock })).resolves.toBe('video_1');
	});
});

it('attempts within a time continue for that long after the first failure', async () => {
	const clock = new VirtualClock(() => 0.5);
	const starts: number[] = [];
	const attempt = async () => {
		starts.push(clock.elapsed());
		await clock.sleep(30_000);
		throw aMiss();
	};
	const options = { attempts: Number.POSITIVE_INFINITY, withinMs: 120_000, clock };
	const last = await rejection(retry(attempt, { ...options, repeats: 'free' }));
	expect(last).toMatchObject({ category: 'gateway_trouble' });
	expect(starts).toEqual([0, 32_000, 66_000, 104_000, 150_000]);
});

const MINUTE = 60_000;
const inSeconds = (seconds: number) => new Date(START + seconds * 1_000).toUTCString();

describe('Retry-After', () => {
	it.each<[string, number | undefined]>([
		['1', 1_000],
		[' 30 ', 30_000],
		['0.5', 500],
		[inSeconds(20), 20_000],
		['86400', 15 * MINUTE],
		[inSeconds(86_400), 15 * MINUTE],
		...['', '  ', '0', '-5', 'soon', 'NaN', 'Infinity', inSeconds(0), inSeconds(-60)].map(
			(header): [string, undefined] => [header, undefined],
		),
	])('of "%s" is obeyed, within reason', (header, wait) => {
		expect(retryAfterMs(header, START)).toBe(wait);
	});

	it('is a valid wait, or none, whatever a gateway sends', () => {
		fc.assert(
			fc.property(fc.oneof(fc.string(), fc.double().map(String), fc.anything()), (header) => {
				const wait = retryAfterMs(header, START) ?? 1;
				expect(wait > 0 && wait <= 15 * MINUTE).toBe(true);
			}),
		);
	});
});

describe('a limiter', () => {
	it('never runs more jobs at a time than it has places, and runs all of them in order', async () => {
		const jobs = fc.array(fc.tuple(fc.nat({ max: 100 }), fc.boolean()), { maxLength: 30 });
		await fc.assert(
			fc.asyncProperty(fc.integer({ min: 1, max: 6 }), jobs, async (places, list) => {
				const clock = new VirtualClock();
				const limited = limiter(places);
				const begun: number[] = [];
				let running = 0;
				let most = 0;
				const outcomes = await Promise.allSettled(
					list.map(
						async ([ms, fails], index) =>
							await limited(async () => {
								begun.push(index);
								most = Math.max(most, ++running);
								await clock.sleep(ms);
								running--;
								if (fails) throw new Error('no');
							}),
					),
				);
				expect(begun).toEqual(list.map((_, index) => index));
				expect(most).toBe(Math.min(places, list.length));
				expect(outcomes.map(({ status }) => status)).toStrictEqual(
					list.map(([, fails]) => (fails ? 'rejected' : 'fulfilled')),
				);
			}),
		);
	});

	it('gains no place when it passes one on', async () => {
		const clock = new VirtualClock();
		const limited = limiter(1);
		const job = async () => await limited(async () => await clock.sleep(10));
		const early = [job(), job()];
		await clock.sleep(15);
		await Promise.all([...early, job(), job()]);
		expect(clock.elapsed()).toBe(40);
	});
});

it('the system clock wakes at once when the signal aborts, and rejects', async () => {
	const stop = new AbortController();
	const started = systemClock.now();
	const sleeping = rejection(systemClock.sleep(60_000, stop.signal));
	stop.abort(new Error('stopped'));
	expect(await sleeping).toMatchObject({ message: expect.stringMatching(/stopped/) });
	expect(systemClock.now() - started).toBeLessThan(60_000);
	await expect(rejection(systemClock.sleep(1, stop.signal))).resolves.toBeDefined();
});
