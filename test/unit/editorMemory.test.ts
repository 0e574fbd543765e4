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

describe('what was bought in the editor', () => {
	it('is taken up by the next press, and by the one after it', () => {
		const memory = new EditorMemory();
		memory.note(press('1'), purchase);
		expect(memory.take(press('2'))).toEqual({ purchase, at: START });
		expect(memory.take(press('3'))).toEqual({ purchase, at: START });
	});

	it('is not taken up by the press that bought it, nor twice by another one', () => {
		const memory = new EditorMemory();
		memory.note(press('1'), purchase);
		expect(memory.take(press('1', { slot: '0:1' }))).toBeUndefined();
		memory.take(press('2'));
		expect(memory.take(press('2', { slot: '0:1' }))).toBeUndefined();
	});

	it('is another matter for another node or request', () => {
		const memory = new EditorMemory();
		memory.note(press('1'), purchase);
		expect(memory.take(press('2', { key: 'workflow other digest' }))).toBeUndefined();
	});

	it('is unknown where a request was sent and never answered', () => {
		const memory = new EditorMemory();
		memory.note(press('1'));
		expect(memory.take(press('2'))).toEqual({ purchase: undefined, at: START });
	});

	it('is forgotten where it came to nothing, and after a day', () => {
		const memory = new EditorMemory();
		memory.note(press('1'), purchase);
		expect(memory.take(press('2', { now: START + 25 * HOUR }))).toBeUndefined();
		memory.forget(press('1'));
		expect(memory.take(press('2'))).toBeUndefined();
	});

	it('is what was bought last, each item of it once', () => {
		const memory = new EditorMemory();
		memory.note(press('1'), { taskId: 'old', at: START });
		for (const item of [0, 1]) {
			memory.note(press('2', { slot: `0:${item}` }), { taskId: `new-${item}`, at: START });
		}
		const ids = [0, 1, 2].map(
			(item) => memory.take(press('3', { slot: `0:${item}` }))?.purchase?.taskId,
		);
		expect(ids).toEqual(['new-0', 'new-1', 'old']);
	});

	it('is bounded, whoever presses what how often', () => {
		const memory = new EditorMemory();
		for (let count = 0; count < 3_000; count++) {
			memory.note(press(`${count}`, { key: `key ${count % 1_500}` }), purchase);
		}
		const kept = Array.from({ length: 1_500 }, (_, number) =>
			memory.take(press('last', { key: `key ${number}`, slot: `0:${number}` })),
		).filter(Boolean);
		expect(kept.length).toBeLessThanOrEqual(1_000);
		expect(kept.length).toBeGreaterThan(300);
	});

	it('never hands one purchase to two items of an execution', () => {
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
						memory.note(own, { taskId: `video_${number}`, at: START });
						seen.add(`video_${number}`);
					}
				});
			}),
		);
	});
});
