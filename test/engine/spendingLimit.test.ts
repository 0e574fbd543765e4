import { GENERATE, itemsWith, useGateway } from './gateway';

const gateway = useGateway({ renderSeconds: 20 });
const bought = () => gateway.simulator.books.purchases;
const boats = (limit: unknown, more = {}) => ({
	...GENERATE,
	prompt: '={{ $json.idea }}',
	downloadVideo: false,
	...more,
	options: { spendingLimit: limit, maxWaitMinutes: 0.25 },
});
const ideas = (...values: string[]) => ({ items: itemsWith('idea', values) });

it('an execution that would buy more is refused before the first video, with the number', async () => {
	const { error } = await gateway.run(boats(2), ideas('A', 'B', 'C'));
	expect(error?.message).toContain('3 videos would be bought');
	expect(error?.message).toContain('"Spending Limit (Videos)" allows 2');
	expect(error?.description).toMatch(/^Nothing was bought/);
	expect(gateway.simulator.requests).toHaveLength(0);
});

it('an execution that stays within it buys as ever', async () => {
	await gateway.run(boats(3), ideas('A [[renderSeconds=5]]', 'B [[renderSeconds=5]]'));
	expect(bought()).toHaveLength(2);
});

it('every item fails of it where the workflow goes on', async () => {
	const { json } = await gateway.run(boats(1), {
		...ideas('A', '', 'C'),
		node: { onError: 'continueRegularOutput' },
	});
	expect(json('Sora')).toHaveLength(3);
	expect(json('Sora')[0]?.error).toContain('2 videos would be bought');
	expect(json('Sora')[1]?.error).toContain('"Prompt" is empty');
	expect(bought()).toHaveLength(0);
});

it('what n8n’s own retry takes up does not count again', async () => {
	const { error } = await gateway.run(boats(2), {
		...ideas('A', 'B'),
		node: { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 },
	});
	expect(error).toBeUndefined();
	expect(bought()).toHaveLength(2);
});

it('what is reused in the editor, or a sample, does not count', async () => {
	const press = async (executionId: string, limit: number, whenTesting: string) =>
		await gateway.run(boats(limit, { whenTesting }), {
			...ideas('A red boat [[renderSeconds=5]]', 'A red boat [[renderSeconds=5]]'),
			mode: 'manual',
			executionId,
		});
	await press('press-1', 2, 'reuse');
	const again = await press('press-2', 0, 'reuse');
	const sample = await press('press-3', 0, 'sample');
	const third = await press('press-4', 1, 'buy');
	expect([again.error, sample.error]).toEqual([undefined, undefined]);
	expect(third.error?.message).toContain('2 videos would be bought');
	expect(bought()).toHaveLength(2);
});
