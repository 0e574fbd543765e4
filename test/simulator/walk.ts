import { dialectOf } from './dialects';
import type { Facts } from './randomDialect';
import type { Scenario } from './scenario';

/** What the walk needs to know of a task. */
export interface Walker {
	taskId: string;
	/** When it was bought, in gateway milliseconds. */
	at: number;
	platform: string;
	action: string;
	scenario: Readonly<Scenario>;
}

/** The stages that every task goes through, whatever the words for them. */
export type Stage = 'notStarted' | 'submitted' | 'queued' | 'running' | 'success' | 'failure';

/** The task object on the wire. */
export interface WireTask {
	task_id: string;
	platform: string;
	action: string;
	status: string;
	fail_reason: string;
	submit_time: number;
	start_time: number;
	finish_time: number;
	progress?: string | number;
	data: Record<string, unknown> | null;
	search_item: string;
	error?: unknown;
}

const TASK_ERRORS: Record<Scenario['taskError'], { error?: unknown }> = {
	absent: {},
	empty: { error: '' },
	null: { error: null },
	object: { error: {} },
	text: { error: 'none' },
};

/** When a task changes its stage, in gateway milliseconds. */
export interface Timeline {
	submitted: number;
	queued: number;
	started: number;
	finished: number;
}

interface Ending {
	/** The share of the render time after which it comes. */
	after: number;
	/** Empty for a success. */
	reason: string;
}

const ENDINGS: Record<Scenario['outcome'], Ending> = {
	success: { after: 1, reason: '' },
	moderation: { after: 0.2, reason: '生成失败：提示词违反了内容政策，请修改后重试' },
	moderationLate: { after: 0.9, reason: '该视频可能违反我们的内容政策，请修改提示词后重试' },
	realPerson: { after: 0.05, reason: '图片中包含写实人物，暂不支持，请更换图片后重试' },
	similarity: { after: 0.9, reason: '该内容可能违反我们关于第三方内容相似性的规定' },
	celebrity: { after: 0.2, reason: '提示词中涉及名人，无法生成' },
	minor: { after: 0.2, reason: '内容可能涉及未成年人，无法生成' },
	nudity: { after: 0.9, reason: '该视频可能包含裸露内容，违反内容政策' },
	publicError: { after: 0.5, reason: 'PUBLIC_ERROR_UNSAFE_GENERATION' },
	renderError: { after: 0.6, reason: '视频生成失败，请稍后重试' },
	cancelled: { after: 0.5, reason: '任务已取消' },
};

/** In the order of the stages. */
export const words = (...[notStarted, submitted, queued, running, success, failure]: string[]) =>
	({ notStarted, submitted, queued, running, success, failure }) as Record<Stage, string>;

export const WORDS: Record<Scenario['statuses'], Record<Stage, string>> = {
	standard: words('NOT_START', 'SUBMITTED', 'QUEUED', 'IN_PROGRESS', 'SUCCESS', 'FAILURE'),
	lower: words('not_start', 'submitted', 'queued', 'in_progress', 'success', 'failure'),
	completed: words('queued', 'queued', 'queued', 'in_progress', 'completed', 'failed'),
	succeeded: words('pending', 'pending', 'pending', 'running', 'succeeded', 'error'),
	processing: words('submitted', 'submitted', 'processing', 'processing', 'completed', 'failed'),
	unknown: words('', 'UNKNOWN', 'WARMING_UP', 'UNKNOWN', 'SUCCESS', 'FAILURE'),
};

/** When the task changes its stage. */
export function timeline({ at, scenario }: Walker): Timeline {
	const queue = scenario.queueSeconds * 1000;
	const started = at + queue;
	return {
		submitted: at + queue / 3,
		queued: at + (queue * 2) / 3,
		started,
		finished: started + scenario.renderSeconds * 1000 * ENDINGS[scenario.outcome].after,
	};
}

/** The stage of the task at a moment. */
export function stageAt(task: Walker, now: number): Stage {
	const times = timeline(task);
	if (now >= times.finished) {
		return ENDINGS[task.scenario.outcome].reason === '' ? 'success' : 'failure';
	}
	if (now >= times.started) return 'running';
	if (now >= times.queued) return 'queued';
	return now >= times.submitted ? 'submitted' : 'notStarted';
}

