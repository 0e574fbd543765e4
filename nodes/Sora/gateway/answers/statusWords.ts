/** What the words for a task's state mean: one table, and rules for words that it does not list. */
import { forMatching } from './cut';
import { wordsOf } from './keys';

export type TaskPhase = 'running' | 'succeeded' | 'failed';

/** Words seen at gateways, in small letters, their parts joined by one space. */
export const STATUS_WORDS: Readonly<Record<TaskPhase, readonly string[]>> = {
	running: [
		...['not start', 'not started', 'submitted', 'created', 'accepted', 'scheduled', 'initialized'],
		...['queued', 'queueing', 'queue', 'in queue', 'pending', 'waiting', 'preparing', 'throttled'],
		...['running', 'started', 'starting', 'processing', 'in progress', 'generating', 'rendering'],
		...['排队中', '等待中', '进行中', '处理中', '生成中', '未开始', '已提交'],
	],
	succeeded: [
		...[
			'success',
			'succeed',
			'succeeded',
			'successful',
			'complete',
			'completed',
			'finish',
			'finished',
		],
		...['done', 'ready', 'generated', '成功', '完成', '已完成', '生成成功', '已生成'],
	],
	failed: [
		...[
			'fail',
			'failed',
			'failure',
			'error',
			'errored',
			'expired',
			'timeout',
			'timed out',
			'cancel',
		],
		...[
			'cancelled',
			'canceled',
			'aborted',
			'rejected',
			'refused',
			'terminated',
			'invalid',
			'blocked',
		],
		...['not passed', 'not pass'],
		...['失败', '生成失败', '任务失败', '已取消', '超时', '已过期', '错误', '审核不通过'],
	],
};

/** Gateways put these in front of a word, `TASK_STATUS_SUCCEED` say. */
const PREFIXES = /^(?:(?:task|job|video|generation|status|state) )+(?=.)/;
/** Words about the call and not about the task: they say nothing. */
const OF_THE_CALL = /^(?:ok|okay|true|false|null|none|undefined|n a)$/;

const LISTED = new Map<string, TaskPhase>(
	Object.entries(STATUS_WORDS).flatMap(([phase, words]) =>
		words.map((word) => [word, phase as TaskPhase] as const),
	),
);

/** The words of a status; `TIMED_OUT`, `timed-out` and `TimedOut` are the same. */
function normalised(status: string): string {
	const trimmed = forMatching(status).trim();
	// Capitals only: no boundaries between small and capital letters to be found.
	const words = wordsOf(/\p{Ll}/u.test(trimmed) ? trimmed : trimmed.toLowerCase()).join(' ');
	return words.replace(PREFIXES, '');
}

const HAN = /\p{Script=Han}/u;
/** In this order: "处理失败，重试中" is running, "未完成" too, and "审核未通过" has failed. */
const CHINESE: ReadonlyArray<readonly [TaskPhase, RegExp]> = [
	['running', /(?:中|中\.+|中…+)$|重试/],
	[
		'failed',
		/失[败敗]|错误|錯誤|[异異]常|超时|超時|逾時|[过過]期|取消|拒[绝絕]|[终終]止|中止|[驳駁]回|作[废廢]|[违違][规規]|未通[过過]|不通[过過]|未成功/,
	],
	['running', /未|尚|没有|沒有|等待|待|排[队隊]|即[将將]|[准準][备備]|提交|[创創]建|[开開]始/],
	['succeeded', /成功|完成|完了|完[毕畢]|已生成|就[绪緒]/],
];

const NEGATION = /^(?:not|no|non|never|without|zero|un|isn t|yet)$/;
/** The task is on its way to what the word behind says: `waiting_for_completion`, `almost_done`. */
const NOT_YET = /^(?:wait|await|pending|almost|nearly|half|before|until|soon|expect|estimat|about)/;
const AGAIN = /^(?:retry|retri|requeue|restart|resum)/;
/** One stage of several: `upload_complete`, `first_frame_ready`, `stage_1_done`. */
const STAGE =
	/^(?:stage|step|phase|pre|preprocess|preprocessing|upload|uploading|download|audio|voice|frame|frames|image|images|keyframe|thumbnail|cover|script|prompt|storyboard|moderation|review|queue)$/;

