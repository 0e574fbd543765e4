/** The task in an answer: one reader for the documented answer and for every gateway's own way of telling it. */
import { readComplaint } from './complaint';
import { bounded, cutWords } from './cut';
import { ownTaskIds } from './ids';
import { isRecord, type JsonRecord } from './json';
import { wordsOf } from './keys';
import { linksOfTask, type FoundLinks, type LinkContext } from './links';
import { momentOf, percentOf } from './moments';
import { hasReason, reasonOf } from './reasons';
import { isStatusWord, phaseOfStatus, type TaskPhase } from './statusWords';
import { ENVELOPES, View } from './view';

/** A task as the gateway last reported it. */
export interface Task {
	id: string;
	/** The gateway's own word, as it stands; empty where it says none. */
	status: string;
	phase: TaskPhase;
	/** Percent; `undefined` where the gateway says nothing. */
	progress: number | undefined;
	/** The first of the videos. */
	videoUrl: string | null;
	/** All videos, in the gateway's order. */
	videoUrls: string[];
	/** The link was not at a place that is documented or was ever seen: it was searched for. */
	linkWasGuessed: boolean;
	/** The gateway's prose, in Chinese as a rule, cut to a few KB; empty unless the task failed. */
	failReason: string;
	/** The gateway's code for the failure; empty unless the task failed and has one. */
	failCode: string;
	submittedAt: string | null;
	startedAt: string | null;
	finishedAt: string | null;
	/** The gateway's task object, untouched but for what is beyond ordinary size. */
	raw: JsonRecord;
}

/** Fields of the status in a record, the first that holds a word decides: what names the task before what may name the call. */
export const STATUS_NAMES = [
	'task_status',
	'taskStatus',
	'task_state',
	'taskState',
	'job_status',
	'jobStatus',
	'video_status',
	'status',
	'state',
] as const;

export const PROGRESS_NAMES = [
	'progress',
	'percent',
	'percentage',
	'progress_percent',
	'progressPercent',
	'progress_ratio',
	'progressRatio',
] as const;

export const MOMENT_NAMES = {
	submitted: [
		...['submit_time', 'submitTime', 'submitted_at', 'submittedAt', 'create_time', 'createTime'],
		...['created_at', 'createdAt', 'created'],
	],
	started: [
		...['start_time', 'startTime', 'started_at', 'startedAt', 'scheduled_time', 'begin_time'],
	],
	finished: [
		...['finish_time', 'finishTime', 'finished_at', 'finishedAt', 'completed_at', 'completedAt'],
		...['complete_time', 'completeTime', 'end_time', 'endTime', 'ended_at', 'endedAt', 'completed'],
	],
} as const;

/** Switches that say that a task has ended, however. */
const ENDED_NAMES = ['done', 'finished', 'completed', 'is_finished', 'isFinished', 'is_completed'];

/** The state of something else than the task. */
const OF_ANOTHER =
	/^(?:http|payment|pay|billing|callback|webhook|notify|hook|upload|response|request|api|audit|moderation|review|user|account|key|cache|watermark|thumbnail|audio|refund|publish|share)$/;

function isStatusName(name: string): boolean {
	const words = wordsOf(name);
	return (
		/(?:status|state)$/.test(words.at(-1) ?? '') && !words.some((word) => OF_ANOTHER.test(word))
	);
}

/** Longest word that is shown: they are words. */
const LONGEST_STATUS = 200;

/** What a record says of its state; `undefined` where it has no word. */
function statusIn(record: JsonRecord): string | undefined {
	const documented = STATUS_NAMES.map((name) => record[name]).filter(isStatusWord);
	const known = documented.find((word) => phaseOfStatus(word) !== undefined);
	if (known !== undefined) return known;
	const named = Object.entries(record).find(
		([name, value]) =>
			isStatusName(name) && isStatusWord(value) && phaseOfStatus(value) !== undefined,
	);
	return (named?.[1] as string | undefined) ?? documented[0];
}

/** Words that gateways use for the call as well. */
const OF_THE_CALL = /^(?:success|error|fail)$/i;

/** A record that may be the task, with its word. */
interface Candidate {
	record: JsonRecord;
	status: string;
}

const hasOwnId = (record: JsonRecord, knownId: string): boolean => {
	const { named, bare } = ownTaskIds(record);
	return named.length > 0 || (bare !== undefined && (bare === knownId || knownId === ''));
};

const isAskedFor = (record: JsonRecord, knownId: string): boolean => {
	const { named, bare } = ownTaskIds(record);
	return knownId !== '' && (named.includes(knownId) || bare === knownId);
};

