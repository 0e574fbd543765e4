/** The ID of a task: what everything else hangs on once money was spent. */
import { forMatching } from './cut';
import { isRecord, relayedJson, type JsonRecord } from './json';
import { wordsOf } from './keys';
import { phaseOfStatus, isStatusWord } from './statusWords';
import { at, View } from './view';

/** Places of the ID in the answer to the paid request; the first that holds one decides. */
export const ID_PLACES = [
	'task_id',
	'taskId',
	'id',
	'data.task_id',
	'data.taskId',
	'data.id',
	'output.task_id',
	'generation_id',
	'data.generation_id',
	'generationId',
	'result.task_id',
	'result.taskId',
	'task.id',
	'task.task_id',
	'generation.id',
	'video.id',
	'video_id',
	'job_id',
	'uuid',
	'data.uuid',
] as const;

/** Here the ID may stand alone, as a string or a long number. */
export const BARE_ID_PLACES = ['data', 'result', 'task', 'job'] as const;

/** Read last, and only where the answer says that something has begun: it names the request as a rule. */
export const REQUEST_ID_PLACES = [
	'request_id',
	'requestId',
	'data.request_id',
	'data.requestId',
] as const;

/** Longer than any ID seen by far. */
const LONGEST_ID = 500;
/** @returns the ID as text, `undefined` for what cannot be asked for: empty or 0. An ID that
 * cannot stand in a path is kept all the same: it was paid for, and an error must name it. */
function idOf(value: unknown): string | undefined {
	if (typeof value !== 'string' && typeof value !== 'number') return undefined;
	const id = String(value).trim();
	const isUsable = id.length <= LONGEST_ID && !/^(?:\s*|0|-\d+|NaN|null|undefined|none)$/i.test(id);
	return isUsable ? id : undefined;
}

const SPEAKS_OF_TASK =
	/^(?:tasks?|jobs?|generations?|gen|videos?|predictions?|inferences?|renders?|operations?|creations?)$/;
const SAYS_ID = /^(?:ids?|uuid|uid|no|sn)$/;
/** In one word, without capitals: `taskid`. */
const GLUED_ID = /^(?:task|job|generation|video|prediction|operation)_?(?:id|uuid|no)$/i;
const OF_ANOTHER =
	/^(?:requests?|trace|user|parent|origin|original|source|remix|from|ref|reference|last|previous)$/;

/** A field that is called after the task: `videoTaskId`, but not `parent_task_id`. */
function isTaskIdName(name: string): boolean {
	if (GLUED_ID.test(name)) return true;
	const words = wordsOf(name);
	return (
		SAYS_ID.test(words.at(-1) ?? '') &&
		words.some((word) => SPEAKS_OF_TASK.test(word)) &&
		!words.some((word) => OF_ANOTHER.test(word))
	);
}

const firstItem = (value: unknown): unknown =>
	Array.isArray(value) ? (value as unknown[])[0] : value;

/** IDs in fields that are called after the task, level by level. */
function* namedTaskIds(view: View): Generator<string> {
	for (const record of view.recordsIn()) {
		for (const [name, value] of Object.entries(record)) {
			const id = isTaskIdName(name) ? idOf(firstItem(value)) : undefined;
			if (id !== undefined) yield id;
		}
	}
}

/** Whether a record says whose ID it has: the task's, or with `id` alone any. */
export function ownTaskIds(record: JsonRecord): { named: string[]; bare: string | undefined } {
	const named = Object.entries(record).flatMap(([name, value]) =>
		isTaskIdName(name) ? (idOf(value) ?? []) : [],
	);
	return { named, bare: idOf(record.id) };
}

/** Shaped like an ID, and neither a sentence nor a word nor an address. */
const isIdShaped = (text: string) =>
	/^[\w:.@+=~/-]{5,}$/.test(text) &&
	(/\d/.test(text) || (text.length >= 16 && /[a-z]/.test(text) && /[A-Z]/.test(text))) &&
	!/^https?:|^\/|\/\//i.test(text);

/** Of Google's kind, where the whole name is what is asked for. */
const operationName = (view: View) => {
	const { name } = view.root;
	return typeof name === 'string' && /(?:^|\/)operations\//.test(name) ? idOf(name) : undefined;
};

function firstAt(
	view: View,
	places: readonly string[],
	fits: (id: string) => boolean = () => true,
) {
	for (const place of places) {
		const id = idOf(firstItem(at(view.root, place)));
		if (id !== undefined && fits(id)) return id;
	}
	return undefined;
}

/** Says no more than that the call went well. */
const OF_THE_CALL = /^(?:request_?id|success|message|msg|code)$/i;

