import { pollTask } from '../../gateway/client';
import type { Task } from '../../gateway/contract';
import { ATTEMPTS } from '../../gateway/timeouts';
import { retry } from '../../flow/retry';
import type { Operation } from '../operation';
import type { Run } from '../run';
import { deliverWhenFinished, deliverySettings } from './delivery';
import { deliver } from './item';
import { isSample, sampleItem } from './sample';

const polledOnce = async (
	{ gateway, clock, signal, requests }: Run,
	taskId: string,
): Promise<Task> =>
	await requests(
		async () =>
			await retry(async () => await pollTask(gateway, taskId), {
				attempts: ATTEMPTS.singlePoll,
				repeats: 'free',
				clock,
				signal,
				whenStopped: { taskId },
			}),
	);

export const get: Operation = {
	prepare(run, p) {
		const taskId = p.taskId('taskId');
		const settings = deliverySettings(run, p);
		if (isSample(run, taskId, p.label('taskId'))) {
			return { perform: async () => await sampleItem(run, settings, true) };
		}
		return {
			async perform() {
				if (!settings.wait) return await deliver(run, await polledOnce(run, taskId), settings);
				const { beganAt: since, isLaterTurn: gatewayProven } = run.waiting;
				const watch = { taskId, since, pollAtOnce: true, gatewayProven };
				return await deliverWhenFinished(run, p.itemIndex, watch, settings);
			},
		};
	},
};
