import fc from 'fast-check';

import { readCalledTaskId } from '../../nodes/Sora/gateway/taskId';
import { WIRES } from '../../nodes/Sora/gateway/wires';

/** Each as a gateway's call may hold its task. */
const PLACES: Array<[string, (id: unknown) => unknown]> = [
	['task_id', (id) => ({ task_id: id })],
	['taskId', (id) => ({ taskId: id })],
	['generation_id', (id) => ({ generation_id: id })],
	['id', (id) => ({ id })],
	['data.task_id', (id) => ({ code: 'success', data: { task_id: id } })],
	['data.taskId', (id) => ({ data: { taskId: id } })],
	['data.id', (id) => ({ data: { id } })],
	['data.data.task_id', (id) => ({ data: { data: { task_id: id } } })],
	['output.task_id', (id) => ({ output: { task_id: id, task_status: 'SUCCEEDED' } })],
	['jobId', (id) => ({ jobId: id })],
	['result.video_id', (id) => ({ result: { video_id: id } })],
	['a list in data', (id) => ({ data: [{ id }] })],
	['request_id', (id) => ({ request_id: id, status: 'OK' })],
	['task.id', (id) => ({ event: 'finished', task: { id, status: 'SUCCESS' } })],
	['data in a string', (id) => ({ data: JSON.stringify({ task_id: id }) })],
	['all of it in a string', (id) => JSON.stringify({ data: { task_id: id } })],
];

/** As gateways make them, and longer ones of all that a path can hold. */
const aTaskId = fc.oneof(
	fc.uuid().map((uuid) => `video_${uuid}`),
	fc.uuid(),
	fc.uuid().map((uuid) => `sora-2-pro:${uuid}`),
	fc.uuid().map((uuid) => `tenant/7/${uuid}`),
	fc.base64String({ minLength: 8, maxLength: 400 }),
	fc.stringMatching(/^[A-Za-z0-9_:@+=~,;|!*$&()-]{200,500}\/[a-z]\.[a-z]{3}$/),
);

/** A record so deep. */
function nested(depth: number): unknown {
	let inner: unknown = {};
	for (let level = 0; level < depth; level++) inner = { data: inner };
	return inner;
}

describe('the task that a call is about', () => {
	it.each(PLACES)('is found as %s, whatever the form of its ID', (_, body) => {
		fc.assert(
			fc.property(aTaskId, (id) => {
				expect(readCalledTaskId(body(id))).toBe(id);
			}),
		);
		expect(readCalledTaskId(body(1234567890123))).toBe('1234567890123');
	});

	it('is nothing that leads elsewhere in a path or breaks a line, whatever the call', () => {
		fc.assert(
			fc.property(
				fc.oneof(
					fc.anything(),
					fc.json(),
					fc.dictionary(fc.constantFrom('task_id', 'id', 'data'), fc.string({ unit: 'binary' })),
				),
				(body) => {
					const id = readCalledTaskId(body);
					if (id === undefined) return;
					expect(id).toMatch(/^[^\s\p{C}]{1,1000}$/u);
					const url = new URL(WIRES.tasks.generation(id), 'https://gateway.example');
					expect(url.pathname).toBe(WIRES.tasks.generation(id));
				},
			),
			{ numRuns: 500 },
		);
	});

	it.each<[string, (size: number) => unknown]>([
		['an endless ID', (size) => ({ task_id: 'a/'.repeat(size) })],
		['endless dots', (size) => ({ task_id: './'.repeat(size) })],
		['endless blanks', (size) => ({ data: ' '.repeat(size) })],
		['endless records within records', (size) => nested(Math.min(size, 1 << 12))],
		[
			'endless records',
			(size) => Object.fromEntries(Array.from({ length: size / 16 }, (_, i) => [`k${i}`, { i }])),
		],
	])('takes no more than its share of time for %s', (_, input) => {
		const fastest = (size: number) => {
			const body = input(size);
			const times = Array.from({ length: 7 }, () => {
				const since = performance.now();
				readCalledTaskId(body);
				return performance.now() - since;
			});
			return Math.min(...times);
		};
		const small = fastest(1 << 13);
		// Sixteen times as much; what is quadratic takes 256 times as long.
		expect(fastest(1 << 17)).toBeLessThan(100 * small + 20);
	});
});
