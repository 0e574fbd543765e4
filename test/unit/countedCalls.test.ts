import { CountedCalls } from '../../nodes/Sora/parking/countedCalls';

describe('calls about the tasks of a parked run', () => {
	const open = ['video_1', 'video_2', 'video_3'];

	it('wake it with the last of its open tasks, in any order and however often they come', () => {
		const calls = new CountedCalls();
		const answers = ['video_2', 'video_2', 'video_1', 'video_2', 'video_3'].map((taskId) =>
			calls.isLast(taskId, open),
		);
		expect(answers).toEqual([false, false, false, false, true]);
	});

	it('are forgotten then: it takes all of them again', () => {
		const calls = new CountedCalls();
		for (const taskId of open) calls.isLast(taskId, open);
		expect(calls.isLast('video_3', open)).toBe(false);
	});

	it('count for the tasks that are still open when it was woken by its timer meanwhile', () => {
		const calls = new CountedCalls();
		calls.isLast('video_1', open);
		expect(calls.isLast('video_3', ['video_1', 'video_3'])).toBe(true);
	});

	it('are kept for so many tasks, the latest ones', () => {
		const calls = new CountedCalls(2);
		for (const taskId of open) calls.isLast(taskId, [...open, 'video_4']);
		expect(calls.isLast('video_2', ['video_2', 'video_3'])).toBe(true);
		calls.isLast('video_1', ['video_1', 'video_2', 'video_3']);
		calls.isLast('video_2', ['video_1', 'video_2', 'video_3']);
		calls.isLast('video_4', ['video_4', 'video_5']);
		expect(calls.isLast('video_3', open)).toBe(false);
	});
});
