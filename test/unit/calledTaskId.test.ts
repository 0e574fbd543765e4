import fc from 'fast-check';

import { readCalledTaskId } from '../../nodes/Sora/gateway/calledTaskId';
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

	it.each(['server_error', 'get_origin_task_failed'])('is found beside the error %s', (code) => {
		const body = { task_id: 'v1-2345', status: 'FAILURE', error: { code, message: 'No' } };
		expect(readCalledTaskId(body)).toBe('v1-2345');
	});

	it('is found where it is all that the call holds', () => {
		expect(readCalledTaskId({ code: 'success', data: 'video_7f3a9c21' })).toBe('video_7f3a9c21');
	});

	it.each([
		[
			'an event with an ID of its own',
			{ id: 'evt_1', type: 'video.completed', data: { id: 'v1' } },
		],
		['an event with a task inside', { id: 'evt_1', event: 'done', payload: { task_id: 'v1' } }],
		['a task with the ID of its model', { id: 'v1', model: { id: 'sora-2' } }],
		['a task whose data has an ID too', { id: 'v1', status: 'SUCCESS', data: { id: 'file_9' } }],
		['an envelope with an ID of its own', { id: 'req_1', data: { task_id: 'v1' } }],
		['an envelope whose task has a status', { id: 'req_1', data: { id: 'v1', state: 'done' } }],
		['a task with a task inside', { task_id: 'v1', data: { origin: { task_id: 'v0' } } }],
		['a task with the ID of its request', { request_id: 'r9', data: { id: 'v1' } }],
		['a task with the ID of its file', { video_id: 'file_9', taskId: 'v1' }],
		['an ID that is none beside one that is', { task_id: '', id: 'v1' }],
	])('is the right one in %s', (_, body) => {
		expect(readCalledTaskId(body)).toBe('v1');
	});

	it.each([
		['nothing', undefined],
		['null', null],
		['an empty text', ''],
		['an object', { id: 1 }],
		['a path', '../../v1/models'],
		['a path in an ID', 'video_1/../../v1/models'],
		['a path as some servers read it', 'video_1/..;x=1/v1/models'],
		['an escaped path', '%2e%2e%2fv1%2fmodels'],
		['a Windows path', '..\\v1'],
		['one dot', '.'],
		['two dots', '..'],
		['a query', 'video_1?x=1'],
		['a fragment', 'video_1#x'],
		['an address', 'https://files.example/1.mp4'],
		['a blank', 'video 1'],
		['a line break', 'video_1\r\nX: 1'],
		['a NUL', 'video_1\0'],
		['a lone surrogate', 'video_\ud800'],
		['a direction mark', 'video_\u202e1'],
		['a novel', 'v'.repeat(1_001)],
		['true', true],
	])('is not %s', (_, value) => {
		expect(readCalledTaskId({ task_id: value })).toBeUndefined();
	});

	it.each([undefined, null, 5, true, '', 'video_1', '"video_1"', '{', [{ task_id: 'video_1' }]])(
		'is not searched for in %j',
		(body) => {
			expect(readCalledTaskId(body)).toBeUndefined();
		},
	);

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
