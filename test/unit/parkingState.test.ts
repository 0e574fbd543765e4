import fc from 'fast-check';

import { FAILURES, SoraFailure, type FailureCategory } from '../../nodes/Sora/gateway/failures';
import {
	readAwaitedCall,
	readState,
	storedState,
	type ParkingState,
} from '../../nodes/Sora/parking/parkingState';
import { START } from './virtualClock';

/** As n8n stores it and loads it again. */
const stored = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

const category = fc.constantFrom(...(Object.keys(FAILURES) as FailureCategory[]));
const text = fc.string({ minLength: 1 });
const index = fc.nat();
const state: fc.Arbitrary<ParkingState> = fc.record({
	executionId: text,
	actionId: text,
	kind: fc.constantFrom('probe', 'parked'),
	beganAt: fc.integer({ min: 0 }),
	until: fc.integer({ min: 0 }),
	gateway: fc.option(text, { nil: undefined }),
	hookedTaskId: fc.option(text, { nil: undefined }),
	failedTries: index,
	tasks: fc.array(
		fc.record(
			{
				itemIndex: index,
				taskId: text,
				hasEnded: fc.boolean(),
				parked: fc.record({ until: fc.integer({ min: 0 }) }),
			},
			{ requiredKeys: ['itemIndex', 'taskId', 'hasEnded'] },
		),
	),
	failures: fc
		.array(fc.tuple(index, category, fc.option(text, { nil: undefined })))
		.map(
			(found) =>
				new Map(found.map(([item, name, words]) => [item, new SoraFailure(name, { words })])),
		),
	wasCalled: fc.boolean(),
});

describe('what a parked run has stored', () => {
	it('is read as it was written', () => {
		fc.assert(
			fc.property(state, (given) => {
				const read = readState(stored(storedState(given)));
				expect({ ...read, failures: undefined }).toEqual({ ...given, failures: undefined });
				const told = (failures?: Map<number, SoraFailure>) =>
					[...(failures ?? [])].map(([item, { category, facts }]) => [item, category, facts.words]);
				expect(told(read?.failures)).toEqual(told(given.failures));
			}),
		);
	});

	it('is read without a failure, whatever it is', () => {
		fc.assert(
			fc.property(fc.anything(), fc.jsonValue(), state, text, (any, json, given, name) => {
				expect(() => [readState(any), readAwaitedCall(any)]).not.toThrow();
				expect(() => readState({ ...storedState(given), [name]: json })).not.toThrow();
			}),
		);
	});

	it.each([
		['no execution', { executionId: undefined }],
		['no action', { actionId: 7 }],
		['an unknown kind', { kind: 'frozen' }],
		['no beginning', { beganAt: null }],
	])('is nothing where it has %s', (_, changes) => {
		const [whole] = fc.sample(state, 1);
		expect(readState({ ...storedState(whole as ParkingState), ...changes })).toBeUndefined();
	});

	it('of a newer version is read as far as it is certain', () => {
		const read = readState({
			version: 9,
			executionId: '7',
			actionId: 'a',
			kind: 'parked',
			beganAt: START,
			tasks: [{ itemIndex: 0, taskId: 'video_1', phase: 'new' }, { taskId: 'video_2' }, 'video_3'],
			failures: [{ itemIndex: 1, category: 'of_the_future', words: 'as the gateway said' }],
			more: {},
		});
		expect(read?.tasks).toEqual([{ itemIndex: 0, taskId: 'video_1', hasEnded: false }]);
		expect(read?.failures.get(1)).toMatchObject({
			category: 'unexpected',
			facts: { words: 'as the gateway said' },
		});
	});
});

describe('the call that a parked run awaits', () => {
	it('is read as it was written', () => {
		const awaited = { taskId: 'video_1', until: START };
		expect(readAwaitedCall(stored(awaited))).toEqual(awaited);
	});

	it.each([undefined, null, {}, { until: 1 }, { taskId: 'a' }, { taskId: 7, until: 1 }])(
		'is none in %j',
		(found) => expect(readAwaitedCall(found)).toBeUndefined(),
	);
});
