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
const facts = fc.record(
	{ detail: text, words: text, advice: text, taskId: text, httpStatus: fc.nat() },
	{ requiredKeys: [] },
);
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
		.array(fc.tuple(index, category, facts))
		.map((all) => new Map(all.map(([item, name, said]) => [item, new SoraFailure(name, said)]))),
	wasCalled: fc.boolean(),
});

const field = fc.constantFrom('until', 'gateway', 'failedTries', 'tasks', 'failures', 'kind');

describe('what a parked run has stored', () => {
	it('is read as it was written', () => {
		fc.assert(
			fc.property(state, (given) => {
				const read = readState(stored(storedState(given)));
				expect({ ...read, failures: undefined }).toEqual({ ...given, failures: undefined });
				const told = (failures?: Map<number, SoraFailure>) =>
					[...(failures ?? [])].map(([item, { category, facts }]) => [item, category, facts]);
				expect(told(read?.failures)).toEqual(told(given.failures));
			}),
		);
	});

	it('is read without a failure, whatever it is', () => {
		fc.assert(
			fc.property(fc.anything(), fc.jsonValue(), state, field, (any, json, given, name) => {
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
			until: 'soon',
			failedTries: -1,
			wasCalled: 'twice',
			tasks: [
				{ itemIndex: 0, taskId: 'video_1', hasEnded: 'not yet', parked: { until: 'soon' } },
				...[undefined, 0.5, -1, '1'].map((itemIndex) => ({ itemIndex, taskId: 'video_2' })),
				{ itemIndex: 1, taskId: 7 },
				...['video_3', null],
			],
			failures: [
				{ itemIndex: 1, category: 'of_the_future', words: 'as it said', httpStatus: '400' },
				{ itemIndex: 2, category: 'toString' },
				{ category: 'quota' },
			],
			more: {},
		});
		expect(read).toMatchObject({ until: START, failedTries: 0, wasCalled: false });
		expect(read?.tasks).toEqual([{ itemIndex: 0, taskId: 'video_1', hasEnded: false }]);
		const failures = [...(read?.failures ?? [])];
		expect(failures.map(([item, { category, facts }]) => [item, category, facts])).toEqual([
			[1, 'unexpected', { words: 'as it said' }],
			[2, 'unexpected', {}],
		]);
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
