import fc from 'fast-check';

import { limiter } from '../../nodes/Sora/flow/limiter';
import { untilIdle, VirtualClock } from './virtualClock';

describe('a limiter', () => {
	it('never runs more jobs at a time than it has places, and runs all of them', async () => {
		const jobs = fc.array(fc.tuple(fc.nat({ max: 100 }), fc.boolean()), { maxLength: 30 });
		await fc.assert(
			fc.asyncProperty(fc.integer({ min: 1, max: 6 }), jobs, async (places, list) => {
				const clock = new VirtualClock();
				const limited = limiter(places);
				let running = 0;
				let most = 0;
				const outcomes = await Promise.allSettled(
					list.map(
						async ([ms, fails], index) =>
							await limited(async () => {
								most = Math.max(most, ++running);
								await clock.sleep(ms);
								running--;
								if (fails) throw new Error('no');
								return index;
							}),
					),
				);
				expect(most).toBe(Math.min(places, list.length));
				expect(outcomes.map(({ status }) => status)).toStrictEqual(
					list.map(([, fails]) => (fails ? 'rejected' : 'fulfilled')),
				);
			}),
		);
	});

	it('lets jobs in as they came', async () => {
		const clock = new VirtualClock();
		const limited = limiter(2);
		const begun: number[] = [];
		await Promise.all(
			[50, 10, 10, 10, 10].map(
				async (ms, index) =>
					await limited(async () => {
						begun.push(index);
						await clock.sleep(ms);
					}),
			),
		);
		expect(begun).toStrictEqual([0, 1, 2, 3, 4]);
		expect(clock.elapsed()).toBe(50);
	});

	it('gains no place when it hands one over', async () => {
		const clock = new VirtualClock();
		const limited = limiter(1);
		let running = 0;
		let most = 0;
		const job = async () =>
			await limited(async () => {
				most = Math.max(most, ++running);
				await clock.sleep(10);
				running--;
			});
		const early = [job(), job()];
		await clock.sleep(15);
		await Promise.all([...early, job(), job()]);
		expect(most).toBe(1);
		expect(clock.elapsed()).toBe(40);
	});

	it.each([
		[0, 1],
		[-3, 1],
		[0.5, 1],
		[2.9, 2],
		[Number.POSITIVE_INFINITY, 5],
	])('made with %s places lets %s of five jobs run', async (places, expected) => {
		const limited = limiter(places);
		let running = 0;
		for (let job = 0; job < 5; job++) {
			void limited(async () => {
				running++;
				await new Promise(() => undefined);
			});
		}
		await untilIdle();
		expect(running).toBe(expected);
	});
});
