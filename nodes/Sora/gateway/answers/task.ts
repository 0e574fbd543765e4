/** The task in an answer: one reader for the documented answer and for every gateway's own way of telling it. */
import { costIn, MOMENTS, momentOf, percentOf, PROGRESS, type Cost } from './amounts';
import { readComplaint } from './complaint';
import { bounded, cutWords } from './cut';
import { isError, isTask, ownTaskIds, readAcceptedTaskId, readTaskIdInError } from './ids';
import type { JsonRecord } from './json';
import { linksOfTask, type FoundLinks } from './links';
import { hasReason, reasonOf } from './reasons';
import {
	isOfFirstStage,
	isOfLaterStage,
	isStatusWord,
	phaseOfStatus,
	type TaskPhase,
} from './statusWords';
import { ENVELOPES, find, named, Part, viewOf, wordsOf, type Rank } from './view';

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
	/** The first of the videos. */
	videoUrl: string | null;
	/** All videos, in the gateway's order. */
	videoUrls: string[];
	/** What is to be known of a result that is not all that was ordered; empty as a rule. */
	note: string;
	/**
	 * The gateway's prose, in Chinese as a rule, cut to a few KB; empty unless the task failed, or finished without a
	 * video.
	 */
	failReason: string;
	/** The gateway's code for it; empty where it gives none. */
	failCode: string;
	/** What the gateway says it cost; empty where it says nothing. */
	cost: Cost;
	submittedAt: string | null;
	startedAt: string | null;
	finishedAt: string | null;
	/** The gateway's task object, untouched but for what is beyond ordinary size. */
	raw: JsonRecord;
}

/** What is known of a task beside the answer. */
interface TaskContext {
	/** The gateway's base URL, against which its relative links are resolved. */
	baseUrl?: string;
	/** The body of the order: which stages were asked for. */
	sent?: JsonRecord;
}

/** Longest word that is shown: they are words. */
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
	const isPlain = /^(?:status|state)$/.test(words);
	const place = isOwn ? 0 : isPlain ? 1 : 2;
	if (phaseOfStatus(value) !== undefined) return place;
	return place < 2 ? 10 + place : undefined;
};

/** Switches that say that a task has ended, however. */
const ENDED = named(/^(?:is )?(?:done|finished|completed)$/);

const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
const flag = (value: unknown) => (typeof value === 'boolean' ? value : undefined);
const percent = (value: unknown, { words }: { words: string }) =>
	percentOf(value, words.includes('ratio'));

const statusIn = (part: Part): string | undefined => find([part], STATUS, text);

/** Words that gateways use for the call as well. */
const OF_THE_CALL = /^(?:success|error|fail)$/i;

const hasOwnId = (part: Part, knownId: string): boolean => {
	const { named, bare } = ownTaskIds(part);
	return named.length > 0 || (bare !== undefined && (bare === knownId || knownId === ''));
};

const isAskedFor = (part: Part, knownId: string): boolean => {
	const { named, bare } = ownTaskIds(part);
	return knownId !== '' && (named.includes(knownId) || bare === knownId);
};

/** Whether an object has what a task has, and an envelope has not. */
const isOfATask = (part: Part, knownId: string): boolean =>
	hasOwnId(part, knownId) ||
	part.fields.some(({ words }) => words === 'fail reason') ||
	find([part], PROGRESS, percent) !== undefined ||
	Object.values(MOMENTS).some((rank) => find([part], rank, momentOf) !== undefined);

/** The object that is the task, with its word; empty where it has none. */
interface Candidate {
	part: Part;
	status: string;
}

const isOpen = ({ path }: Part) => path.every(({ name }) => ENVELOPES.includes(name));

/**
 * The task in an answer: what has the ID that was asked for, if it can with a word. An envelope that has nothing of a
 * task, and whose word may be about the call (`{"status":"success","data":{…}}`), gives way to what is in it.
 */
function taskIn(root: Part, knownId: string): Candidate {
	const parts = root.all;
	const stated = parts.filter((part) => statusIn(part) !== undefined);
	const open = stated.filter(isOpen);
	const asked = stated.find((part) => isAskedFor(part, knownId));
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
		parts.filter(isOpen).findLast(({ siblings }) => siblings.length < 2) ??
		root;
	return { part, status: text(part.original.status) ?? '' };
}

