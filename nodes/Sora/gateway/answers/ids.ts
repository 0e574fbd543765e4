/** Finds the ID of a task, which everything depends on once money was spent. */
import { isError, SUCCESS } from './complaint';
import { forMatching } from './cut';
import { isStatusWord, phaseOfStatus } from './statusWords';
import { ENVELOPES, find, Part, textOf, viewOf, wordsOf, writtenOf, type Rank } from './view';

/** Far longer than any ID seen. */
const LONGEST_ID = 500;

/** @returns text, `undefined` for empty or 0. An ID that cannot stand in a path is kept: it was paid for. */
export function idOf(value: unknown): string | undefined {
	const id = writtenOf(value);
	const isUsable = id.length <= LONGEST_ID && !/^(?:|0|-\d+|NaN|null|undefined|none)$/i.test(id);
	return isUsable ? id : undefined;
}

const OF_TASK =
	/\b(?:tasks?|jobs?|generations?|gen|videos?|predictions?|inferences?|renders?|operations?|creations?)\b/;
const SAYS_ID = /\b(?:ids?|uuid|uid|no|sn)$/;
const OF_ANOTHER =
	/\b(?:requests?|trace|users?|parents?|origin|original|source|remix|from|ref|reference|last|previous|active|running)\b/;
/** The task by another name than the gateway's own: only if there is no other. */
const OF_OTHER_SIDE = /\b(?:client|external|custom|upstream|provider|vendor|third|backend)\b/;
/** Things whose ID is never a task's. */
const OF_NO_TASK =
	/\b(?:log|charge|payment|invoice|bill|transaction|txn|accounts?|session|models?|product|plan|org|organi[sz]ation|project|channel|group|token|keys?|file|image|client|event|message|msg|response|app)\b/;
/** Objects with an `id` that is not the task's. */
const OF_A_THING = /\b(?:models?|product|plan|channel|group|keys?|organi[sz]ation|project)\b/;

/** A field named after the task: `videoTaskId`, but not `parent_task_id`. */
const namesTask = (words: string) =>
	SAYS_ID.test(words) && OF_TASK.test(words) && !OF_ANOTHER.test(words);

/** The IDs that an object gives as a task's, and its bare `id` and `name`, which may be anything's. */
export function ownTaskIds({ fields }: Part) {
	const named = fields.flatMap(({ words, value }) =>
		namesTask(words) && !Array.isArray(value) ? (idOf(value) ?? []) : [],
	);
	const idIn = (field: string) => idOf(fields.find(({ words }) => words === field)?.value);
	return { named, bare: idIn('id'), name: idIn('name') };
}

/** Shaped like an ID: not a sentence, a word, an address or a file. */
const isIdShaped = (text: string) =>
	/^[\w:.@+=~/-]{5,}$/.test(text) &&
	(/\d/.test(text) || (text.length >= 16 && /[a-z]/.test(text) && /[A-Z]/.test(text))) &&
	!/^https?:|^\/|\/\/|\.(?:mp4|mov|webm|mkv|m3u8|jpe?g|png|gif|webp|json|html?)$/i.test(text);

const NO_TASK_PREFIX = /^(?:req|request|chatcmpl|trace|err|error|msg|resp|log)(?:[_:-]|\d{4})/i;
const TASK_PREFIX = /^(?:task|video|vid|sora|veo|gen|generation|cgt|job|kling|wan)[\d_:.-]/i;
/** Fields that accompany a task's ID, but not an error's. */
const BESIDE_A_TASK =
	/^(?:model|created|create time|created at|submit time|progress|seconds|object)$/;

/** Whether an object with a bare `id` is a task. Null and empty fields do not count. */
export function isTask({ fields }: Part, id: string): boolean {
	const kind = fields.find(({ words, value }) => /^(?:object|type)$/.test(words) && textOf(value));
	if (NO_TASK_PREFIX.test(id) || /error/i.test(textOf(kind?.value))) return false;
	return (
		TASK_PREFIX.test(id) ||
		id.includes(':') ||
		fields.some(({ words, value }) =>
			words === 'status'
				? isStatusWord(value) && !/^(?:error|fail)$/i.test(value.trim()) && !!phaseOfStatus(value)
				: BESIDE_A_TASK.test(words) && value !== null && value !== undefined && value !== '',
		)
	);
}

const valueIn = ({ fields }: Part, words: string) =>
	fields.find((field) => field.words === words)?.value;
const messageIn = (part: Part) => textOf(valueIn(part, 'message')) || textOf(valueIn(part, 'msg'));