export function percentAt(task: Walker, stage: Stage, now: number): number {
	if (stage === 'success' || stage === 'failure') return 100;
	if (stage !== 'running') return 0;
	const { scenario } = task;
	const share = (now - timeline(task).started) / (scenario.renderSeconds * 1000);
	if (scenario.progress === 'stalling') return Math.min(90, Math.floor(share * 225));
	if (scenario.progress === 'jumping') return share < 0.5 ? 0 : share < 0.8 ? 62 : 98;
	return Math.min(99, Math.floor(share * 100));
}

function progressAt(task: Walker, stage: Stage, now: number): Pick<WireTask, 'progress'> {
	const percent = percentAt(task, stage, now);
	const odd: Partial<Record<Scenario['progress'], Pick<WireTask, 'progress'>>> = {
		absent: {},
		empty: { progress: '' },
		integer: { progress: percent },
	};
	return odd[task.scenario.progress] ?? { progress: `${percent}%` };
}

/** Whether the task tells its video's URL at that moment. */
export function tellsUrl(task: Walker, now: number): boolean {
	const { finished } = timeline(task);
	return stageAt(task, now) === 'success' && now >= finished + task.scenario.urlDelaySeconds * 1000;
}

function dataAt(task: Walker, stage: Stage, url: string): WireTask['data'] {
	if (stage !== 'success') return null;
	const places: Record<Scenario['urlPlace'], WireTask['data']> = {
		'data.output': { output: url },
		'data.outputs': { outputs: url === '' ? [] : [url] },
		'data.video_url': { video_url: url },
	};
	return places[task.scenario.urlPlace];
}

/**
 * The task as the gateway tells it at a moment. The URL is the caller's: `''` while {@link tellsUrl}
 * is false.
 */
export function taskAt(task: Walker, now: number, url: string): WireTask {
	const { scenario } = task;
	const times = timeline(task);
	const stage = stageAt(task, now);
	const seconds = (moment: number) => (now >= moment ? Math.floor(moment / 1000) : 0);
	return {
		task_id: task.taskId,
		platform: task.platform,
		action: task.action,
		status:
			stage === 'failure' && scenario.outcome === 'cancelled'
				? 'cancelled'
				: WORDS[scenario.statuses][stage],
		fail_reason:
			stage === 'failure'
				? (scenario.reason ?? ENDINGS[scenario.outcome].reason).padEnd(
						scenario.reasonLength,
						'…很长',
					)
				: '',
		submit_time: Math.floor(task.at / 1000),
		start_time: seconds(times.started),
		finish_time: seconds(times.finished),
		...progressAt(task, stage, now),
		data: dataAt(task, stage, tellsUrl(task, now) ? url : ''),
		search_item: '',
		...TASK_ERRORS[scenario.taskError],
	};
}

/** What the task's dialect is to put into words. */
function factsAt(task: Walker, now: number, wire: WireTask, told: Told): Facts {
	const stage = stageAt(task, now);
	return {
		taskId: task.taskId,
		model: told.model,
		stage,
		percent: percentAt(task, stage, now),
		submitted: wire.submit_time,
		started: wire.start_time,
		finished: wire.finish_time,
		urls: tellsUrl(task, now) && told.url ? [told.url] : [],
		gatewayUrl: told.gatewayUrl,
		reason: wire.fail_reason,
	};
}

/** What a dialect needs to know beside the task object. */
export interface Told {
	url: string;
	model: string;
	gatewayUrl: string;
}

/** The task object as `taskShape` wraps it. */
export function wrapped(task: Walker, wire: WireTask): unknown {
	return task.scenario.taskShape === 'envelope'
		? { code: 'success', message: '', data: wire }
		: wire;
}

/** The answer to a look at the task at a moment, in the words of its dialect. */
export function answerAt(task: Walker, now: number, told: Told): unknown {
	const wire = taskAt(task, now, told.url);
	const dialect = dialectOf(task.scenario.dialect ?? '');
	return dialect ? dialect.told(factsAt(task, now, wire, told)) : wrapped(task, wire);
}

/** The answer to the purchase of the task, in the words of its dialect; undefined where that has none of its own. */
export function acceptedAt(task: Walker, now: number, told: Told): unknown {
	const dialect = dialectOf(task.scenario.dialect ?? '');
	return dialect?.accepted?.(factsAt(task, now, taskAt(task, now, ''), told));
}

/** Numbers that JavaScript cannot hold are written as gateways write them: without quotes. */
export function asJson(answer: unknown, { taskId, scenario }: Walker): string {
	const text = JSON.stringify(answer);
	return scenario.idStyle === 'number' ? text.replaceAll(`"${taskId}"`, taskId) : text;
}
