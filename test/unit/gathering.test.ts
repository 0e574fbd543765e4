import { Gathering } from '../../nodes/Sora/tasks/gathering';
import { untilIdle } from './virtualClock';

describe('items that decide together', () => {
	it('wait for the last of them, and all learn whether anything is open', async () => {
		const gathering = new Gathering(3);
		const learnt: boolean[] = [];
		const arrive = (item: number, isOpen: boolean) =>
			void gathering.arrive(item, isOpen).then((open) => learnt.push(open));
		arrive(0, false);
		arrive(1, true);
		await untilIdle();
		expect(learnt).toEqual([]);
		arrive(2, false);
		await untilIdle();
		expect(learnt).toEqual([true, true, true]);
	});

	it('do not wait for one that has ended in another way', async () => {
		const gathering = new Gathering(2);
		gathering.leave(1);
		expect(await gathering.arrive(0, false)).toBe(false);
	});
});
