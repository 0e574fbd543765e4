import fc from 'fast-check';

import { EditorMemory } from '../../nodes/Sora/tasks/editorMemory';
import { START } from './virtualClock';

const HOUR = 3_600_000;
const press = (
	executionId: string,
	changes: Partial<Parameters<EditorMemory['take']>[0]> = {},
) => ({
	key: 'workflow node digest',
	executionId,
	slot: '0:0',
	now: START,
	...changes,
});
const purchase = { taskId: 'video_1', at: START };

const memoryOf = (...presses: Array<ReturnType<typeof press>>) => {
	const memory = new EditorMemory();
	for (const each of presses) memory.note(each, { purchase });
	return memory;
};

describe('what was bought in the editor', () => {
	it('is reused by the next press, and by the one after it', () => {
		const memory = memoryOf(press('1'));
		for (const id of ['2', '3']) expect(memory.take(press(id))).toMatchObject({ purchase });
	});

	it.each([
		['the press that bought it', '1', {}],
		['another node or request', '2', { key: 'workflow other digest' }],
		['a press a day later', '2', { now: START + 24 * HOUR }],
	])('is not reused by %s', (_, id, changes) => {
		const own = press(id, { slot: '0:1', ...changes });
		const memory = memoryOf(press('1'));
		expect(memory.take(own)).toBeUndefined();
		expect(memory.knows(own)).toBe(id === '1');
	});

	it('is known a day after it was bought, however often it was reused', () => {
		const memory = memoryOf(press('1'));
		memory.take(press('2', { now: START + 23 * HOUR }));
		expect(memory.take(press('3', { now: START + 23.9 * HOUR }))).toBeDefined();
		expect(memory.take(press('4', { now: START + 24 * HOUR }))).toBeUndefined();
	});

	it('is unknown where a request was sent and never answered, with what was said of it', () => {
		const memory = new EditorMemory();
		memory.note(press('1'));
		memory.note(press('1'), { said: { words: 'connection lost' } });
		expect(memory.take(press('2'))).toEqual({
			...{ said: { words: 'connection lost' }, at: START },
			...{ executionIds: ['1'], slot: '0:0' },
		});
		expect(memory.take(press('2', { slot: '0:1' }))).toBeUndefined();
	});

	it('is forgotten where it came to nothing, by whoever used it last', () => {
		const memory = memoryOf(press('1'));
		memory.take(press('2'));
		memory.forget(press('1'));
		expect(memory.knows(press('3'))).toBe(true);
		memory.forget(press('2'));
		expect(memory.knows(press('3'))).toBe(false);
	});

	it('is what was bought last, each item of it once', () => {
		const memory = new EditorMemory();
		memory.note(press('1'), { purchase: { taskId: 'old', at: START } });
		for (const item of [0, 1]) {
			const bought = { taskId: `new-${item}`, at: START };
			memory.note(press('2', { slot: `0:${item}` }), { purchase: bought });
		}
		const ids = [0, 1, 2].map(
			(item) => memory.take(press('3', { slot: `0:${item}` }))?.purchase?.taskId,
		);
		expect(ids).toEqual(['new-0', 'new-1', 'old']);
	});

	it('is bounded, also for one request', () => {
		const memory = new EditorMemory();
		for (let count = 0; count < 1_500; count++) memory.note(press(`${count}`), { purchase });
		let taken = 0;
		while (memory.take(press('last', { slot: `0:${taken}` }))) taken++;
		expect(taken).toBe(1_000);
	});

	it('is never given to two items of an execution', () => {
		const step = fc.record({
			buys: fc.boolean(),
			execution: fc.integer({ min: 1, max: 4 }),
			item: fc.integer({ min: 0, max: 3 }),
		});
		fc.assert(
			fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
				const memory = new EditorMemory();
				const given = new Map<string, Set<string>>();
				steps.forEach(({ buys, execution, item }, number) => {
					const own = press(`${execution}`, { slot: `0:${item}:${number}` });
					const seen = given.get(own.executionId) ?? new Set();
					given.set(own.executionId, seen);
					const taken = memory.take(own)?.purchase?.taskId;
					expect(taken !== undefined && seen.has(taken)).toBe(false);
					if (taken !== undefined) seen.add(taken);
					else if (buys) {
						memory.note(own, { purchase: { taskId: `video_${number}`, at: START } });
						seen.add(`video_${number}`);
					}
				});
			}),
		);
	});
});
