import fc from 'fast-check';

import { canStandInPath, isUsableTaskId, readCalledTaskId } from '../../nodes/Sora/gateway/taskId';
import { WIRES } from '../../nodes/Sora/gateway/wires';

describe('a task ID in a path', () => {
	const ROUTE = '/v2/videos/generations/';

	it.each([
		['video_550e8400-e29b-41d4', 'video_550e8400-e29b-41d4'],
		['sora-2:task_01k6008', 'sora-2%3Atask_01k6008'],
		['veo3:1756693797-x y', 'veo3%3A1756693797-x%20y'],
		['a/b', 'a%2Fb'],
		['video?x=1#y', 'video%3Fx%3D1%23y'],
		['任务', '%E4%BB%BB%E5%8A%A1'],
		['a..b', 'a..b'],
		['..a', '..a'],
		['%41', '%2541'],
	])('%s is usable, and is one segment of it', (id, encoded) => {
		expect([isUsableTaskId(id), canStandInPath(id)]).toEqual([true, true]);
		expect(WIRES.tasks.generation(id)).toBe(ROUTE + encoded);
	});

	it.each([
		...['', '.', '..', '...', 'a/..', '../a', 'a/../b', 'a\\..\\b', ' .. '],
		...['%2e%2e', '%2E.', 'a%2f..%2fb', 'a\ud83d', '\udc00'],
	])('%j is not usable, and never becomes part of one', (id) =>
		expect([isUsableTaskId(id), canStandInPath(id)]).toEqual([false, false]),
	);

	it.each([' ', 'a\r\nb', 'a\u0000', 'a\u200b', 'a\u202eb', 'x'.repeat(1_001)])(
		'%j is rejected when entered, and harmless when a gateway gives it',
		(id) => {
			expect([isUsableTaskId(id), canStandInPath(id)]).toEqual([false, true]);
			expect(WIRES.tasks.generation(id)).toMatch(/^\/v2\/videos\/generations\/[\w%]+$/);
		},
	);

	it('means nothing but itself, whatever it is', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary' }), (id) => {
				fc.pre(canStandInPath(id));
				const { pathname } = new URL(`https://g.example${WIRES.tasks.generation(id)}`);
				expect(decodeURIComponent(pathname)).toBe(ROUTE + id);
			}),
			{ numRuns: 1_000 },
		);
	});
});

/** Each as a gateway's call may hold its task. */
const PLACES: Array<[string, (id: unknown) => unknown]> = [
	...['task_id', 'taskId', 'generation_id', 'id', 'jobId'].map(
		(name): [string, (id: unknown) => unknown] => [name, (id) => ({ [name]: id })],
	),
	['data.task_id', (id) => ({ code: 'success', data: { task_id: id } })],
	['data.id', (id) => ({ data: { id } })],
	['data.data.task_id', (id) => ({ data: { data: { task_id: id } } })],
	['output.task_id', (id) => ({ output: { task_id: id, task_status: 'SUCCEEDED' } })],
	['result.video_id', (id) => ({ result: { video_id: id } })],
	['a list in data', (id) => ({ data: [{ id }] })],
	['request_id', (id) => ({ request_id: id, status: 'OK' })],
	['task.id', (id) => ({ event: 'finished', task: { id, status: 'SUCCESS' } })],
	['data in a string', (id) => ({ data: JSON.stringify({ task_id: id }) })],
	['all of it in a string', (id) => JSON.stringify({ data: { task_id: id } })],
];

/** As gateways make them, and longer ones of all that a path can hold. */
const aTaskId = fc.oneof(
	fc
		.tuple(fc.constantFrom('', 'video_', 'sora-2-pro:', 'tenant/7/'), fc.uuid())
		.map((parts) => parts.join('')),
	fc.base64String({ minLength: 8, maxLength: 400 }),
	fc.stringMatching(/^[A-Za-z0-9_:@+=~,;|!*$&()-]{200,500}\/[a-z]\.[a-z]{3}$/),
);

it.each(PLACES)(
	'the task that a call is about is found as %s, whatever the form of its ID',
	(_, body) => {
		fc.assert(
			fc.property(aTaskId, (id) => {
				expect(readCalledTaskId(body(id))).toBe(id);
			}),
		);
		expect(readCalledTaskId(body(1234567890123))).toBe('1234567890123');
	},
);