const hasBegun = ({ root }: View) =>
	[root, root.data].some(
		(record) =>
			isRecord(record) &&
			Object.entries(record).some(
				([name, value]) =>
					(/status|state/i.test(name) &&
						isStatusWord(value) &&
						phaseOfStatus(value) !== 'failed') ||
					/^(?:status|response|result)_?url$/i.test(name),
			),
	) ||
	[root, root.data].some(
		(record) =>
			isRecord(record) &&
			REQUEST_ID_PLACES.some((name) => record[name] !== undefined) &&
			Object.keys(record).every((name) => OF_THE_CALL.test(name)),
	);

/** A code that is a word, or an HTTP status of an error, says that what stands beside it is no ID. */
function isRefusal({ code }: JsonRecord): boolean {
	const word = typeof code === 'string' || typeof code === 'number' ? String(code).trim() : '';
	return /^[45]\d\d$/.test(word) || (/[a-z]/i.test(word) && !/^(?:ok|succe)/i.test(word));
}

/**
 * The ID of an accepted task, wherever this gateway puts it; `undefined` where there is none.
 * @param sent the body of the request, which errors quote
 */
export function readAcceptedTaskId(answer: unknown, sent?: unknown): string | undefined {
	const view = View.of(answer);
	if (!view) return undefined;
	if (isError(view.root)) return readTaskIdInError(answer, sent);
	const [searched] = namedTaskIds(view);
	return (
		firstAt(view, ID_PLACES, (id) => !NO_TASK_PREFIX.test(id)) ??
		searched ??
		(isRefusal(view.root) ? undefined : firstAt(view, BARE_ID_PLACES, isIdShaped)) ??
		operationName(view) ??
		firstAt(view, ID_PLACES) ??
		enclosedId(view) ??
		(isRefusal(view.root) ? undefined : otherId(view)) ??
		(hasBegun(view) ? firstAt(view, REQUEST_ID_PLACES) : undefined)
	);
}

/** Records with an `id` that is not the task's. */
const OF_SOMETHING_ELSE = /^(?:models?|product|plan|channel|group|keys?|organi[sz]ation|project)$/;

/** An `id` in an envelope that no row names: of a record that looks like a task before any other. */
function enclosedId(view: View): string | undefined {
	const enclosed = view
		.recordsIn()
		.flatMap((record) =>
			Object.entries(record).flatMap(([name, value]) =>
				wordsOf(name).some((word) => OF_SOMETHING_ELSE.test(word)) ? [] : [firstItem(value)],
			),
		)
		.filter(isRecord)
		.flatMap((record) => {
			const id = idOf(record.id);
			return id !== undefined && isIdShaped(id) && !NO_TASK_PREFIX.test(id) ? [{ record, id }] : [];
		});
	return (enclosed.find(({ record, id }) => isTaskRecord(record, id)) ?? enclosed[0])?.id;
}

const OF_NO_TASK =
	/^(?:requests?|trace|log|charge|payment|invoice|bill|transaction|txn|users?|accounts?|session|models?|parents?|org|organi[sz]ation|project|channel|group|token|key|file|image|client|event|message|msg|response|remix|origin|original|source|from|ref|reference|last|previous|app)$/;

/** An ID of anything that is not known to be something else: `order_id`, `work_id`. */
function otherId(view: View): string | undefined {
	for (const record of view.recordsIn()) {
		for (const [name, value] of Object.entries(record)) {
			const words = wordsOf(name);
			if (!SAYS_ID.test(words.at(-1) ?? '') || words.some((word) => OF_NO_TASK.test(word)))
				continue;
			const id = idOf(firstItem(value));
			if (id !== undefined && isIdShaped(id) && !NO_TASK_PREFIX.test(id)) return id;
		}
	}
	return undefined;
}

const SAYS_NOTHING = /^(?:|0|ok|success|succeeded|none|null)$/i;

function isGiven(value: unknown): boolean {
	if (typeof value === 'string') return !SAYS_NOTHING.test(value.trim());
	if (typeof value === 'number') return value !== 0;
	return isRecord(value) && Object.values(value).some(isGiven);
}

/** Whether an answer is about an error rather than about a task that may carry one. */
const isError = (record: JsonRecord): boolean =>
	isGiven(record.error) || (Array.isArray(record.errors) && record.errors.length > 0);

/** The gateway says that the task it names is not there, or speaks of one that the user named. */
const OF_ANOTHER_TASK =
	/task_?not_?(?:exist|found)|\b(?:task|job)\b.{0,60}(?:not (?:exist|found)|does(?: not|n.t) exist)|\bvideo (?:does )?not (?:exist|found)|no such (?:task|video)|任务.{0,40}(?:不存在|未找到|找不到)|(?:找不到|未找到).{0,12}任务|get_origin_task_failed|任务还在进行中/i;

const NO_TASK_PREFIX = /^(?:req|request|chatcmpl|trace|err|error|msg|resp|log)(?:[_:-]|\d{4})/i;
const TASK_PREFIX = /^(?:task|video|vid|sora|veo|gen|generation|cgt|job|kling|wan)[\d_:.-]/i;
/** Fields that a task has beside its ID, and an error has not. */
const OF_A_TASK = [
	'model',
	'created',
	'created_at',
	'createdAt',
	'submit_time',
	'progress',
	'seconds',
];

