import { pollTask } from '../../gateway/client';
import { askedOnce, type Operation } from '../run';
import { deliverWhenFinished, deliverySettings } from './delivery';
import { deliver } from './item';
import { refuseSample, SAMPLE_TASK_ID, sampleItem } from './sample';

export const get: Operation = {
	prepare(run, p) {
		const taskId = p.taskId('taskId');
		const settings = deliverySettings(run, p);
		if (taskId === SAMPLE_TASK_ID && run.editorTests.isTest) {
			return { perform: async () => await sampleItem(run, { ...settings, wait: true }) };
		}
		refuseSample(taskId, p.label('taskId'));
		return {
			async perform() {
				if (!settings.wait) {
					const poll = async () => await pollTask(run.gateway, taskId);
					return await deliver(run, await askedOnce(run, poll, { taskId }), settings);
				}
				const { beganAt: since, isLaterTurn: gatewayProven } = run.waiting;
				const watch = { taskId, since, pollAtOnce: true, gatewayProven };
				return await deliverWhenFinished(run, p.itemIndex, watch, settings);
			},
		};
	},
};
