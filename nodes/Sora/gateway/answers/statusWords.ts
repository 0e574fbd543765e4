/** The meaning of status words: rules by word stem, so that words never seen before are understood, too. */
import { forMatching } from './cut';
import { wordsOf } from './view';

export type TaskPhase = 'running' | 'succeeded' | 'failed';

/** About the call, not the task. */
const OF_THE_CALL = /^(?:ok|okay|true|false|null|none|undefined|n a)$/;

/** The words of a status; `TIMED_OUT`, `timed-out` and `TimedOut` are the same. */
function normalised(status: string): string {
	const trimmed = forMatching(status).trim();
	// All capitals: there are no camel-case boundaries.
	return wordsOf(/\p{Ll}/u.test(trimmed) ? trimmed : trimmed.toLowerCase());
}

const HAN = /\p{Script=Han}/u;
/** In this order: "处理失败，重试中" is running, so is "未完成", and "审核未通过" has failed. */
const CHINESE: ReadonlyArray<readonly [TaskPhase, RegExp]> = [
	['running', /(?:中|中\.+|中…+)$|重试/],
	[
		'failed',
		/失[败敗]|错误|錯誤|[异異]常|超时|超時|逾時|[过過]期|取消|拒[绝絕]|[终終]止|中止|[驳駁]回|作[废廢]|[违違][规規]|未通[过過]|不通[过過]|未成功|[审審鉴鑑][核黄黃]不[过過]|不[合可][规規法用]|[失无無]效|撤[销銷回]|中[断斷]|[违違]禁|涉[黄黃]|[风風]控|[被遭]拒|超限|不足|期限切れ|却下|退[款回还還]|敏感|屏蔽|[过過][滤濾]|[拦攔]截|封禁|[丢丟遗遺]失|[删刪]除|下架|[关關][闭閉]|死/,
	],
	['running', /未|尚|没有|沒有|等待|待|排[队隊]|即[将將]|[准準][备備]|提交|[创創]建|[开開]始/],
	['succeeded', /成功|完成|完了|完[毕畢结結]|[结結]束|出片|已生成|就[绪緒]/],
];

const NEGATION = /^(?:not|no|non|never|nothing|without|zero|un|isn t|yet)$/;
/** `unfinished`, `incomplete`, `notcompleted`. */
const NEGATED =
	/^(?:un|in|not|non)(?=finish|complet|done|ready|success|succeed|generated|rendered|fulfilled|delivered)/;
const GOES_ON =
	/(?:^| )(?:retry|retri|requeue|restart|resum)|\bcancel\w* (?:request|requested|pending)\b|\bpending cancel/;
/** Before a word for success: it is still to come (`almost_done`), or only one stage (`first_frame_ready`). */
const NOT_YET =
	/^(?:wait|await|pending|almost|nearly|half|before|until|soon|expect|estimat|about)|^(?:stage|step|phase|pre|preprocess|preprocessing|upload|uploading|download|audio|voice|frames?|images?|keyframe|thumbnail|cover|script|prompt|storyboard|moderation|review|queue)$/;

const FAILED =
	/fail|error|cancel(?!l?ing)|expire|expirad|time ?d? ?out|abort(?!ing)|reject|refus|refund|denied|terminat(?!ing)|invalid|(?<!un)block|abandon|^kill|crash|exceeded|violat|nsfw|moderated|flagged|banned|unsuccess|deleted|removed|discarded|filter(?!ing)|sensitive|unsafe|forbidden|prohibit|disallow|restricted|illegal|^dead|^died|^lost$|^gone$|^void|revoked|withdrawn|dropped|purged|stopped|halted|unable|corrupt|broken|^closed$|disabled|skipped|ignored|nullif|obsolete|abnormal|exception|interrupted|evicted|preempted|censor|quarantin|insufficient|overdue|lapsed|orphan|bounced|undeliver|unprocess|copyright|infring|^taken$|withheld|suppress(?!ing)|declin(?!ing)|confiscat|reversed|unfulfill|[ée]chou|fehlgeschlagen|fehler|erreur|annul|abgebrochen|abgelehnt|abgelaufen|rejet|rechaz|^fall(?:id|it)|scadut|vencid|ошибк|отмен|отклон|неудач|истек|エラー|キャンセル|실패|취소|만료|거부|오류/;