/** An error code, an HTTP error status or words of a failure: nothing beside it is an ID. */
function isRefusal(part: Part): boolean {
	const code = writtenOf(valueIn(part, 'code'));
	if (valueIn(part, 'success') === false || /^[45]\d\d$/.test(code)) return true;
	if (/^(?:|0|200|ok.*|succe.*)$/i.test(code)) return false;
	// `A0000` is a number, too.
	const isWord = /\p{L}/u.test(code) && !/^[a-z]?0+$/i.test(code);
	const phase = phaseOfStatus(isWord ? code : messageIn(part));
	return phase === 'failed' || (isWord && phase === undefined);
}

/** Whether an object says that something has begun, so that the ID of the request is the task's. */
function hasBegun(part: Part): boolean {
	if (part.fields.every(({ words }) => /^(?:request id|success|message|msg|code)$/.test(words))) {
		const phase = phaseOfStatus(messageIn(part));
		return SUCCESS.test(messageIn(part)) || (phase !== undefined && phase !== 'failed');
	}
	return part.fields.some(
		({ words, value }) =>
			/\b(?:status|state)\b/.test(words) &&
			isStatusWord(value) &&
			phaseOfStatus(value) !== 'failed',
	);
}

const POLLED_AT = /\b(?:poll|polling|status|get|self|response|result) (?:url|uri|link)$/;

/** The parts of an object's poll addresses, read once and not for each of its fields. */
const polledSegments = new WeakMap<Part, ReadonlySet<string>>();

