/**
 * The gateway's contract as the other rooms see it: what is sent, what is read from answers, and tasks that no answer
 * describes.
 */
import type { Task } from './answers/task';

export { readCharacter, type Character } from './answers/character';
export { readComplaint, type Complaint } from './answers/complaint';
export { readUploadedFile, type UploadedFile } from './answers/file';
export { isRecord, parseJson, type JsonRecord } from './answers/json';
export { readQuota, type Quota } from './answers/quota';
export { isKnownStatus, type TaskPhase } from './answers/statusWords';
export { readTask, type Task } from './answers/task';
export { characterRequest, definingFields, generationRequest } from './requests';
export { canStandInPath, isUsableTaskId } from './taskId';
export type { GenerationOrder, SecondRange } from './wires';

/** A task that was accepted and has not been polled yet. */
export const acceptedTask = (taskId: string): Task => ({
	id: taskId,
	saidId: taskId,
	status: 'SUBMITTED',
	phase: 'running',
	progress: undefined,
	videoUrl: null,
	videoUrls: [],
	note: '',
	failReason: '',
	failCode: '',
	cost: {},
	submittedAt: null,
	startedAt: null,
	finishedAt: null,
	raw: {},
});

/** A purchased video that came without a task. */
export const videoWithoutTask = (videoUrl: string): Task => ({
	...acceptedTask(''),
	status: 'SUCCESS',
	phase: 'succeeded',
	videoUrl,
	videoUrls: [videoUrl],
});