const FAILED_STEM =
	/fail|error|errored|cancell?ed|^cancel$|expire|time ?d? ?out|abort(?!ing)|reject|refus|denied|terminat(?!ing)|invalid|(?<!un)block|abandon|^kill|crash|exceeded|violat|nsfw|moderated|flagged|banned|unsuccess|deleted|discarded/;
const SUCCEEDED_STEM =
	/success|succeed|complete(?!ly)|finish(?!ing)|^(?:.*[a-z])?done$|^ready$|ready$|generated|rendered|delivered|finali[sz]ed|fulfilled/;
const RUNNING_STEM =
	/(?<!^(?:miss|noth|warn|str|bill))ing$|queue|submit|creat|start|accept|progress|schedul|initial|prepar|receiv|assign|dispatch|pending|throttl|delay|paus/;

/** A negated word, written in one: `unfinished`, `incomplete`, `notcompleted`. */
const NEGATED = /^(?:un|in|not|non)(?=finish|complet|done|ready|success|succeed|generated)/;

function phaseOfWords(words: string[]): TaskPhase | undefined {
	const text = words.join(' ').replace(/\btime(?:d)? out\b/g, 'timeout');
	const parts = text.split(' ');
	if (parts.some((word) => AGAIN.test(word))) return 'running';
	const isNegated = (index: number) =>
		parts.slice(Math.max(0, index - 2), index).some((word) => NEGATION.test(word)) ||
		parts[index + 1] === 'free';

	if (/\bcancel\w* (?:request|requested|pending)\b|\bpending cancel/.test(text)) return 'running';
	const succeeded = parts.findIndex(
		(word) => SUCCEEDED_STEM.test(word) && !/^unsuccess/.test(word) && word !== 'abandoned',
	);
	const failed = parts.findIndex((word) => FAILED_STEM.test(word));
	if (failed >= 0) {
		// "completed with errors" has a video; "failed to complete" has none.
		const isPartial = succeeded >= 0 && parts.slice(succeeded, failed).includes('with');
		if (isPartial) return 'succeeded';
		if (!isNegated(failed)) return 'failed';
		return succeeded >= 0 && !isNegated(succeeded) ? 'succeeded' : undefined;
	}
	// Part of several videos, or part of the way: nobody can tell.
	if (parts.some((word) => word.startsWith('partial'))) return undefined;
	if (succeeded >= 0) {
		const word = parts[succeeded] ?? '';
		const before = parts.slice(0, succeeded);
		const isOnTheWay =
			isNegated(succeeded) ||
			NEGATED.test(word) ||
			before.some((other) => NOT_YET.test(other) || STAGE.test(other)) ||
			/^(?:to|for)$/.test(parts[succeeded + 1] ?? '') ||
			/\bto be\b/.test(text);
		return isOnTheWay ? 'running' : 'succeeded';
	}
	return parts.some((word) => RUNNING_STEM.test(word)) ? 'running' : undefined;
}

/**
 * What a gateway's word says of the task.
 * @returns `undefined` for a word that nobody knows, and for none
 */
export function phaseOfStatus(status: string): TaskPhase | undefined {
	const words = normalised(status);
	if (!words || OF_THE_CALL.test(words)) return undefined;
	const listed = LISTED.get(words);
	if (listed) return listed;
	if (HAN.test(words)) return CHINESE.find(([, sign]) => sign.test(words))?.[0];
	return phaseOfWords(words.split(' '));
}

/** Whether a word says that somebody ended the task on purpose. */
export const isCancelledStatus = (status: string): boolean =>
	phaseOfStatus(status) === 'failed' && /cancel|取消/i.test(forMatching(status));

/** Whether a text is a word about a task at all: gateways also put numbers and the state of the call there. */
export const isStatusWord = (value: unknown): value is string =>
	typeof value === 'string' &&
	/\p{L}/u.test(value.slice(0, 200)) &&
	!OF_THE_CALL.test(normalised(value));
