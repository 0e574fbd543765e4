/** The task in an answer: one reader for the documented answer and for every gateway's own way of telling it. */
import { costIn, MOMENTS, momentOf, percentOf, PROGRESS, type Cost } from './amounts';
import { hasReason, readComplaint, reasonOf } from './complaint';
import { bounded, cutWords } from './cut';
import { isError, isTask, ownTaskIds, readAcceptedTaskId, readTaskIdInError } from './ids';
import type { JsonRecord } from './json';
import { linksOfTask } from './links';
import {
	isOfFirstStage,
	isOfLaterStage,
	isStatusWord,
	phaseOfStatus,
	type TaskPhase,
} from './statusWords';
import { find, named, Part, viewOf, wordsOf, type Field, type Rank } from './view';

/** A task as the gateway last reported it. */
export interface Task {
	id: string;
	/** The ID that the answer itself gives the task; `undefined` where it gives none. */
	saidId: string | undefined;
	/** The gateway's own word, as it stands; empty where it says none. */
	status: string;
	phase: TaskPhase;
	/** Percent; `undefined` where the gateway says nothing. */
	progress: number | undefined;
	videoUrl: string | null;
	videoUrls: string[];
	/** What the user should know of a result that is not all that was ordered; empty as a rule. */
	note: string;
	/** The gateway's prose, cut to a few KB; empty unless it failed, or finished without a video. */
	failReason: string;
	failCode: string;
	cost: Cost;
	submittedAt: string | null;
	startedAt: string | null;
	finishedAt: string | null;
	/** The gateway's task object, untouched but for what is beyond ordinary size. */
	raw: JsonRecord;
}

interface TaskContext {
	/** The gateway's base URL, against which its relative links are resolved. */
	baseUrl?: string;
	/** The body of the order: which stages were asked for. */
	sent?: JsonRecord;
}

const LONGEST_STATUS = 200;

/** The state of something else than the task. */
const OF_ANOTHER =
	/\b(?:http|payment|pay|billing|callback|webhook|notify|hook|upload|response|request|api|audit|moderation|review|user|account|key|cache|watermark|thumbnail|audio|refund|publish|share)\b/;

/** A known word before any other; what names the task before what may name the call. */
const STATUS: Rank = ({ words, value }) => {
	if (!/(?:status|state)$/.test(words) || OF_ANOTHER.test(words) || !isStatusWord(value)) {
		return undefined;
	}
	const isOwn = /^(?:task|job|video) (?:status|state)$/.test(words);
	const place = isOwn ? 0 : /^(?:status|state)$/.test(words) ? 1 : 2;
	if (phaseOfStatus(value) !== undefined) return place;
	return place < 2 ? 10 + place : undefined;
};

const ENDED = named(/^(?:is )?(?:done|finished|completed)$/);

const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
const flag = (value: unknown) => (typeof value === 'boolean' ? value : undefined);
const percent = (value: unknown, { words }: { words: string }) =>
	percentOf(value, words.includes('ratio'));

const statusIn = (part: Part): string | undefined => find([part], STATUS, text);

function hasOwnId(part: Part, knownId: string): boolean {
	const { named, bare } = ownTaskIds(part);
	return named.length > 0 || (bare !== undefined && (bare === knownId || knownId === ''));
}

function isAskedFor(part: Part, knownId: string): boolean {
	const { named, bare } = ownTaskIds(part);
	return knownId !== '' && (named.includes(knownId) || bare === knownId);
}

/** Whether an object has what a task has, and an envelope has not. */
const isOfATask = (part: Part, knownId: string): boolean =>
	hasOwnId(part, knownId) ||
	part.fields.some(({ words }) => words === 'fail reason') ||
	find([part], PROGRESS, percent) !== undefined ||
	Object.values(MOMENTS).some((rank) => find([part], rank, momentOf) !== undefined);

