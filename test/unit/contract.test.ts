import {
	characterRequest,
	generationRequest,
	readTask,
	type Task,
} from '../../nodes/Sora/gateway/contract';
import { taskFields, timedOutFields } from '../../nodes/Sora/actions/output';
import { thrown } from './builders';

const read = (answer: unknown, knownId = ''): Task => {
	const task = readTask(answer, knownId);
	if (!task) throw new Error('no task was read');
	return task;
};

const invalidInput = (detail: string) => ({ category: 'invalid_input', facts: { detail } });

it.each([
	['model', { model: '' }, 'it is empty'],
	['model', { model: 5 }, 'it must be text'],
	['prompt', { prompt: null }, 'it must be text'],
	['prompt', { prompt: [] }, 'it must be text'],
])('an order refuses an extra body that removes the %s: %j', (field, extra, why) => {
	const detail = `"Extra Body" leaves the field "${field}" unusable: ${why}`;
	const order = { model: 'sora-2', prompt: 'x', extra };
	expect(thrown(() => generationRequest(order))).toMatchObject(invalidInput(detail));
});

describe('the body of a character', () => {
	const range = { start: 1, end: 3 };
	const url = 'https://a.example/c.mp4';

	it('may have its source from the extra body', () =>
		expect(characterRequest({ range, extra: { from_task: 'video_1' } })).toStrictEqual({
			from_task: 'video_1',
			timestamps: '1,3',
		}));

	it.each([
		['no source', {}],
		['two sources', { url, fromTask: 'video_1' }],
		['a second source from the extra body', { url, extra: { from_task: 'video_1' } }],
		['a source that the extra body empties', { fromTask: 'video_1', extra: { from_task: '' } }],
		['a source of the wrong kind', { fromTask: 'video_1', extra: { from_task: 7 } }],
		['no seconds', { fromTask: 'video_1', extra: { timestamps: '' } }],
	])('refuses %s', (_, given) =>
		expect(thrown(() => characterRequest({ range, ...given }))).toMatchObject(
			invalidInput(expect.stringContaining('Extra Body') as string),
		),
	);
});

it('a task has the requested ID, otherwise that of the answer', () => {
	expect(read({ status: 'QUEUED', task_id: 'video_8' }, 'video_9').id).toBe('video_9');
	expect(read({ status: 'QUEUED', id: 'video_8' }).id).toBe('video_8');
	expect(taskFields(read({ status: 'QUEUED' }, 'video_9'), false).task_id).toBe('video_9');
});

describe('the item of a task', () => {
	it.each([
		['nothing', { status: 'IN_PROGRESS' }, 0],
		['nothing for a finished task', { status: 'SUCCESS' }, 100],
		['something', { status: 'IN_PROGRESS', progress: '42%' }, 42],
	])('has a number as its progress if the gateway says %s', (_, answer, progress) =>
		expect(taskFields(read(answer, 'video_1'), true).progress).toBe(progress),
	);

	it('says in a note what of the work is missing', () => {
		const answer = { status: 'video_upsampling_failed', video_url: 'https://a.example/v.mp4' };
		expect(taskFields(read(answer, 'video_1'), true).note).toContain(answer.status);
	});

	it('has a status even if the time was up before anything was known of it', () =>
		expect(timedOutFields('video_1', undefined, true)).toMatchObject({
			...{ task_id: 'video_1', status: 'UNKNOWN', progress: 0, video_url: null, timed_out: true },
		}));
});
