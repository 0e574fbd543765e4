import type { Facts } from './dialect';
import type { Scenario } from './scenario';

/** What the walk needs to know about a task. */
export interface Walker {
	taskId: string;
	/** When it was bought, in gateway milliseconds. */
	at: number;
	model: string;
	platform: string;
	action: string;
	scenario: Readonly<Scenario>;
}

/** The stages of every task, whatever they are called. */
export const STAGES = [
	'notStarted',
	'submitted',
	'queued',
	'running',
	'success',
	'failure',
] as const;
export type Stage = (typeof STAGES)[number];

const WORDS = ['NOT_START', 'SUBMITTED', 'QUEUED', 'IN_PROGRESS', 'SUCCESS', 'FAILURE'];

const TASK_ERRORS: Record<Scenario['taskError'], { error?: unknown }> = {
	absent: {},
	empty: { error: '' },
	null: { error: null },
	object: { error: {} },
	text: { error: 'none' },
};

/** The share of the render time after which the task ends, and why it failed. */
const ENDINGS: Record<Scenario['outcome'], readonly [after: number, reason: string]> = {
	success: [1, ''],
	moderation: [0.2, '生成失败：提示词违反了内容政策，请修改后重试'],
	moderationLate: [0.9, '该视频可能违反我们的内容政策，请修改提示词后重试'],
	realPerson: [0.05, '图片中包含写实人物，暂不支持，请更换图片后重试'],
	renderError: [0.6, '视频生成失败，请稍后重试'],
	cancelled: [0.5, '任务已取消'],
};

/** When a task changes its stage, in gateway milliseconds. */
export function timeline({ at, scenario }: Walker) {
	const queue = scenario.queueSeconds * 1000;
	const started = at + queue;
	const [after] = ENDINGS[scenario.outcome];
	return {
		submitted: at + queue / 3,
		queued: at + (queue * 2) / 3,
		started,
		finished: started + scenario.renderSeconds * 1000 * after,
	};
}

/** The stage of the task at a moment. */
export function stageAt(task: Walker, now: number): Stage {
	const times = timeline(task);
	if (now >= times.finished) return task.scenario.outcome === 'success' ? 'success' : 'failure';
	if (now >= times.started) return 'running';
	if (now >= times.queued) return 'queued';
	return now >= times.submitted ? 'submitted' : 'notStarted';
}

function percentAt(task: Walker, stage: Stage, now: number): number {
	if (stage === 'success' || stage === 'failure') return 100;
	if (stage !== 'running') return 0;
	const share = (now - timeline(task).started) / (task.scenario.renderSeconds * 1000);
	return Math.min(99, Math.floor(share * 100));
}

/** Whether the task reports its video's URL at that moment. */
export function showsUrl(task: Walker, now: number): boolean {
	const { finished } = timeline(task);
	return stageAt(task, now) === 'success' && now >= finished + task.scenario.urlDelaySeconds * 1000;
}

/** The facts about a task at a moment. @param url of its video, shown once it is ready */
export function factsAt(task: Walker, now: number, { url = '', gatewayUrl = '' } = {}): Facts {
	const times = timeline(task);
	const stage = stageAt(task, now);
	const reached = (moment: number) => (now >= moment ? Math.floor(moment / 1000) : 0);
	const { outcome, reason } = task.scenario;
	return {
		taskId: task.taskId,
		model: task.model,
		stage,
		percent: percentAt(task, stage, now),
		submitted: Math.floor(task.at / 1000),
		started: reached(times.started),
		finished: reached(times.finished),
		urls: url !== '' && showsUrl(task, now) ? [url] : [],
		gatewayUrl,
		reason: stage === 'failure' ? (reason ?? ENDINGS[outcome][1]) : '',
	};
}

/** A cancelled task counts as failed, but has its own word. */
export const isCancelled = ({ scenario }: Walker, stage: Stage) =>
	stage === 'failure' && scenario.outcome === 'cancelled';

/** The task object at a moment, as the Task API documents it. */
export function taskAt(task: Walker, now: number, url: string) {
	const { stage, percent, submitted, started, finished, urls, reason } = factsAt(task, now, {
		url,
	});
	return {
		task_id: task.taskId,
		platform: task.platform,
		action: task.action,
		status: isCancelled(task, stage) ? 'cancelled' : String(WORDS[STAGES.indexOf(stage)]),
		fail_reason: reason,
		submit_time: submitted,
		start_time: started,
		finish_time: finished,
		progress: `${percent}%`,
		data: stage === 'success' ? { output: urls[0] ?? '' } : null,
		search_item: '',
		...TASK_ERRORS[task.scenario.taskError],
	};
}