function isPolledAt(part: Part, id: string): boolean {
	let segments = polledSegments.get(part);
	if (!segments) {
		const addresses = part.fields.filter(({ words }) => POLLED_AT.test(words));
		const texts = addresses.map(({ value }) => textOf(value).slice(0, 2_000));
		segments = new Set(texts.flatMap((text) => text.split(/[/?#&=]/)));
		polledSegments.set(part, segments);
	}
	return segments.has(id);
}

/** Ranks from here on are guesses. */
const GUESS = 100;

/**
 * How likely a field holds the ID of the accepted task: first by its name, on each level of the answer; then a bare
 * `id`, then an envelope that is only an ID, then the ID of anything not known to be something else. The ID of the
 * request comes last.
 */
const rankOfId: Rank = ({ words, value, part }) => {
	const id = idOf(value);
	const level = part.path.length;
	if (id === undefined || part.path.some((way) => OF_ANOTHER.test(way.words))) return undefined;
	if (SAYS_ID.test(words) && isPolledAt(part, id)) return -1;
	if (namesTask(words)) {
		const isOfOtherSide = OF_OTHER_SIDE.test(words);
		return 2 * level + (/\btask\b/.test(words) ? 0 : 1) + (isOfOtherSide ? GUESS / 2 : 0);
	}
	if (words === 'request id') return hasBegun(part) && level < 2 ? 600 : undefined;
	const isOfOperation = /(?:^|\/)operations\//.test(id) || part.field?.words === 'operation';
	if (words === 'name' && isOfOperation) return 250;
	if (NO_TASK_PREFIX.test(id)) return undefined;
	if (/^(?:id|uuid)$/.test(words) && part.isOpen) {
		return isTask(part, id) ? 2 * level + 1 : GUESS + level;
	}
	if (!isIdShaped(id)) return undefined;
	if (part.isOpen && ENVELOPES.includes(words)) return isRefusal(part) ? undefined : 200;
	if (words === 'id') {
		const isOfAThing = OF_A_THING.test(part.field?.words ?? '');
		return isOfAThing ? undefined : (isTask(part, id) ? 300 : 400) + level;
	}
	const isOfAnother = OF_NO_TASK.test(words) || OF_ANOTHER.test(words);
	return SAYS_ID.test(words) && !isOfAnother ? 500 + level : undefined;
};

/** Certainly a task's ID, whatever else the answer says. */
const rankOfCertainId: Rank = (field) => {
	const { words, value, part } = field;
	const id = idOf(value) ?? '';
	const isCertain =
		namesTask(words) || (words === 'id' && isTask(part, id)) || isPolledAt(part, id);
	// In a field of that name, one word with a digit is enough.
	const isShaped = isIdShaped(id) || (namesTask(words) && /^\S*\d\S*$/.test(id));
	return isCertain && isShaped ? rankOfId(field) : undefined;
};

/** The gateway says that the named task does not exist, or refers to one that the user named. */
const OF_ANOTHER_TASK =
	/task_?not_?(?:exist|found)|\b(?:task|job)\b.{0,60}(?:not (?:exist|found)|does(?: not|n.t) exist)|\bvideo (?:does )?not (?:exist|found)|no such (?:task|video)|任务.{0,40}(?:不存在|未找到|找不到)|(?:找不到|未找到).{0,12}任务|get_origin_task_failed|任务还在进行中/i;
/** `task_id: video_7f…` in the gateway's prose. */
const ID_IN_PROSE =
	/(?:\btask[ _]?id|任务\s?(?:id|编号|号))["'”]?\s{0,3}[:=：]\s{0,3}["'“]?([\w:.@+=~-]{5,200})/gi;
const MAX_TEXTS = 200;

const textsIn = (parts: readonly Part[]): string[] =>
	parts.flatMap(({ fields }) =>
		fields.map(({ value, text }) => textOf(text ?? value)).filter(Boolean),
	);

/** Whether the request contains the ID as a whole: a short one occurs in a picture's base64 by chance. */
function isSent(id: string, sent: unknown): boolean {
	const sign = '[\\w:.@+=~/-]';
	const whole = new RegExp(`(?<!${sign})${id.replace(/[^\w\s]/g, '\\$&')}(?!${sign})`);
	return sent !== undefined && whole.test(JSON.stringify(sent));
}

/**
 * The ID of a task beside words of an error: the task was accepted nevertheless, and polls will tell its state.
 * Excludes a task that the answer says does not exist, and one that the user has sent.
 */
function idBesideError(
	parts: readonly Part[],
	rank: Rank,
	sent: unknown,
	readsProse = true,
): string | undefined {
	// What it repeats of the request does not count.
	const said = textsIn(viewOf(sent)?.all ?? []);
	const texts = textsIn(parts)
		.filter((text) => !said.some((own) => own.includes(text)))
		.slice(0, MAX_TEXTS)
		.map(forMatching);
	if (texts.some((text) => OF_ANOTHER_TASK.test(text))) return undefined;
	const prose = readsProse ? texts : [];
	const inProse = prose.flatMap((text) => [...text.matchAll(ID_IN_PROSE)]).map(([, id = '']) => id);
	const id = find(parts, rank, idOf) ?? inProse.find(isIdShaped);
	return id !== undefined && !isSent(id, sent) ? id : undefined;
}

interface Sale {
	/** The body of the request, which errors quote. */
	sent?: unknown;
	/** The answer had an error status. */
	isError?: boolean;
}

/**
 * The ID of an accepted task, wherever the gateway puts it; `undefined` if there is none. Beside words of an error only
 * what is certainly a task's ID counts, not that of a request or an error.
 */
export function readTaskId(answer: unknown, sale: Sale = {}): string | undefined {
	const root = viewOf(answer);
	if (!root) return undefined;
	return sale.isError || isError(root) || isRefusal(root)
		? idBesideError(root.all, rankOfCertainId, sale.sent)
		: (find(root.all, rankOfId, idOf) ?? idBesideError(root.all, () => undefined, sale.sent));
}

/** A field with a complete value, in JSON that may be cut off or inside a string. */
const PLAIN_FIELD =
	/"([^"\\]{1,100})"\s*:\s*\[?\s*(?:"([^"\\{}[\]]{1,500})"|(\d{1,40})(?=\s*[,}\]]))/g;
/** Characters; an ID comes early in an answer. */
const LONGEST_PLAIN = 65_536;

/** The surrounding object is unknown, so less is trusted. */
const rankOfPlainId: Rank = (field) => {
	const rank = rankOfId(field) ?? Infinity;
	const isBare =
		/^(?:id|uuid|data|result|task|job)$/.test(field.name) && isIdShaped(idOf(field.value) ?? '');
	const isCredible = rank < 0 || namesTask(field.words) || (isBare && rank <= 200);
	return isCredible ? rank : undefined;
};

/**
 * Finds a task ID in an answer's text without parsing it: if the answer was cut off after the ID, or a reader failed.
 * Never throws. @param sent the body of the request, which errors quote
 */
export function plainTaskId(text: string, sent?: unknown): string | undefined {
	const part = new Part({});
	const plain = text.slice(0, LONGEST_PLAIN).replace(/\\+"/g, '"');
	for (const [, name = '', words, digits] of plain.matchAll(PLAIN_FIELD)) {
		part.fields.push({ name, words: wordsOf(name), value: words ?? digits, isEcho: false, part });
	}
	// A page may explain how to use task IDs.
	return idBesideError([part], rankOfPlainId, sent, false);
}
