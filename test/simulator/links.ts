import { createHmac, randomBytes } from 'node:crypto';

import type { TaskRecord } from './books';
import { tellsUrl, timeline } from './walk';
import type { World } from './world';

/** Signs the links of one process: a link from another one is refused, as a forged one is. */
const signingKey = randomBytes(16);

/** The signature that the file host expects beside the moment of expiry. */
export function signatureOf(taskId: string, expires: string): string {
	return createHmac('sha256', signingKey).update(`${taskId}\n${expires}`).digest('hex');
}

/** The signed URL of a task's video; the same at every look, as it is stored with the task. */
export function videoUrl(world: World, task: TaskRecord): string {
	const end = timeline(task).finished + task.scenario.urlLifeSeconds * 1000;
	const expires = Number.isFinite(end) ? String(Math.floor(end / 1000)) : 'never';
	const name = encodeURIComponent(task.taskId);
	const signature = signatureOf(task.taskId, expires);
	return `${world.urls.files}/videos/${name}.mp4?expires=${expires}&sig=${signature}`;
}

const HOSTILE_URLS: Partial<Record<string, string>> = {
	privateAddress: 'http://10.255.255.1/videos/private.mp4',
	metadataAddress: 'http://169.254.169.254/latest/meta-data/iam/security-credentials/',
	otherScheme: 'file:///etc/passwd',
};

/** The counter of a task's download fault. */
export function downloadCounter(task: TaskRecord): string {
	return task.directive.has('downloadFault') ? `downloadFault ${task.taskId}` : 'downloadFault';
}

/** The URL that the task tells at a moment: the video's, unless the scenario makes it a hostile one. */
export function toldUrl(world: World, task: TaskRecord, at = world.clock.now()): string {
	if (!tellsUrl(task, at)) return '';
	const counter = downloadCounter(task);
	const fault = world.counters.due(counter, task.scenario.downloadFault);
	const hostile = HOSTILE_URLS[fault ?? ''];
	if (hostile === undefined) return videoUrl(world, task);
	world.counters.strike(counter);
	return hostile;
}