/** JSON is read as text only where it is text: a record has no `toString` of its own. */
const asText = (value: unknown): string => (typeof value === 'string' ? value : '');

const isNothing = (value: unknown) => value === undefined || value === null || value === '';

/** Whether a record with an `id` and nothing that says whose is a task. */
function isTaskRecord(record: JsonRecord, id: string): boolean {
	const { object, status } = record;
	const kind = asText(object) || asText(record.type);
	if (NO_TASK_PREFIX.test(id) || /error/i.test(kind)) return false;
	return (
		TASK_PREFIX.test(id) ||
		id.includes(':') ||
		asText(object) !== '' ||
		(isStatusWord(status) &&
			!/^(?:error|fail)$/i.test(status.trim()) &&
			phaseOfStatus(status) !== undefined) ||
		OF_A_TASK.some((name) => !isNothing(record[name]))
	);
}

/** `task_id: video_7f…` in the gateway's prose. */
const ID_IN_PROSE = /\btask[ _]?id["'”]?\s{0,3}[:=：]\s{0,3}["'“]?([\w:.@+=~-]{5,200})/gi;
/** More than any error has words. */
const MOST_TEXTS = 200;

function* textsIn(view: View): Generator<string> {
	for (const record of view.recordsIn()) {
		for (const value of Object.values(record)) if (typeof value === 'string') yield value;
	}
}

function taskIdInError(view: View, depth = 0): string | undefined {
	const texts = [...textsIn(view)].slice(0, MOST_TEXTS);
	if (texts.some((text) => OF_ANOTHER_TASK.test(forMatching(text)))) return undefined;
	for (const id of namedTaskIds(view)) if (isIdShaped(id)) return id;
	for (const record of view.recordsIn()) {
		const id = idOf(record.id);
		if (id !== undefined && isIdShaped(id) && isTaskRecord(record, id)) return id;
	}
	for (const text of texts) {
		const relayed = depth < 4 ? View.of(relayedJson(text)) : undefined;
		const id = relayed && taskIdInError(relayed, depth + 1);
		if (id !== undefined) return id;
		for (const [, named = ''] of forMatching(text).matchAll(ID_IN_PROSE)) {
			if (isIdShaped(named)) return named;
		}
	}
	return undefined;
}

/**
 * The ID of a task in an answer that says that something went wrong: the task was accepted all the same, and will tell
 * itself what became of it. Stricter than for an accepted task: a request's or an error's own ID is none, nor is one of
 * a task that the answer says is not there, nor one that the user has sent.
 * @param sent the body of the request, which errors quote
 */
export function readTaskIdInError(answer: unknown, sent?: unknown): string | undefined {
	const view = View.of(answer);
	const id = view && taskIdInError(view);
	return id !== undefined && !quotes(sent, id) ? id : undefined;
}

/** A field with an ID that has come whole, in JSON that may be cut or stand in a string. */
const PLAIN_FIELD =
	/"([^"\\]{1,100})"\s*:\s*\[?\s*(?:"([^"\\{}[\]]{1,500})"|(\d{1,40})(?=\s*[,}\]]))/g;
const PLAINEST = /^(?:id|data|result|task|job)$/;

/**
 * A task ID in the text of an answer, found without parsing it: where the answer ended behind the ID, or where a reader
 * failed. Never throws. @param sent the body of the request, which errors quote
 */
export function plainTaskId(text: string, sent?: unknown): string | undefined {
	if (OF_ANOTHER_TASK.test(forMatching(text))) return undefined;
	const fields = [...text.slice(0, LONGEST_PLAIN).replace(/\\+"/g, '"').matchAll(PLAIN_FIELD)].map(
		([, name = '', words, digits]) => ({ name, id: idOf(words ?? digits) ?? '' }),
	);
	const named = fields.find(({ name, id }) => id !== '' && isTaskIdName(name));
	const found =
		named ??
		fields.find(
			({ name, id }) => PLAINEST.test(name) && isIdShaped(id) && !NO_TASK_PREFIX.test(id),
		);
	return found && !quotes(sent, found.id) ? found.id : undefined;
}

/** Characters; an ID stands near the beginning. */
const LONGEST_PLAIN = 65_536;

const OF_ID = /[\w:.@+=~/-]/;

/** As a whole: a short ID stands in the text of any picture by chance. */
function quotes(sent: unknown, id: string): boolean {
	const text = sent === undefined ? '' : JSON.stringify(sent);
	for (let at = text.indexOf(id); at >= 0; at = text.indexOf(id, at + 1)) {
		const around = [text[at - 1], text[at + id.length]];
		if (around.every((sign) => sign === undefined || !OF_ID.test(sign))) return true;
	}
	return false;
}
