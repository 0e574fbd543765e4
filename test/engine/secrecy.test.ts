import { randomBytes } from 'node:crypto';

import { startSimulator } from '../simulator/simulator';
import { runWorkflow, soraNode, soraWorkflow } from './engine';
import { CREATE, GENERATE, GET, useGateway } from './gateway';
import { time } from './time';

const gateway = useGateway();

describe('the key', () => {
	it('goes to the gateway only, however the gateway redirects', async () => {
		for (const field of ['submitFault', 'characterFault', 'pollFault'] as const) {
			gateway.simulator.set({ submitFault: undefined, [field]: 'redirect' });
			const { error } = await gateway.run(
				field === 'characterFault'
					? { ...CREATE, url: 'https://example.com/cat.mp4' }
					: field === 'pollFault'
						? { ...GET, taskId: 'video_1' }
						: { ...GENERATE, prompt: 'A boat' },
			);
			expect(error?.message).toMatch(/redirect/);
			gateway.simulator.set({ [field]: undefined });
		}
		expect(gateway.simulator.requests.filter(({ host }) => host === 'elsewhere')).toEqual([]);
	});

	it('does not go to the host that serves the file, nor to where that host redirects', async () => {
		for (const downloadFault of ['redirectElsewhere', undefined] as const) {
			gateway.simulator.set({ downloadFault });
			const { items } = await gateway.run({ ...GENERATE, prompt: 'A boat' });
			expect(items('Done')[0]?.binary).toBeDefined();
		}
		const elsewhere = gateway.simulator.requests.filter(({ host }) => host !== 'gateway');
		expect(elsewhere.length).toBeGreaterThan(2);
		expect(elsewhere.filter(({ carriesKey }) => carriesKey)).toEqual([]);
	});

	it('does not go along when the file’s host redirects back to the gateway', async () => {
		gateway.simulator.set({ downloadFault: 'redirectBack:1' });
		const { items } = await gateway.run({ ...GENERATE, prompt: 'A boat' });
		expect(items('Done')[0]?.binary).toBeDefined();
		const back = gateway.simulator.requests.filter(
			({ host, path }) => host === 'gateway' && path.startsWith('/videos/'),
		);
		expect(back.map(({ carriesKey }) => carriesKey)).toEqual([false]);
	});

	it.each([
		['an item', 'regular'],
		['an error', 'stop'],
	])('does not stand in %s, even if the gateway quotes it back', async (_, onError) => {
		const apiKey = `plain${randomBytes(12).toString('hex')}`;
		const simulator = await startSimulator({ apiKey, clock: time });
		try {
			simulator.set({ outcome: 'moderation' });
			const { run } = await runWorkflow({
				// Extra fields come back in the gateway's complaint about a model it does not have.
				workflow: soraWorkflow(
					{
						...GENERATE,
						model: { __rl: true, mode: 'id', value: apiKey },
						prompt: 'A boat',
					},
					onError === 'regular' ? { onError: 'continueRegularOutput' } : {},
				),
				credential: { apiKey, baseUrl: simulator.url },
				sora: soraNode(time),
			});
			const { error, runData } = run.data.resultData;
			const shown = JSON.stringify([
				error?.message,
				(error as { description?: string } | undefined)?.description,
				runData.Done?.[0]?.data?.main?.[0]?.[0]?.json,
			]);
			expect(shown).toContain('***');
			expect(shown).not.toContain(apiKey);
		} finally {
			await simulator.close();
		}
	});
});
