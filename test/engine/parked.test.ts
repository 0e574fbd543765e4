import type { IDataObject, INode } from 'n8n-workflow';

import { fastClock, soraNode } from './engine';
import { GENERATE, GET, itemsWith, TIME_SCALE, useGateway } from './gateway';
import { parkingWorkflow, StoredExecution, v1, type StoredOptions } from './storedExecution';

const gateway = useGateway({ renderSeconds: 150 });
const parked = { ...GENERATE, prompt: 'A boat', downloadVideo: false, waiting: 'parked' };
const bought = () => gateway.simulator.books.purchases;
const clock = fastClock(TIME_SCALE);

const options = (
	parameters: IDataObject,
	{
		node,
		settings,
		...more
	}: Partial<StoredOptions> & { node?: Partial<INode>; settings?: IDataObject } = {},
): StoredOptions => ({
	workflow: parkingWorkflow(parameters, node, settings),
	credential: { apiKey: gateway.simulator.apiKey, baseUrl: gateway.simulator.url },
	sora: soraNode(clock),
	clock,
	...more,
});
const start = async (...given: Parameters<typeof options>) =>
	await StoredExecution.start(options(...given));

describe('a parked run', () => {
	it('buys, lies in the database, and ends with the video when n8n’s timer has woken it', async () => {
		const execution = await start(parked);
		expect(execution.status).toBe('waiting');
		expect(bought()).toHaveLength(1);
		const [purchase] = bought();
		expect(execution.json('Sora')).toEqual([
			{
				task_id: purchase?.taskId,
				status: 'waiting',
				next_look: execution.waitTill?.toISOString(),
			},
		]);
		await execution.untilEnd();
		expect(execution.status).toBe('success');
		expect(execution.json('Done')).toEqual([
			expect.objectContaining({ task_id: purchase?.taskId, status: 'SUCCESS', prompt: 'A boat' }),
		]);
		expect(execution.runs('Sora')).toHaveLength(1);
		expect(execution.runs('Sora')[0]).not.toHaveProperty('inputOverride');
		expect(execution.turns).toBeGreaterThan(2);
		expect(bought()).toHaveLength(1);
	});
});
