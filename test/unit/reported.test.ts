import { Reported, type SavedMemory } from '../../nodes/Sora/trigger/reported';

const reading = (saved: SavedMemory) => {
	const reported = new Reported();
	reported.read(saved);
	return reported;
};

/** As it comes back from n8n's database. */
function saved(reported: Reported, before: SavedMemory = {}): SavedMemory {
	reported.write(before);
	return JSON.parse(JSON.stringify(before)) as SavedMemory;
}

describe('what was reported', () => {
	it('is known again from what was saved, to the outcome', () => {
		const reported = new Reported();
		reported.add('v1', 'succeeded');
		reported.add('v2', 'failed');
		reported.add('v3', 'running');
		const again = reading(saved(reported));
		expect(again.has('v1', 'succeeded')).toBe(true);
		expect(again.has('v2', 'failed')).toBe(true);
		expect(again.has('v2', 'succeeded')).toBe(false);
		expect(again.has('v3', 'running')).toBe(false);
		expect([again.isSettled('v1'), again.isSettled('v2')]).toEqual([true, false]);
	});

	it.each<SavedMemory>([
		{ reported: null },
		{ reported: 'v1' },
		{ reported: { v1: 'succeeded' } },
		{ reported: [null, 5, 'v1', [], {}, { taskId: 1, outcome: 'failed' }, { taskId: 'v1' }] },
		{ reported: [{ taskId: 'v1', outcome: 'eaten' }] },
	])('is nothing where somebody has spoilt it: %j', (spoilt) => {
		expect(saved(reading(spoilt))).toEqual({ reported: [] });
	});

	it('forgets the oldest first, also where IDs are numbers', () => {
		const reported = new Reported();
		for (let id = 10_000; id > 0; id--) reported.add(String(id), 'succeeded');
		expect([reported.isSettled('1'), reported.isSettled('5000')]).toEqual([true, true]);
		expect(reported.isSettled('5001')).toBe(false);
		const { reported: kept } = saved(reported) as { reported: unknown[] };
		expect(kept).toHaveLength(500);
		expect(kept.at(-1)).toEqual({ taskId: '1', outcome: 'succeeded' });
		expect(kept[0]).toEqual({ taskId: '500', outcome: 'succeeded' });
	});

	it('keeps its own knowledge where what another process saved is older', () => {
		const reported = reading({ reported: [{ taskId: 'v1', outcome: 'failed' }] });
		reported.add('v1', 'succeeded');
		expect(reported.read({ reported: [{ taskId: 'v1', outcome: 'failed' }] })).toEqual([]);
		expect(reported.isSettled('v1')).toBe(true);
	});

	it('takes a later success over from another process', () => {
		const reported = reading({ reported: [{ taskId: 'v1', outcome: 'failed' }] });
		reported.read({ reported: [{ taskId: 'v1', outcome: 'succeeded' }] });
		expect(reported.isSettled('v1')).toBe(true);
	});
});
