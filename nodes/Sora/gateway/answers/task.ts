/** The task in an answer: one reader for the documented answer and for every gateway's dialect. */
import { costIn, MOMENTS, momentOf, percentOf, PROGRESS, type Cost } from './amounts';
import { isError, readComplaint, reasonOf, saysNoTask } from './complaint';
import { bounded, cutWords } from './cut';
import { isTask, ownTaskIds, readTaskId } from './ids';
import type { JsonRecord } from './json';
import { linksOfTask } from './links';
import {
	isOfFirstStage,
	isOfLaterStage,
	isStatusWord,
	phaseOfStatus,
	type TaskPhase,
} from './statusWords';
import { find, named, Part, textOf, viewOf, wordsOf, type Field, type Rank } from './view';

/** A task as the gateway last reported it. */
export interface Task {
	id: string;
	/** The task's ID in the answer itself; `undefined` if it has none. */
	saidId: string | undefined;
	/** The gateway's own word, unchanged; empty if there is none. */
	status: string;
	phase: TaskPhase;
	/** Percent; `undefined` if the gateway reports none. */
	progress: number | undefined;
	videoUrl: string | null;
	videoUrls: string[];
	/** What the user should know if the result is not all that was ordered; usually empty. */
	note: string;
	/** The gateway's prose, cut to a few KB; empty unless it failed, or finished without a video. */
	failReason: string;
	failCode: string;
	cost: Cost;
	submittedAt: string | null;
	startedAt: string | null;
	finishedAt: string | null;
	/** The gateway's task object, unchanged unless it is oversized. */
	raw: JsonRecord;
}

interface TaskContext {
	/** The gateway's base URL, which relative links are resolved against. */
	baseUrl?: string;
	/** The body of the order: which stages were requested. */
	sent?: JsonRecord;
}

const LONGEST_STATUS = 200;

/** The state of something other than the task. */
const OF_ANOTHER =
	/\b(?:http|payment|pay|billing|callback|webhook|notify|hook|upload|response|request|api|audit|moderation|review|user|account|key|cache|watermark|thumbnail|audio|refund|publish|share)\b/;

/** In an object with an ID, `status_desc` says what the number in `status` means. */
const explainsNumber = (words: string, part: Part) =>
	/(?:status|state) (?:desc\w*|text|name|label|str\w*)$/.test(words) &&
	Object.values(ownTaskIds(part)).flat().some(Boolean) &&
	part.fields.some(
		(field) => /stat(?:us|e)$/.test(field.words) && /^\d+$/.test(String(field.value)),
	);

/** Known words first; names of the task before names that may mean the call. */
const STATUS: Rank = ({ words, value, part }) => {
	const isOfStatus = /(?:status|state)$/.test(words) || explainsNumber(words, part);
	if (!isOfStatus || OF_ANOTHER.test(words) || !isStatusWord(value)) return undefined;
	const isOwn = /^(?:task|job|video) (?:status|state)$/.test(words);
	const place = isOwn ? 0 : /^(?:status|state)$/.test(words) ? 1 : 2;
	if (phaseOfStatus(value) !== undefined) return place;
	return place < 2 ? 10 + place : undefined;
};

const ENDED = named(/^(?:is )?(?:done|finished|completed)$/);

const flag = (value: unknown) => (typeof value === 'boolean' ? value : undefined);
const percent = (value: unknown, { words }: { words: string }) =>
	percentOf(value, words.includes('ratio'));

const statusIn = (part: Part): string => find([part], STATUS, textOf) ?? '';

/** The IDs that an object gives its task. A bare `id` or `name` may be anything's, unless it is the known one. */
function taskIdsIn(part: Part, knownId: string): string[] {
	const { named, bare, name } = ownTaskIds(part);
	if (knownId && [bare, name].includes(knownId)) return [...named, knownId];
	return bare !== undefined && !knownId ? [...named, bare] : named;
}

/** Whether an object has the fields of a task, unlike an envelope. */
const isOfATask = (part: Part, knownId: string): boolean =>
	taskIdsIn(part, knownId).length > 0 ||
	part.fields.some(({ words }) => words === 'fail reason') ||
	find([part], PROGRESS, percent) !== undefined ||
	Object.values(MOMENTS).some((rank) => find([part], rank, momentOf) !== undefined);

