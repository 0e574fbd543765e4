/** What a test in the editor returns instead of a paid video, in the shape of a real item. */
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { acceptedTask, type Task } from '../../gateway/contract';
import { invalidInput } from '../../gateway/failures';
import { videoFileName } from '../../media/fileName';
import { sampleClip } from '../../media/sampleClip';
import { taskFields } from '../output';
import type { Run } from '../run';
import type { DeliverySettings } from './delivery';

/** Not an ID of any gateway; Video > Get accepts it in the editor. */
export const SAMPLE_TASK_ID = 'sample';

/** Without waiting, Generate returns a task that has only begun. */
export async function sampleItem(
	{ context, clock }: Run,
	{ wait, download, simplify, naming = {}, binaryProperty }: DeliverySettings,
	{ aspectRatio = '', duration = '', extra = {} as IDataObject } = {},
): Promise<INodeExecutionData> {
	const now = new Date(clock.now()).toISOString();
	const ended = { status: 'SUCCESS', progress: 100, startedAt: now, finishedAt: now } as const;
	const task: Task = {
		...acceptedTask(SAMPLE_TASK_ID),
		submittedAt: now,
		...(wait && { ...ended, phase: 'succeeded' }),
	};
	const json = { ...taskFields(task, simplify), ...extra };
	if (!wait || !download) return { json: { ...json, sample: true } };
	const { content, width, height, seconds } = sampleClip(aspectRatio, Number(duration));
	const name = videoFileName(naming, SAMPLE_TASK_ID, 'mp4');
	const file = await context.helpers.prepareBinaryData(content, name, 'video/mp4');
	return {
		json: { ...json, width, height, duration_seconds: seconds, sample: true },
		binary: { [binaryProperty]: file },
	};
}

/** @throws {SoraFailure} invalid_input for the sample's ID, which is only accepted where samples are made */
export function refuseSample(taskId: unknown, label: string): void {
	if (taskId !== SAMPLE_TASK_ID) return;
	throw invalidInput(
		`"${label}" is "${SAMPLE_TASK_ID}": samples exist in tests in the editor only, and no character can come from a sample`,
	);
}