const SUCCEEDED =
	/success|succeed|complete(?!ly)|finish(?!ing)|^(?:.*[a-z])?done$|^ready$|ready$|generated|rendered|delivered|finali[sz]ed|fulfilled|^ended$|^terminé|^fertig$|^completad|^conclu[ií]d|^erfolgreich|^exitoso$|^готово|^заверш|완료|성공/;
const RUNNING =
	/(?<!^(?:miss|noth|warn|str|bill))ing$|queue|submit|creat|start|accept|progress|schedul|initial|prepar|receiv|assign|dispatch|pending|throttl|delay|paus/;

function phaseOfWords(words: string): TaskPhase | undefined {
	const text = words.replace(/\btimed? out\b/g, 'timeout');
	const parts = text.split(' ');
	if (GOES_ON.test(text)) return 'running';
	if (/\bnot pass(?:ed)?\b/.test(text)) return 'failed';
	const isNegated = (index: number) =>
		parts.slice(Math.max(0, index - 2), index).some((word) => NEGATION.test(word)) ||
		/^(?:free|passed)$/.test(parts[index + 1] ?? '');
	// Some of several videos are there; otherwise it may be part of the way.
	if (parts.some((word) => word.startsWith('partial'))) {
		return parts.some((word) => FAILED.test(word) || /^succe/.test(word)) ? 'succeeded' : undefined;
	}
	const succeeded = parts.findIndex((word) => SUCCEEDED.test(word) && !/^unsuccess/.test(word));
	const failed = parts.findIndex((word) => FAILED.test(word));
	if (failed >= 0) {
		// "completed with errors" has a video; "failed to complete" has none.
		if (succeeded >= 0 && parts.slice(succeeded, failed).includes('with')) return 'succeeded';
		if (!isNegated(failed)) return 'failed';
		return succeeded >= 0 && !isNegated(succeeded) ? 'succeeded' : undefined;
	}
	if (succeeded < 0) return parts.some((word) => RUNNING.test(word)) ? 'running' : undefined;
	const isOnTheWay =
		isNegated(succeeded) ||
		NEGATED.test(parts[succeeded] ?? '') ||
		parts.slice(0, succeeded).some((word) => NOT_YET.test(word)) ||
		/^(?:to|for)$/.test(parts[succeeded + 1] ?? '') ||
		/\bto be\b/.test(text);
	return isOnTheWay ? 'running' : 'succeeded';
}

/** The phase that a status word means. @returns `undefined` for unknown words, and for none */
export function phaseOfStatus(status: string): TaskPhase | undefined {
	const words = normalised(status);
	if (!words || OF_THE_CALL.test(words)) return undefined;
	if (HAN.test(words)) return CHINESE.find(([, sign]) => sign.test(words))?.[0];
	return phaseOfWords(words);
}

export const isKnownStatus = (status: string): boolean => phaseOfStatus(status) !== undefined;

/** Whether a word says that somebody cancelled the task. */
export const isCancelledStatus = (status: string): boolean =>
	phaseOfStatus(status) === 'failed' && /cancel|取消/i.test(forMatching(status));

/** Gateways also put numbers and the state of the call in place of the task's status. */
export const isStatusWord = (value: unknown): value is string =>
	typeof value === 'string' &&
	/\p{L}/u.test(value.slice(0, 200)) &&
	!OF_THE_CALL.test(normalised(value));

/** Work on an existing video, such as upscaling. */
const LATER_STAGE =
	/\b(?:up ?scal\w*|up ?sampl\w*|super ?res\w*|enlarg\w*|interpolat\w*|hd ?ify|refin\w*|dub\w*|lip ?sync\w*|post ?process\w*|transcod\w*|boost\w*|(?<!prompt )enhanc\w*(?! prompt)|stitch\w*|stabili[sz]\w*|face ?(?:swap|enhance)\w*|(?:remove|add|no) ?(?:watermark|audio|sound|music|subtitles?)|watermark remov\w*)\b|超分|放大|补帧|配音|去水印/;
const FIRST_STAGE = /\b(?:generat\w*|render\w*|draft|base|initial|first|video|low)\b|生成|渲染/;

export const isOfLaterStage = (words: string): boolean =>
	LATER_STAGE.test(normalised(forMatching(words)));

/** Whether a word means the making of the video rather than all of the work: `video_generation_completed`. */
export const isOfFirstStage = (status: string): boolean =>
	!isOfLaterStage(status) && FIRST_STAGE.test(normalised(status));
