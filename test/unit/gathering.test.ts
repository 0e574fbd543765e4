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

	it('tell one that waits for the others when they do nothing more while something is open', async () => {
		const gathering = new Gathering(3);
		let isTold = false;
		void gathering.othersAreDone(2).then(() => (isTold = true));
		void gathering.arrive(0, true);
		await untilIdle();
		expect(isTold).toBe(false);
		gathering.leave(1);
		await untilIdle();
		expect(isTold).toBe(true);
	});

	it('do not tell it where nothing is open: it goes on by itself', async () => {
		const gathering = new Gathering(2);
		let isTold = false;
		void gathering.othersAreDone(1).then(() => (isTold = true));
		gathering.leave(0);
		await untilIdle();
		expect(isTold).toBe(false);
	});
});
