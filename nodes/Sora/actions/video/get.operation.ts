import { pollTask } from '../../gateway/client';
import type { Task } from '../../gateway/contract';
import { ATTEMPTS } from '../../gateway/timeouts';
import { retry } from '../../flow/retry';
import { operation } from '../operation';
import type { Run } from '../run';
import {
	deliverWhenFinished,
	deliveryFields,
	deliverySettings,
	fileNameField,
	maxWaitField,
	onTimeoutField,
	pollIntervalField,
} from './delivery';
import { deliver } from './item';
import { isSample, sampleItem } from './sample';
import { fields, type ItemParameters } from '../fields';

const FIELDS = fields([
	{
		displayName: 'Task ID',
		name: 'taskId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. {{ $json.task_id }}',
		description: 'ID of the task, as Video > Generate gives it or an error message names it',
	},
	...deliveryFields({ waiting: 'none', download: undefined }),
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [fileNameField, maxWaitField, onTimeoutField, pollIntervalField],
	},
]);

function prepareGet(run: Run, parameters: ItemParameters<typeof FIELDS>) {
	const taskId = parameters.taskId('taskId');
	return {
		taskId,
		isOfSample: isSample(run, taskId, parameters.label('taskId')),
		settings: deliverySettings(run, parameters),
	};
}

async function getVideo(
	run: Run,
	{ taskId, isOfSample, settings }: Awaited<ReturnType<typeof prepareGet>>,
	itemIndex: number,
) {
	if (isOfSample) return await sampleItem(run, settings, true);
	if (!settings.wait) return await deliver(run, await polledOnce(run, taskId), settings);
	const { beganAt: since, isLaterTurn: gatewayProven } = run.waiting;
	const wait = { taskId, since, pollAtOnce: true, gatewayProven };
	return await deliverWhenFinished(run, itemIndex, wait, settings);
}

export const get = operation({
	option: {
		name: 'Get',
		value: 'get',
		description: 'Get the status of a video, and the finished video, by its task ID',
		action: 'Get a video',
	},

	fields: FIELDS,
	prepare: prepareGet,
	perform: getVideo,
});

async function polledOnce(run: Run, taskId: string): Promise<Task> {
	return await run.requests(
		async () =>
			await retry(async () => await pollTask(run.gateway, taskId), {
				attempts: ATTEMPTS.singlePoll,
				repeats: 'free',
				clock: run.clock,
				signal: run.signal,
				whenStopped: { taskId },
			}),
	);
}
