import { createHmac, randomBytes } from 'node:crypto';

import type { TaskRecord } from './books';
import { DOWNLOAD_FAULTS } from './downloads';
import { showsUrl, timeline } from './walk';
import type { World } from './world';

/** Signs the links of one process: a link from another one is refused like a forged one. */
const signingKey = randomBytes(16);

/** The signature that the file host expects, along with the expiry time. */
export function signatureOf(taskId: string, expires: string): string {
	return createHmac('sha256', signingKey).update(`${taskId}\n${expires}`).digest('hex');
}

/** The signed URL of a task's video; always the same, as it is stored with the task. */
export function videoUrl(world: World, task: TaskRecord): string {
	const end = timeline(task).finished + task.scenario.urlLifeSeconds * 1000;
	const expires = Number.isFinite(end) ? String(Math.floor(end / 1000)) : 'never';
	const name = encodeURIComponent(task.taskId);
	const signature = signatureOf(task.taskId, expires);
	return `${world.urls.files}/videos/${name}.mp4?expires=${expires}&sig=${signature}`;
}

/** The fault of a task's download, if one is due. */
export function downloadFaultOf({ counters }: World, task: TaskRecord) {
	const isOwn = task.directive.has('downloadFault');
	const counter = isOwn ? `downloadFault ${task.taskId}` : 'downloadFault';
	const name = counters.due(counter, task.scenario.downloadFault);
	return name && { ...DOWNLOAD_FAULTS[name], strike: () => counters.strike(counter) };
}

/** The URL that the task reports at a moment: the video's, unless the scenario makes it hostile. */
export function shownUrl(world: World, task: TaskRecord, at = world.clock.now()): string {
	if (!showsUrl(task, at)) return '';
	const fault = downloadFaultOf(world, task);
	if (fault?.link === undefined) return videoUrl(world, task);
	fault.strike();
	return fault.link;
}
