import { isThorough } from '../effort';
import { byIdea, goOn, ideas, useGateway } from './gateway';

const gateway = useGateway({ renderSeconds: 120, latencySeconds: 0.5 });
const COUNT = isThorough ? 1_000 : 40;

it(`${COUNT} items in one execution come out in order and linked, in the time of a few, one failing item disturbing no other`, async () => {
	const failing = COUNT / 2;
	const prompts = Array.from({ length: COUNT }, (_, index) => `Boat ${index}`);
	prompts[failing] += ' [[outcome=moderation]]';
	const began = gateway.simulator.now();
	const { items, error } = await gateway.run(
		{ ...byIdea, options: { maxWaitMinutes: 60 } },
		{ ...ideas(...prompts), ...goOn },
	);
	expect(error).toBeUndefined();
	expect(gateway.bought()).toHaveLength(COUNT);
	const seen = items('Sora').map(({ json, pairedItem }) => [
		json.prompt ?? json.category,
		pairedItem,
	]);
	prompts[failing] = 'moderation';
	expect(seen).toEqual(prompts.map((prompt, item) => [prompt, { item }]));
	expect((gateway.simulator.now() - began) / 1000).toBeLessThan((120 * COUNT) / 4);
}, 300_000);
