import fc from 'fast-check';

import { taskIdShape } from '../../nodes/Sora/trigger/taskIdShape';

describe('the shape of a task ID', () => {
	const uuid = fc.uuid();
	const ulid = fc.ulid();

	it.each<[string, fc.Arbitrary<string>]>([
		['video_<uuid>', uuid.map((id) => `video_${id}`)],
		['<model>:<uuid>', uuid.map((id) => `sora-2-pro:${id}`)],
		['<model>:task_<ulid>', ulid.map((id) => `sora-2:task_${id}`)],
		['veo3:<unix>-<rand>', fc.stringMatching(/^veo3:17\d{8}-[a-z0-9]{10}$/)],
	])('is the same for all of %s', (_, ids) => {
		fc.assert(
			fc.property(ids, ids, (a, b) => {
				expect(taskIdShape(a)).toBe(taskIdShape(b));
			}),
		);
	});

	it('differs between kinds', () => {
		const id = '3f2b8c1a-1111-4222-8333-9a0b1c2d3e4f';
		const kinds = [id, `video_${id}`, `task_${id}`, `sora-2:${id}`, 'video_17', 'video', '17'];
		expect(new Set(kinds.map(taskIdShape)).size).toBe(kinds.length);
	});
});