/** What an error, or prose, quotes about a task is about a call, and a step is not the task. */
const isQuoted = ({ words, text }: Field) =>
	/^(?:errors?|steps?|stages?)$/.test(words) || (text !== undefined && !/^\s*[[{]/.test(text));

/** An object that may be the task, with its status word; empty if it has none. */
interface Candidate {
	part: Part;
	status: string;
}

/**
 * The task in an answer: what has the known ID, preferably with a status word. An envelope without fields of a task,
 * whose word may be about the call (`{"status":"success","data":{…}}`), gives way to its content.
 */
function taskIn(root: Part, knownId: string): Candidate {
	const isAsked = ({ part }: Candidate) => taskIdsIn(part, knownId).includes(knownId);
	const all = root.all
		.map((part) => ({ part, status: statusIn(part) }))
		.filter((one) => !one.part.path.some(isQuoted) || (one.status && isAsked(one)));
	const stated = all.filter(({ status }) => status);
	const open = stated.filter(({ part }) => part.isOpen);
	const withWord =
		(open[0] === stated[0] ? undefined : stated[0]) ??
		open.find(({ part }) => isOfATask(part, knownId)) ??
		open.at(-1);
	return (
		stated.find(isAsked) ??
		(withWord && combined(withWord)) ??
		all.find(isAsked) ??
		all.find(({ part }) => taskIdsIn(part, knownId).length > 0) ??
		all.find(({ part }) => find([part], MOMENTS.finished, momentOf) !== undefined) ??
		all.findLast(({ part }) => part.isOpen && part.siblings.length < 2) ?? {
			part: root,
			status: '',
		}
	);
}

/** Several videos of one task, each with a state: it is running as long as one of them is. */
function combined({ part, status }: Candidate): Candidate {
	const words = part.siblings.map(statusIn).filter(Boolean);
	if (!part.field || words.length < 2) return { part, status };
	const [least = status] = ['running', undefined, 'succeeded'].flatMap((phase) =>
		words.filter((word) => phaseOfStatus(word) === phase),
	);
	return { part: part.field.part, status: least };
}

/** The facts about a task in an answer. */
function factsOf(root: Part, knownId: string, { baseUrl, sent }: TaskContext) {
	const task = taskIn(root, knownId);
	const { part } = task;
	const status = task.status || textOf(part.original.status);
	const data = part.fields.find(({ name }) => name === 'data')?.value;
	const holders = [part, ...(data instanceof Part ? [data] : []), ...part.around];
	const moment = (rank: Rank) => find(holders, rank, momentOf) ?? null;
	const hasFailed = phaseOfStatus(status) === 'failed';
	return {
		part,
		status,
		...linksOfTask(part, { baseUrl, taskId: knownId, sent, hasFailed }),
		...reasonOf(part),
		ended: find(holders, ENDED, flag),
		reported: {
			progress: find(holders, PROGRESS, percent),
			submittedAt: moment(MOMENTS.submitted),
			startedAt: moment(MOMENTS.started),
			finishedAt: moment(MOMENTS.finished),
		},
	};
}
type Facts = ReturnType<typeof factsOf>;

/** Whether the order or the task requests work after the making of the video, such as upscaling. */
function asksForLaterStage(value: unknown, depth = 0): boolean {
	if (typeof value !== 'object' || value === null || depth > 6) return false;
	return Object.entries(value).some(([name, inner]: [string, unknown]) =>
		isOfLaterStage(wordsOf(name)) && !/url|link/i.test(name)
			? Boolean(inner) && !/^(?:false|none|null|off|0|no)$/i.test(textOf(inner))
			: asksForLaterStage(inner, depth + 1),
	);
}

function phaseOf({ part, status, ...facts }: Facts, sent?: JsonRecord): TaskPhase {
	const { reason, isTelling, ended } = facts;
	const { progress, finishedAt } = facts.reported;
	const hasLink = facts.urls.length > 0;
	const isOver = finishedAt !== null || ended === true;
	const isComplete = progress === 100 || isOver;
	const isUnfinished = progress !== undefined && progress < 100;
	const said = phaseOfStatus(status);
	if (said === 'running') return 'running';
	if (said === 'failed') {
		// What failed may be later work on a video that exists.
		return hasLink && [status, reason].some(isOfLaterStage) ? 'succeeded' : 'failed';
	}
	if (said === undefined && isStatusWord(status)) {
		// An unknown word means running, unless something else says that the task is over. New API gives a task that has
		// not even started a finish time.
		if (isComplete && hasLink) return 'succeeded';
		return isComplete && (ended === true || !isUnfinished) ? 'failed' : 'running';
	}
	if (said === undefined) {
		const isUnderWay = (isUnfinished && progress > 0) || ended === false;
		if (hasLink && (isComplete || (!facts.isWeak && !isUnderWay))) return 'succeeded';
		if (isTelling && isComplete) return 'failed';
		// It has ended, whatever became of its video.
		return ended === true ? 'succeeded' : 'running';
	}
	const mayBeStage = isOfFirstStage(status) && finishedAt === null;
	if (mayBeStage && [sent, part.original].some((asked) => asksForLaterStage(asked))) {
		return 'running';
	}
	if (hasLink) return 'succeeded';
	// The task's own word may be about the call, or ahead of what is in it.
	const [inner] = part.all.slice(1).flatMap((other) => phaseOfStatus(statusIn(other)) ?? []);
	if (inner && inner !== 'succeeded') return inner;
	if (/^success$/i.test(status) && finishedAt === null && isUnfinished) return 'running';
	return isTelling || phaseOfStatus(reason) === 'failed' ? 'failed' : 'succeeded';
}

/**
 * An answer that reports an error and has nothing certain about the task: `{"status":"error","message":…}`, or a task
 * ID beside an error. It is read as a complaint; a failed call must never count as a failed task.
 */
function isComplaint(root: Part, { part, status, urls, isTelling }: Facts, knownId: string) {
	if (urls.length > 0) return false;
	if (saysNoTask(status)) return true;
	if (!isStatusWord(status) && isTelling) return true;
	const mayBeOfCall = !isStatusWord(status) || /^(?:error|fail)$/i.test(status);
	return mayBeOfCall && !isOfATask(part, knownId) && readComplaint(root.original) !== undefined;
}

/** The ID that an answer gives its task: the known one if it is anywhere in it. */
function saidIdIn(root: Part, task: Part, knownId: string): string | undefined {
	if (root.all.some((part) => taskIdsIn(part, knownId).includes(knownId))) return knownId;
	const [id] = [task, ...task.around].flatMap((part) => {
		const { named, bare } = ownTaskIds(part);
		// A bare `id` may be the request's, different each time.
		return bare !== undefined && part === task && isTask(part, bare) ? [...named, bare] : named;
	});
	return id;
}

/**
 * Reads a task from an answer or a call: bare, in an envelope or alone in a list.
 * @param knownId the polled ID, in case the answer leaves it out
 * @returns `undefined` if the answer has no task
 */
export function readTask(
	answer: unknown,
	knownId: string,
	context: TaskContext = {},
): Task | undefined {
	const root = viewOf(answer);
	if (!root) return undefined;
	const facts = factsOf(root, knownId, context);
	const { part, status: word, urls, reason, code } = facts;
	const phase = phaseOf(facts, context.sent);
	const isTaskAtAll =
		isStatusWord(word) ||
		urls.length > 0 ||
		facts.ended !== undefined ||
		taskIdsIn(part, knownId).length > 0 ||
		typeof part.original.status === 'string';
	const hasFailedWithoutWord = phase === 'failed' && !isStatusWord(word);
	const isTaken = isTaskAtAll && !isComplaint(root, facts, knownId);
	if (!isTaken && !hasFailedWithoutWord) return undefined;
	const status = cutWords(word, LONGEST_STATUS, 0);
	// A link beside a word for "running" may be a preview, and beside "failed" anything.
	const videoUrls = phase === 'succeeded' ? urls : [];
	const isWithoutVideo = phase !== 'running' && videoUrls.length === 0;
	const isPartial = phase === 'succeeded' && phaseOfStatus(word) === 'failed';
	const saidId = saidIdIn(root, part, knownId);
	return {
		id: knownId || (saidId ?? ''),
		saidId,
		status,
		phase,
		videoUrl: videoUrls[0] ?? null,
		videoUrls,
		note: isPartial
			? `The last step failed at the gateway (${[status, reason].filter(Boolean).join(': ')}); this is the video from before it`
			: '',
		failReason: isWithoutVideo ? reason : '',
		failCode: isWithoutVideo ? code : '',
		cost: costIn([...part.all, ...part.around]),
		...facts.reported,
		raw: bounded(part.original),
	};
}

export interface Accepted {
	/** Empty only if the finished task came without an ID. */
	taskId: string;
	/** The task, if the answer to the order already holds its video. */
	task?: Task;
}

/**
 * Reads the answer to a paid order: the task's ID, and the task itself if it is finished already.
 * @param order.isError the answer had an error status
 * @returns `undefined` if the answer shows no task
 */
export function readAccepted(
	answer: unknown,
	{ isError: hasErrorStatus, ...order }: TaskContext & { isError: boolean },
): Accepted | undefined {
	const taskId = readTaskId(answer, { sent: order.sent, isError: hasErrorStatus });
	const root = viewOf(answer);
	const mayHoldVideo = !hasErrorStatus && root !== undefined && !isError(root);
	const task = mayHoldVideo ? readTask(answer, taskId ?? '', order) : undefined;
	const isThere = task?.phase === 'succeeded' && task.videoUrl !== null;
	if (taskId === undefined && !isThere) return undefined;
	return { taskId: taskId ?? task?.id ?? '', ...(isThere && { task }) };
}
