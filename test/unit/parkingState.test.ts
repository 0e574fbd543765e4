import fc from 'fast-check';

import { FAILURES, SoraFailure, type FailureCategory } from '../../nodes/Sora/gateway/failures';
import { readState, storedState, type ParkingState } from '../../nodes/Sora/parking/parkingState';
import { START } from './virtualClock';

/** As n8n stores it and loads it again. */
const stored = (state: ParkingState) =>
	JSON.parse(JSON.stringify(storedState(state))) as Record<string, unknown>;

const state: ParkingState = {
	executionId: '7',
	actionId: 'a',
	kind: 'parked',
	beganAt: START,
	until: START + 1,
	gateway: 'digest',
	hookedTaskId: 'video_1',
	failedTries: 2,
	tasks: [{ itemIndex: 0, taskId: 'video_1', hasEnded: false, parked: { until: START + 1 } }],
	failures: new Map(),
	wasCalled: true,
};

describe('what a parked run has stored', () => {
	it('is read as it was written, with what an item says about its failure', () => {
		const text = fc.string({ minLength: 1 });
		const category = fc.constantFrom(...(Object.keys(FAILURES) as FailureCategory[]));
		const facts = fc.record(
			{ detail: text, words: text, advice: text, taskId: text, httpStatus: fc.nat() },
			{ requiredKeys: [] },
		);
		fc.assert(
			fc.property(category, facts, (name, said) => {
				const failures = new Map([[3, new SoraFailure(name, { ...said, repeatable: 'free' })]]);
				const { failures: read, ...rest } = readState(stored({ ...state, failures })) ?? {};
				expect({ ...rest, failures: undefined }).toMatchObject({ ...state, failures: undefined });
				const { category: again, facts: kept } = read?.get(3) ?? {};
				expect([again, kept]).toEqual([name, said]);
			}),
		);
	});

	it.each<[string, unknown]>([
		['nothing', undefined],
		['no state', 7],
		['another format', { ...stored(state), format: 99 }],
		['no beginning', { ...stored(state), beganAt: null }],
	])('is ignored if it is %s', (_, found) => expect(readState(found)).toBeUndefined());
});