/** Fields that a task has, and an envelope has not. */
const isOfATask = (record: JsonRecord, knownId: string): boolean =>
	hasOwnId(record, knownId) ||
	'fail_reason' in record ||
	firstOf([record], PROGRESS_NAMES, (value) => percentOf(value)) !== undefined ||
	Object.values(MOMENT_NAMES).some((names) => firstOf([record], names, momentOf) !== undefined);

/** Several videos of one task with a state each: it runs as long as one of them does. */
function combined(view: View, first: Candidate): Candidate {
	const holder = view.holderOf(first.record);
	const list = Object.values(holder ?? {}).find(
		(value) => Array.isArray(value) && value.length > 1 && value.includes(first.record),
	) as unknown[] | undefined;
	const words = (list ?? [])
		.filter(isRecord)
		.map(statusIn)
		.filter((word): word is string => word !== undefined);
	if (!holder || words.length < 2) return first;
	const inPhase = (phase: TaskPhase | undefined) =>
		words.find((word) => phaseOfStatus(word) === phase);
	const status = inPhase('running') ?? inPhase(undefined) ?? inPhase('succeeded') ?? first.status;
	return { record: holder, status };
}

/** What an envelope holds at the place where the task stands. */
const enveloped = (record: JsonRecord): unknown[] =>
	ENVELOPES.flatMap((name) => {
		const value = record[name];
		return Array.isArray(value) ? (value as unknown[]) : [value];
	});

/**
 * The record with the task's word. The one with the ID that was asked for comes first; one that has nothing of a task
 * and whose word may be about the call (`{"status":"success","data":{…}}`) gives way to the one in it.
 */
function withStatus(view: View, knownId: string): Candidate | undefined {
	const candidates = view.recordsIn().flatMap((record) => {
		const status = statusIn(record);
		return status === undefined ? [] : [{ record, status }];
	});
	const asked = candidates.find(({ record }) => isAskedFor(record, knownId));
	if (asked) return asked;
	let first = candidates[0];
	while (first && !isOfATask(first.record, knownId)) {
		const inside: unknown[] = enveloped(first.record);
		const inner = candidates.find(({ record }) => inside.includes(record));
		if (!inner) break;
		first = inner;
	}
	return first && combined(view, first);
}

/** The word of a record inside the task, where the task's own is about the call or runs ahead of it. */
function innerPhase(view: View, task: JsonRecord): TaskPhase | undefined {
	for (const record of view.recordsIn(task).slice(1)) {
		const phase = phaseOfStatus(statusIn(record) ?? '');
		if (phase) return phase;
	}
	return undefined;
}

/** The record to begin with where no word is said: that of the ID, else the innermost envelope. */
function withoutStatus(view: View, knownId: string): JsonRecord {
	const records = view.recordsIn();
	const own =
		records.find((record) => isAskedFor(record, knownId)) ??
		records.find((record) => hasOwnId(record, knownId)) ??
		records.find((record) => typeof record.status === 'string') ??
		records.find((record) => firstOf([record], MOMENT_NAMES.finished, momentOf) !== undefined);
	if (own) return own;
	let record = view.root;
	for (;;) {
		const inner = ENVELOPES.map((name) => record[name]).find(isRecord);
		if (!inner) return record;
		record = inner;
	}
}

/** What beside the word says how far a task is. */
interface Signs {
	links: FoundLinks;
	progress: number | undefined;
	finishedAt: string | undefined;
	/** What a switch says, `done` say. */
	ended: boolean | undefined;
	reason: boolean;
}

function phaseWithoutWord({ links, progress, finishedAt, ended, reason }: Signs): TaskPhase {
	const isUnderWay = (progress !== undefined && progress > 0 && progress < 100) || ended === false;
	if (links.urls.length > 0 && !links.weak && !isUnderWay) return 'succeeded';
	if (links.urls.length > 0 && (progress === 100 || finishedAt || ended)) return 'succeeded';
	return reason && (finishedAt !== undefined || ended === true) ? 'failed' : 'running';
}

function phaseOfUnknownWord({ links, progress, finishedAt, ended, reason }: Signs): TaskPhase {
	const isOver = finishedAt !== undefined || ended === true;
	if (links.urls.length > 0) return progress === 100 || isOver ? 'succeeded' : 'running';
	return reason && isOver ? 'failed' : 'running';
}

function phaseOf(view: View, { record, status }: Candidate, signs: Signs): TaskPhase {
	if (!isStatusWord(status)) return phaseWithoutWord(signs);
	const phase = phaseOfStatus(status);
	if (phase === undefined) return phaseOfUnknownWord(signs);
	if (phase !== 'succeeded' || signs.links.urls.length > 0) return phase;
	const inner = innerPhase(view, record);
	if (inner && inner !== 'succeeded') return inner;
	const isOfCall = OF_THE_CALL.test(status.trim()) && signs.finishedAt === undefined;
	return isOfCall && signs.progress !== undefined && signs.progress < 100 ? 'running' : 'succeeded';
}