/** What an error, or prose, quotes of a task says what became of a call. */
const isQuoted = ({ words, text: quote }: Field) =>
	/^errors?$/.test(words) || (quote !== undefined && !/^\s*[[{]/.test(quote));

/** The object that is the task, with its word; empty where it has none. */
interface Candidate {
	part: Part;
	status: string;
}

/**
 * The task in an answer: what has the ID that was asked for, if it can with a word. An envelope that has nothing of a
 * task, and whose word may be about the call (`{"status":"success","data":{…}}`), gives way to what is in it.
 */
function taskIn(root: Part, knownId: string): Candidate {
	const isAsked = (part: Part) => isAskedFor(part, knownId) && statusIn(part) !== undefined;
	const parts = root.all.filter((part) => isAsked(part) || !part.path.some(isQuoted));
	const stated = parts.filter((part) => statusIn(part) !== undefined);
	const open = stated.filter(({ isOpen }) => isOpen);
	const asked = stated.find(isAsked);
	if (asked) return { part: asked, status: statusIn(asked) ?? '' };
	const withWord =
		(open[0] === stated[0] ? undefined : stated[0]) ??
		open.find((part) => isOfATask(part, knownId)) ??
		open.at(-1);
	if (withWord) return combined(withWord);
	const part =
		parts.find((other) => isAskedFor(other, knownId)) ??
		parts.find((other) => hasOwnId(other, knownId)) ??
		parts.find((other) => find([other], MOMENTS.finished, momentOf) !== undefined) ??
		parts.filter(({ isOpen }) => isOpen).findLast(({ siblings }) => siblings.length < 2) ??
		root;
	return { part, status: text(part.original.status) ?? '' };
}

/** Several videos of one task with a state each: it runs as long as one of them does. */
function combined(part: Part): Candidate {
	const { holder, siblings } = part;
	const status = statusIn(part) ?? '';
	const words = siblings.flatMap((other) => statusIn(other) ?? []);
	if (!holder || words.length < 2) return { part, status };
	const least = ['running', undefined, 'succeeded']
		.map((phase) => words.find((word) => phaseOfStatus(word) === phase))
		.find((word) => word !== undefined);
	return { part: holder, status: least ?? status };
}

/** What beside its word says how far a task is. */
function signsOf({ part, status }: Candidate, knownId: string, baseUrl?: string) {
	const data = part.fields.find(({ name }) => name === 'data')?.value;
	const holders = [part, ...(data instanceof Part ? [data] : []), ...part.around];
	const moment = (rank: Rank) => find(holders, rank, momentOf) ?? null;
	const finishedAt = moment(MOMENTS.finished);
	const ended = find(holders, ENDED, flag);
	return {
		links: linksOfTask(part, { baseUrl, taskId: knownId }, phaseOfStatus(status) !== 'failed'),
		progress: find(holders, PROGRESS, percent),
		submittedAt: moment(MOMENTS.submitted),
		startedAt: moment(MOMENTS.started),
		finishedAt,
		ended,
		isOver: finishedAt !== null || ended === true,
		hasReason: hasReason(part),
	};
}
type Signs = ReturnType<typeof signsOf>;

/** No word says that a task goes on that is at 100 %, or has a finish time; without any word, a link says as much. */
function phaseWithoutKnownWord(status: string, signs: Signs): TaskPhase {
	const { links, progress = 0, ended, isOver } = signs;
	const isComplete = progress === 100 || isOver;
	const hasLink = links.urls.length > 0;
	if (isStatusWord(status)) return isComplete ? (hasLink ? 'succeeded' : 'failed') : 'running';
	const isUnderWay = (progress > 0 && progress < 100) || ended === false;
	if (hasLink && (isComplete || (!links.isWeak && !isUnderWay))) return 'succeeded';
	return signs.hasReason && isOver ? 'failed' : 'running';
}

/** Whether the order, or the task, names work that follows the making of the video: upscaling, say. */
function asksForLaterStage(value: unknown, depth = 0): boolean {
	if (typeof value !== 'object' || value === null || depth > 6) return false;
	return Object.entries(value).some(([name, inner]: [string, unknown]) =>
		isOfLaterStage(wordsOf(name)) && !/url|link/i.test(name)
			? Boolean(inner) && !/^(?:false|none|null|off|0|no)$/i.test(text(inner) ?? '')
			: asksForLaterStage(inner, depth + 1),
	);
}

/** Words that gateways use for the call as well. */
const OF_THE_CALL = /^(?:success|error|fail)$/i;

function phaseOf({ part, status }: Candidate, signs: Signs, sent?: JsonRecord): TaskPhase {
	const phase = isStatusWord(status) ? phaseOfStatus(status) : undefined;
	if (phase === undefined) return phaseWithoutKnownWord(status, signs);
	const hasLink = signs.links.urls.length > 0;
	// What failed may be work on a video that is there all the same.
	const words = [status, reasonOf(part).reason];
	if (phase === 'failed') return hasLink && words.some(isOfLaterStage) ? 'succeeded' : 'failed';
	if (phase === 'running') return 'running';
	const isStage =
		isOfFirstStage(status) && (asksForLaterStage(sent) || asksForLaterStage(part.original));
	if (isStage && signs.finishedAt === null) return 'running';
	if (hasLink) return 'succeeded';
	// The task's own word may be about the call or run ahead of what is in it.
	const inner = part.all
		.slice(1)
		.map((other) => phaseOfStatus(statusIn(other) ?? ''))
		.find((other) => other !== undefined);
	if (inner && inner !== 'succeeded') return inner;
	const isOfCall = OF_THE_CALL.test(status.trim()) && signs.finishedAt === null;
	if (isOfCall && (signs.progress ?? 100) < 100) return 'running';
	return signs.hasReason || phaseOfStatus(reasonOf(part).reason) === 'failed'
		? 'failed'
		: 'succeeded';
}

/**
 * An answer that says what is wrong, and nothing that is certain of the task: `{"status":"error","message":…}`, or a task
 * ID beside an error. It is read as a complaint; a failure of the call must never count as one of the task.
 */
function isComplaint(root: Part, { part, status }: Candidate, signs: Signs, knownId: string) {
	if (signs.links.urls.length > 0) return false;
	if (!isStatusWord(status) && signs.hasReason) return true;
	const mayBeOfCall = !isStatusWord(status) || /^(?:error|fail)$/i.test(status.trim());
	return mayBeOfCall && !isOfATask(part, knownId) && readComplaint(root.original) !== undefined;
}

/** The ID that an answer gives its task: the one that was asked for if it is anywhere in it. */
function saidIdIn(root: Part, task: Part, knownId: string): string | undefined {
	if (root.all.some((part) => isAskedFor(part, knownId))) return knownId;
	const [id] = [task, ...task.around].flatMap((part) => {
		const { named, bare } = ownTaskIds(part);
		// An `id` alone may be the request's, another one each time.
		return bare !== undefined && part === task && isTask(part, bare) ? [...named, bare] : named;
	});
	return id;
}

/**
 * Reads a task out of an answer or a call, bare, in an envelope or alone in a list.
 * @param knownId the ID that was asked for, where the answer may leave it out
 * @returns `undefined` where the answer holds no task
 */
export function readTask(
	answer: unknown,
	knownId: string,
	{ baseUrl, sent }: TaskContext = {},
): Task | undefined {
	const root = viewOf(answer);
	if (!root) return undefined;
	const candidate = taskIn(root, knownId);
	const { part, status: word } = candidate;
	const signs = signsOf(candidate, knownId, baseUrl);
	const phase = phaseOf(candidate, signs, sent);
	const { urls } = signs.links;
	const hasFailedWithoutWord = phase === 'failed' && !isStatusWord(word);
	const isTaskAtAll =
		urls.length > 0 ||
		signs.ended !== undefined ||
		hasOwnId(part, knownId) ||
		typeof part.original.status === 'string' ||
		isStatusWord(word);
	if (!hasFailedWithoutWord && (!isTaskAtAll || isComplaint(root, candidate, signs, knownId))) {
		return undefined;
	}
	const status = cutWords(word, LONGEST_STATUS, 0);
	// A link beside a word for "running" may be a preview, and beside "failed" anything.
	const videoUrls = phase === 'succeeded' ? urls : [];
	const { reason, code } = reasonOf(part);
	const isWithoutVideo = phase !== 'running' && videoUrls.length === 0;
	const isPartial = phase === 'succeeded' && phaseOfStatus(word) === 'failed';
	const saidId = saidIdIn(root, part, knownId);
	return {
		id: knownId || (saidId ?? ''),
		saidId,
		status,
		phase,
		progress: signs.progress,
		videoUrl: videoUrls[0] ?? null,
		videoUrls,
		note: isPartial
			? `The last step failed at the gateway (${[status, reason].filter(Boolean).join(': ')}); this is the video from before it`
			: '',
		failReason: isWithoutVideo ? reason : '',
		failCode: isWithoutVideo ? code : '',
		cost: costIn([...part.all, ...part.around]),
		submittedAt: signs.submittedAt,
		startedAt: signs.startedAt,
		finishedAt: signs.finishedAt,
		raw: bounded(part.original),
	};
}

export interface Accepted {
	/** Empty only where the finished task came without an ID. */
	taskId: string;
	/** The task, where the answer to the order holds its video already. */
	task?: Task;
}

/**
 * Reads the answer to a paid order: the ID of the task, and the task itself where it is finished already.
 * @param order.isError the answer came with an error's status
 * @returns `undefined` where the answer tells of no task
 */
export function readAccepted(
	answer: unknown,
	{ isError: hasErrorStatus, ...order }: TaskContext & { isError: boolean },
): Accepted | undefined {
	const readId = hasErrorStatus ? readTaskIdInError : readAcceptedTaskId;
	const taskId = readId(answer, order.sent);
	const root = viewOf(answer);
	const mayHoldVideo = !hasErrorStatus && root !== undefined && !isError(root);
	const task = mayHoldVideo ? readTask(answer, taskId ?? '', order) : undefined;
	const isThere = task?.phase === 'succeeded' && task.videoUrl !== null;
	if (taskId === undefined && !isThere) return undefined;
	return { taskId: taskId ?? task?.id ?? '', ...(isThere && { task }) };
}
