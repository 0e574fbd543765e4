import { runWorkflow, soraNode, type WorkflowJson } from './engine';
import { useGateway } from './gateway';
import { time } from './time';

const GET_QUOTA = { resource: 'account', operation: 'getQuota' };
const gateway = useGateway();
const asked = () => gateway.simulator.requests.filter(({ route }) => route === 'quota').length;

describe('Account > Get Quota on the engine', () => {
	it('puts out what the gateway tells of the key, and buys nothing', async () => {
		const { json, error } = await gateway.run(GET_QUOTA);
		expect(error).toBeUndefined();
		expect(json('Done')).toEqual([
			{
				id: 1,
				name: 'first',
				quota: 1_000_000_000,
				used_quota: 0,
				remaining: null,
				unlimited_quota: false,
			},
		]);
		expect(gateway.simulator.books.purchases).toEqual([]);
	});

	it.each([
		['envelope', { quota: 1_000_000_000, remaining: null, unlimited_quota: false }],
		['unlimited', { quota: 0, remaining: null, unlimited_quota: true }],
		['remaining', { quota: 1_000_000_000, remaining: 1_000_000_000, unlimited_quota: null }],
	] as const)('reads a quota of the shape "%s"', async (quotaShape, told) => {
		gateway.simulator.set({ quotaShape });
		const { json } = await gateway.run(GET_QUOTA);
		expect(json('Done')[0]).toMatchObject(told);
	});

	it('sees what a video took', async () => {
		const to = (node: string) => ({ main: [[{ node, type: 'main' as const, index: 0 }]] });
		const video = { resource: 'video', operation: 'generate', prompt: 'A boat' };
		const type = 'n8n-nodes-sora.sora';
		const workflow: WorkflowJson = {
			nodes: [
				{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
				{ name: 'Order', type, parameters: { ...video, waiting: 'none' } },
				{ name: 'Look', type, parameters: GET_QUOTA },
			],
			connections: { Start: to('Order'), Order: to('Look') },
		};
		const { json } = await runWorkflow({
			workflow,
			credential: { apiKey: gateway.simulator.apiKey, baseUrl: gateway.simulator.url },
			sora: soraNode(time),
		});
		expect(json('Look')[0]?.used_quota).toBeGreaterThan(0);
	});

	it.each([
		['unknownPath', /does not know this address: it was asked for the quota/],
		['html200', /answer that this node does not understand: it was asked for the quota/],
	] as const)('says that a gateway does not tell it, after %s', async (quotaFault, words) => {
		gateway.simulator.set({ quotaFault });
		const { error } = await gateway.run(GET_QUOTA);
		expect(error?.message).toMatch(words);
		expect(error?.description).toMatch(/^This gateway may not tell what an API key has left/);
	});

	it('goes on through passing trouble, and ends at once where the key is refused', async () => {
		gateway.simulator.set({ quotaFault: 'html502:2' });
		expect((await gateway.run(GET_QUOTA)).error).toBeUndefined();
		expect(asked()).toBe(3);
		gateway.simulator.reset();
		gateway.simulator.set({ quotaFault: 'badKey' });
		const { error } = await gateway.run(GET_QUOTA);
		expect(error?.message).toMatch(/did not accept the API key/);
		expect(asked()).toBe(1);
	});
});