/** Several videos of one task with a state each: it runs as long as one of them does. */
function combined(part: Part): Candidate {
	const { holder, siblings } = part;
	const status = statusIn(part) ?? '';
	const words = siblings.flatMap((other) => statusIn(other) ?? []);
	if (!holder || words.length < 2) return { part, status };
	const inPhase = (phase: TaskPhase | undefined) =>
		words.find((word) => phaseOfStatus(word) === phase);
	const least = inPhase('running') ?? inPhase(undefined) ?? inPhase('succeeded') ?? status;
	return { part: holder, status: least };
}

/** What beside the word says how far a task is. */
interface Signs {
	links: FoundLinks;
	progress: number | undefined;
	submittedAt: string | undefined;
	startedAt: string | undefined;
	finishedAt: string | undefined;
	/** What a switch says, `done` say. */
	ended: boolean | undefined;
	hasReason: boolean;
}

function signsOf({ part, status }: Candidate, knownId: string, baseUrl?: string): Signs {
	const data = part.fields.find(({ name }) => name === 'data')?.value;
	const holders = [part, ...(data instanceof Part ? [data] : []), ...part.around];
	const hasFailed = phaseOfStatus(status) === 'failed';
	return {
		links: linksOfTask(part, { baseUrl, taskId: knownId }, !hasFailed),
		progress: find(holders, PROGRESS, percent),
		submittedAt: find(holders, MOMENTS.submitted, momentOf),
		startedAt: find(holders, MOMENTS.started, momentOf),
		finishedAt: find(holders, MOMENTS.finished, momentOf),
		ended: find(holders, ENDED, flag),
		hasReason: hasReason(part),
	};
}

function phaseWithoutWord({ links, progress, finishedAt, ended, hasReason }: Signs): TaskPhase {
	const isUnderWay = (progress !== undefined && progress > 0 && progress < 100) || ended === false;
	const isOver = finishedAt !== undefined || ended === true;
	if (links.urls.length > 0 && !links.isWeak && !isUnderWay) return 'succeeded';
	if (links.urls.length > 0 && (progress === 100 || isOver)) return 'succeeded';
	return hasReason && isOver ? 'failed' : 'running';
}

/** Whatever the word says: with a finish time, or at 100 %, it is over. */
function phaseOfUnknownWord({ links, progress, finishedAt, ended }: Signs): TaskPhase {
	if (progress !== 100 && finishedAt === undefined && ended !== true) return 'running';
	return links.urls.length > 0 ? 'succeeded' : 'failed';
}

/** Whether the order, or the task, names work that follows the making of the video: upscaling, say. */
function asksForLaterStage(value: unknown, depth = 0): boolean {
	if (typeof value !== 'object' || value === null || depth > 6) return false;
	return Object.entries(value).some(([name, inner]: [string, unknown]) =>
		isOfLaterStage(wordsOf(name)) && !/url|link/i.test(name)
			? Boolean(inner) && !/^(?:|false|none|null|off|0|no)$/i.test(String(text(inner) ?? 'on'))
			: asksForLaterStage(inner, depth + 1),
	);
}

/** The word of an object inside the task, where the task's own is about the call or runs ahead of it. */
const innerPhase = (task: Part): TaskPhase | undefined =>
	task.all
		.slice(1)
		.map((part) => phaseOfStatus(statusIn(part) ?? ''))
		.find((phase) => phase !== undefined);

function phaseOf({ part, status }: Candidate, signs: Signs, sent?: JsonRecord): TaskPhase {
	if (!isStatusWord(status)) return phaseWithoutWord(signs);
	const phase = phaseOfStatus(status);
	if (phase === undefined) return phaseOfUnknownWord(signs);
	const hasLink = signs.links.urls.length > 0;
	if (phase === 'failed') return hasLink && failedLater(part, status) ? 'succeeded' : 'failed';
	if (phase === 'running') return 'running';
	const isStage =
		isOfFirstStage(status) && (asksForLaterStage(sent) || asksForLaterStage(part.original));
	if (isStage && signs.finishedAt === undefined) return 'running';
	if (hasLink) return 'succeeded';
	const inner = innerPhase(part);
	if (inner && inner !== 'succeeded') return inner;
	const isOfCall = OF_THE_CALL.test(status.trim()) && signs.finishedAt === undefined;
	if (isOfCall && signs.progress !== undefined && signs.progress < 100) return 'running';
	return signs.hasReason || phaseOfStatus(reasonOf(part).reason) === 'failed'
		? 'failed'
		: 'succeeded';
}

