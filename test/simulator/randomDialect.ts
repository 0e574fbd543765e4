import { seededRandom } from './random';
import type { Stage } from './walk';

/** What a gateway knows of a task when it is asked, before any dialect has put it into words. */
export interface Facts {
	taskId: string;
	model: string;
	stage: Stage;
	/** 0 to 100. */
	percent: number;
	/** Unix seconds, 0 when not reached. */
	submitted: number;
	started: number;
	finished: number;
	/** Empty until the videos are there. */
	urls: string[];
	/** The gateway's own address, for links to itself. */
	gatewayUrl: string;
	/** Empty unless it failed. */
	reason: string;
}

/** One gateway's way of saying it. */
export interface Dialect {
	/** One line for people. */
	says: string;
	/** The answer to the paid POST; `{"task_id":…}` where it is not given. */
	accepted?: (facts: Facts) => unknown;
	told: (facts: Facts) => unknown;
}

/** What a gateway calls the phases of a task. */
export type Words = Record<'waiting' | 'running' | 'success' | 'failure', string>;

export function wordOf({ stage }: Facts, words: Words): string {
	if (stage === 'success') return words.success;
	if (stage === 'failure') return words.failure;
	return stage === 'running' ? words.running : words.waiting;
}

const ENVELOPES = [
	'data',
	'result',
	'response',
	'payload',
	'body',
	'info',
	'item',
	'record',
	'taskInfo',
	'job',
	'reply',
];
const STATUS_NAMES = [
	'status',
	'state',
	'task_status',
	'taskState',
	'jobStatus',
	'videoState',
	'render_status',
	'processState',
];
const WORDS: Record<keyof Words, string[]> = {
	waiting: [
		'queued',
		'NOT_STARTED',
		'Pending',
		'in_queue',
		'排队中',
		'waiting_for_gpu',
		'created',
		'task.submitted',
	],
	running: [
		'running',
		'IN_PROGRESS',
		'Rendering',
		'生成中',
		'not_finished',
		'stage_2_done',
		'generating-video',
	],
	success: [
		'success',
		'SUCCEED',
		'Finished',
		'done',
		'已完成',
		'job.completed',
		'render-finished',
		'TASK_SUCCEEDED',
		'video_generated',
	],
	failure: [
		'failed',
		'FAILURE',
		'Expired',
		'timed_out',
		'生成失败',
		'job.aborted',
		'render-error',
		'TASK_REJECTED',
		'lost',
		'已退款',
	],
};
const CONTAINERS = [
	'media',
	'assets',
	'files',
	'clips',
	'results',
	'artifact',
	'render',
	'extra',
	'deliverables',
];
/** Names that speak of the video or the result. */
const LINK_NAMES = [
	'videoUrl',
	'resultVideoLink',
	'download_url',
	'video',
	'mp4',
	'playUrl',
	'fileUri',
	'finalVideo',
	'video_src',
	'output_url',
	'clipHref',
	'resultFile',
	'video_download_link',
	'generatedVideo',
];
const REASON_NAMES = [
	'failMsg',
	'error',
	'lastErrorMessage',
	'failure_details',
	'errorText',
	'rejectReason',
	'fail_reason',
];
const ID_NAMES = [
	'task_id',
	'taskId',
	'jobId',
	'generation_id',
	'videoTaskId',
	'id',
	'renderJobId',
	'prediction_id',
];
/** What has nothing to do with the video, and holds one all the same. */
const DISTRACTORS: Record<string, unknown> = {
	thumbnail_url: 'https://files.example/thumb.mp4',
	coverUrl: 'https://files.example/cover.mp4',
	lastFrame: 'https://files.example/frame.mp4',
	input: { video_url: 'https://files.example/input.mp4' },
	params: '{"image_urls":["https://files.example/in.mp4"]}',
	webhook: { url: 'https://files.example/hook.mp4' },
	status_url: 'https://files.example/status',
	preview: { video: 'https://files.example/preview.mp4' },
	audio_url: 'https://files.example/a.mp3',
	prompt: 'like https://files.example/prompt.mp4',
	usage: { seconds: 10 },
	tags: ['a', 'b'],
	referenceVideo: 'https://files.example/reference.mp4',
};

/** A gateway that nobody has written down: envelopes and names are drawn, the same for the same seed. */
export function randomDialect(seed: number): Dialect {
	const random = seededRandom(seed);
	// The first numbers of neighbouring seeds are alike.
	for (let skipped = 0; skipped < 5; skipped++) random();
	const chance = (share: number) => random() < share;
	const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
	const some = (most: number) => Math.floor(random() * (most + 1));

	const layers = Array.from({ length: some(3) }, () => ({
		name: pick(ENVELOPES),
		form: pick(['object', 'object', 'list', 'text'] as const),
	}));
	const isListed = chance(0.1);
	/** Puts an object into the dialect's envelopes. */
	const enveloped = (inner: object): unknown => {
		const answer = layers.reduce<unknown>((value, { name, form }) => {
			const held = form === 'list' ? [value] : form === 'text' ? JSON.stringify(value) : value;
			return { code: 0, msg: 'ok', [name]: held };
		}, inner);
		return isListed ? [answer] : answer;
	};

	const statusName = chance(0.12) ? undefined : pick(STATUS_NAMES);
	const words: Words = {
		waiting: pick(WORDS.waiting),
		running: pick(WORDS.running),
		success: pick(WORDS.success),
		failure: pick(WORDS.failure),
	};
	const way = Array.from({ length: some(2) }, () => pick(CONTAINERS));
	const linkName = pick(LINK_NAMES);
	const inList = chance(0.3);
	const reasonName = pick(REASON_NAMES);
	const idName = pick(ID_NAMES);
	const repeatsId = chance(0.6);
	const saysProgress = pick(['none', 'number', 'text', 'share'] as const);
	const distractors = Object.keys(DISTRACTORS).filter(() => chance(0.25));
	const distractorsFirst = chance(0.5);

	const placed = (url: string): object => {
		const leaf = { [linkName]: inList ? [url] : url };
		return way.reduce<object>((inner, name) => ({ [name]: inner }), leaf);
	};
	const progress = (percent: number): object => {
		if (saysProgress === 'number') return { progress: percent };
		if (saysProgress === 'text') return { progress: `${percent}%` };
		return saysProgress === 'share' && percent > 0 && percent < 100
			? { progress: percent / 100 + 0.001 }
			: {};
	};
	const noise = Object.fromEntries(distractors.map((name) => [name, DISTRACTORS[name]]));

	return {
		says: `drawn from the seed ${seed}`,
		accepted: ({ taskId }) =>
			enveloped({ [idName]: taskId, ...(statusName && { [statusName]: words.waiting }) }),
		told: (facts) =>
			enveloped({
				...(distractorsFirst && noise),
				...(repeatsId && { [idName]: facts.taskId }),
				...(statusName && { [statusName]: wordOf(facts, words) }),
				...(statusName && progress(facts.percent)),
				...(facts.urls[0] !== undefined && placed(facts.urls[0])),
				...(facts.reason && { [reasonName]: facts.reason, finish_time: facts.finished }),
				...(!distractorsFirst && noise),
			}),
	};
}
