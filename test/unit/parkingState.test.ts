import fc from 'fast-check';

import { FAILURES, SoraFailure, type FailureCategory } from '../../nodes/Sora/gateway/failures';
import {
	readAwaitedCalls,
	readState,
	storedAwaitedCalls,
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
	kind: fc.constantFrom('probe', 'checkpoint', 'parked'),
	beganAt: fc.integer({ min: 0 }),
	failedTries: index,
	tasks: fc.array(
		fc.record({ itemIndex: index, taskId: text, hasEnded: fc.boolean(), isReused: fc.boolean() }),
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
				expect(() => [readState(any), readAwaitedCalls(any)]).not.toThrow();
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

	// Never change this text: executions that were parked with it may still lie in a database.
	it('with version 1 is read by every later version', () => {
		const read = readState(
			JSON.parse(
				`{"version":1,"executionId":"231","actionId":"n8n-nodes-sora:0b1c","kind":"parked",
				"beganAt":1795622400000,"failedTries":1,"wasCalled":true,
				"tasks":[{"taskId":"video_1","hasEnded":false,"isReused":true,"itemIndex":0},
				{"taskId":"video_2","hasEnded":true,"isReused":false,"itemIndex":2}],
				"failures":[{"itemIndex":1,"category":"bad_request","words":"no such size","httpStatus":400}]}`,
			),
		);
		expect(read).toMatchObject({
			executionId: '231',
			actionId: 'n8n-nodes-sora:0b1c',
			kind: 'parked',
			beganAt: 1_795_622_400_000,
			failedTries: 1,
			wasCalled: true,
			tasks: [
				{ itemIndex: 0, taskId: 'video_1', hasEnded: false, isReused: true },
				{ itemIndex: 2, taskId: 'video_2', hasEnded: true, isReused: false },
			],
		});
		expect(read?.failures.get(1)).toMatchObject({
			category: 'bad_request',
			facts: { words: 'no such size', httpStatus: 400 },
		});
		expect(readAwaitedCalls(JSON.parse('{"version":1,"taskIds":["video_1"]}'))).toEqual({
			taskIds: ['video_1'],
		});
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
		expect(read?.tasks).toEqual([
			{ itemIndex: 0, taskId: 'video_1', hasEnded: false, isReused: false },
		]);
		expect(read?.failures.get(1)).toMatchObject({
			category: 'unexpected',
			facts: { words: 'as the gateway said' },
		});
	});
});

describe('the calls that a parked run awaits', () => {
	it('are read as they were written', () => {
		const awaited = { taskIds: ['video_1', 'video_2'] };
		expect(readAwaitedCalls(stored(storedAwaitedCalls(awaited)))).toEqual(awaited);
	});

	it.each([undefined, null, {}, { taskIds: [] }, { taskIds: 'video_1' }, { taskIds: [7, ''] }])(
		'are none in %j',
		(found) => expect(readAwaitedCalls(found)).toBeUndefined(),
	);
});
