import { tenthOf } from '../effort';
import { GENERATE, itemsWith, useGateway } from './gateway';

const gateway = useGateway({ renderSeconds: 120, latencySeconds: 0.5 });

// A hundred in `npm test`.
describe('a thousand items in one execution', () => {
	const ideas = tenthOf(
		Array.from({ length: 1_000 }, (_, index) =>
			index === 500 ? 'Boat 500 [[outcome=moderation]]' : `Boat ${index}`,
		),
	);

	it('come out in order, one failing item disturbing no other', async () => {
		const { json, error } = await gateway.run(
			{
				...GENERATE,
				prompt: '={{ $json.idea }}',
				downloadVideo: false,
				options: { maxWaitMinutes: 60 },
			},
			{ items: itemsWith('idea', ideas), node: { onError: 'continueRegularOutput' } },
		);
		expect(error).toBeUndefined();
		expect(gateway.simulator.books.purchases).toHaveLength(ideas.length);
		expect(json('Done').map(({ prompt, category }) => prompt ?? category)).toEqual(
			ideas.map((idea) => (idea.includes('moderation') ? 'moderation' : idea)),
		);
	}, 300_000);
});