/**
 * An answer that says what is wrong, and nothing that is certain of the task: `{"status":"error","message":…}`, or a task
 * ID beside an error. It is read as a complaint; a failure of the call must never count as one of the task.
 */
function isComplaint(view: View, { record, status }: Candidate, signs: Signs, knownId: string) {
	if (signs.links.urls.length > 0) return false;
	const word = status.trim();
	if (!isStatusWord(word) && signs.reason) return true;
	const mayBeOfCall = !isStatusWord(word) || /^(?:error|fail)$/i.test(word);
	return (
		mayBeOfCall &&
		!isOfATask(record, knownId) &&
		readComplaint(view.original(view.root)) !== undefined
	);
}

/** The first moment, percent or the like that a field of these names holds. */
function firstOf<T>(
	records: JsonRecord[],
	names: readonly string[],
	read: (value: unknown, name: string) => T | undefined,
): T | undefined {
	for (const record of records) {
		for (const name of names) {
			const found = read(record[name], name);
			if (found !== undefined) return found;
		}
	}
	return undefined;
}

/** What the signs beside the word say. */
function signsOf(view: View, { record, status }: Candidate, context: LinkContext) {
	const holders = [record, ...(isRecord(record.data) ? [record.data] : []), ...view.around(record)];
	const moment = (names: readonly string[]) => firstOf(holders, names, momentOf);
	const percent = (value: unknown, name: string) => percentOf(value, /ratio/i.test(name));
	const isSwitch = (value: unknown) => (typeof value === 'boolean' ? value : undefined);
	return {
		links: linksOfTask(view, record, context, phaseOfStatus(status) !== 'failed'),
		progress: firstOf(holders, PROGRESS_NAMES, percent),
		submittedAt: moment(MOMENT_NAMES.submitted),
		startedAt: moment(MOMENT_NAMES.started),
		finishedAt: moment(MOMENT_NAMES.finished),
		ended: firstOf(holders, ENDED_NAMES, isSwitch),
		reason: hasReason(view, record),
	};
}

/**
 * Reads a task out of an answer or a callback, bare or in an envelope.
 * @param knownId the ID that was asked for, where the answer may leave it out
 * @param baseUrl the gateway's, against which its relative links are resolved
 * @returns `undefined` where the answer holds no task
 */
export function readTask(answer: unknown, knownId: string, baseUrl?: string): Task | undefined {
	const view = View.of(answer);
	if (!view) return undefined;
	const found = withStatus(view, knownId);
	const record = found?.record ?? withoutStatus(view, knownId);
	const candidate = found ?? {
		record,
		status: typeof record.status === 'string' ? record.status : '',
	};
	const signs = signsOf(view, candidate, { baseUrl, taskId: knownId });
	const phase = phaseOf(view, candidate, signs);
	const { links } = signs;
	const hasFailed = phase === 'failed' && found === undefined;
	const isTask =
		found !== undefined ||
		hasFailed ||
		links.urls.length > 0 ||
		signs.ended !== undefined ||
		hasOwnId(record, knownId) ||
		typeof record.status === 'string';
	if (!isTask || (!hasFailed && isComplaint(view, candidate, signs, knownId))) return undefined;
	const why = phase === 'failed' ? reasonOf(view, record) : { reason: '', code: '' };
	// What was searched for beside a word that says "running" or "failed" may be anything.
	const urls =
		links.guessed && phaseOfStatus(candidate.status) === phase && phase !== 'succeeded'
			? []
			: links.urls;
	return {
		id: knownId || idIn(view, record),
		status: cutWords(candidate.status, LONGEST_STATUS, 0),
		phase,
		progress: signs.progress,
		videoUrl: urls[0] ?? null,
		videoUrls: urls,
		linkWasGuessed: urls.length > 0 && links.guessed,
		failReason: why.reason,
		failCode: why.code,
		submittedAt: signs.submittedAt ?? null,
		startedAt: signs.startedAt ?? null,
		finishedAt: signs.finishedAt ?? null,
		raw: bounded(view.original(record)),
	};
}

function idIn(view: View, record: JsonRecord): string {
	for (const holder of [record, ...view.around(record)]) {
		const { named, bare } = ownTaskIds(holder);
		const id = named[0] ?? bare;
		if (id !== undefined) return id;
	}
	return '';
}
