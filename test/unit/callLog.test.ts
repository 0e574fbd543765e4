import { LogLimit } from '../../nodes/Sora/trigger/callLog';
import { VirtualClock } from './virtualClock';

describe('lines about calls', () => {
	it('are written as they are while they are few', async () => {
		const clock = new VirtualClock();
		const limit = new LogLimit(clock);
		for (let line = 0; line < 100; line++) {
			expect(limit.admit(`line ${line}`)).toBe(`line ${line}`);
			await clock.sleep(4_000);
		}
	});

	it('are twenty a minute in a flood, which says how many are missing', async () => {
		const clock = new VirtualClock();
		const limit = new LogLimit(clock);
		const lines = Array.from({ length: 900 }, () => limit.admit('dropped'));
		expect(lines.filter((line) => line !== undefined)).toEqual([
			...Array.from({ length: 19 }, () => 'dropped'),
			'dropped (more such lines are left out for a minute)',
		]);
		await clock.sleep(60_000);
		expect(limit.admit('dropped')).toBe('dropped (880 lines like it were left out before)');
		expect(limit.admit('dropped')).toBe('dropped');
	});
});