/** Whether what failed is work on a video that is there all the same. */
const failedLater = (part: Part, status: string) =>
	isOfLaterStage(status) || isOfLaterStage(reasonOf(part).reason);

/**
 * An answer that says what is wrong, and nothing that is certain of the task: `{"status":"error","message":…}`, or a task
 * ID beside an error. It is read as a complaint; a failure of the call must never count as one of the task.
 */
function isComplaint(root: Part, { part, status }: Candidate, signs: Signs, knownId: string) {
	if (signs.links.urls.length > 0) return false;
	const word = status.trim();
	if (!isStatusWord(word) && signs.hasReason) return true;
	const mayBeOfCall = !isStatusWord(word) || /^(?:error|fail)$/i.test(word);
	return mayBeOfCall && !isOfATask(part, knownId) && readComplaint(root.original) !== undefined;
}

/** The ID that an answer gives its task: the one that was asked for if it is anywhere in it. */
function saidIdIn(root: Part, task: Part, knownId: string): string | undefined {
	if (root.all.some((part) => isAskedFor(part, knownId))) return knownId;
	const ids = [task, ...task.around].flatMap((part) => {
		const { named, bare } = ownTaskIds(part);
		// An `id` alone may be the request's, another one each time.
		return bare !== undefined && part === task && isTask(part, bare) ? [...named, bare] : named;
	});
	return ids[0];
}

function anyIdIn(task: Part): string {
	const ids = [task, ...task.around].flatMap((part) => {
		const { named, bare } = ownTaskIds(part);
		return [...named, ...(bare === undefined ? [] : [bare])];
	});
	return ids[0] ?? '';
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
	const { part, status } = candidate;
	const signs = signsOf(candidate, knownId, baseUrl);
	const phase = phaseOf(candidate, signs, sent);
	const { urls } = signs.links;
	const hasFailed = phase === 'failed' && !isStatusWord(status);
	const isTaskAtAll =
		hasFailed ||
		urls.length > 0 ||
		signs.ended !== undefined ||
		hasOwnId(part, knownId) ||
		typeof part.original.status === 'string' ||
		isStatusWord(status);
	if (!isTaskAtAll || (!hasFailed && isComplaint(root, candidate, signs, knownId))) {
		return undefined;
	}
	// A link beside a word for "running" may be a preview, and beside "failed" anything.
	const videoUrls = phase === 'succeeded' ? urls : [];
	const isWithout = phase === 'failed' || (phase === 'succeeded' && urls.length === 0);
	const why = isWithout ? reasonOf(part) : { reason: '', code: '' };
	const isPartial = phase === 'succeeded' && phaseOfStatus(status) === 'failed';
	return {
		id: knownId || anyIdIn(part),
		saidId: saidIdIn(root, part, knownId),
		status: cutWords(status, LONGEST_STATUS, 0),
		phase,
		progress: signs.progress,
		videoUrl: videoUrls[0] ?? null,
		videoUrls,
		note: isPartial ? noteOn(part, status) : '',
		failReason: why.reason,
		failCode: why.code,
		cost: costIn([part, ...part.around]),
		submittedAt: signs.submittedAt ?? null,
		startedAt: signs.startedAt ?? null,
		finishedAt: signs.finishedAt ?? null,
		raw: bounded(part.original),
	};
}

function noteOn(part: Part, status: string): string {
	const { reason } = reasonOf(part);
	const words = [cutWords(status, LONGEST_STATUS, 0), reason].filter(Boolean).join(': ');
	return `The last step failed at the gateway (${words}); this is the video from before it`;
}

/** What the answer to a paid order holds. */
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
	const { sent } = order;
	const taskId = hasErrorStatus
		? readTaskIdInError(answer, sent)
		: readAcceptedTaskId(answer, sent);
	const root = viewOf(answer);
	const mayHoldVideo = !hasErrorStatus && root !== undefined && !isError(root);
	const task = mayHoldVideo ? readTask(answer, taskId ?? '', order) : undefined;
	const isThere = task?.phase === 'succeeded' && task.videoUrl !== null;
	if (taskId === undefined && !isThere) return undefined;
	return { taskId: taskId ?? task?.id ?? '', ...(isThere && { task }) };
}
