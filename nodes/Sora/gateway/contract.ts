/**
 * The gateway's contract: with `wires/` the only place where its wire names are, except those of the fields that
 * differ by model, which `models/` holds as data. Requests are built and answers are read here, so that everything
 * else speaks of tasks and characters.
 */
import { readComplaint } from './answers/complaint';
import { bounded } from './answers/cut';
import { idOf, isError } from './answers/ids';
import { isRecord, type JsonRecord } from './answers/json';
import { absolute } from './answers/links';
import { phaseOfStatus, type TaskPhase } from './answers/statusWords';
import { readTask, type Task } from './answers/task';
import { find, named, textOf, viewOf } from './answers/view';
import { invalidInput } from './failures';
import { readSwitch } from './models/spelling';
import { asTimestamps, WIRES, type GenerationOrder, type SecondRange, type Wire } from './wires';

export { readComplaint, type Complaint } from './answers/complaint';
export { plainTaskId, readAcceptedTaskId, readTaskIdInError } from './answers/ids';
export { isRecord, parseJson, type JsonRecord } from './answers/json';
export { isCancelledStatus, isKnownStatus, type TaskPhase } from './answers/statusWords';
export { readAccepted, readTask, type Accepted, type Task } from './answers/task';
export type { GenerationOrder, SecondRange } from './wires';

/** Characters of no ID that a person would enter: invisible, or breaking a line. */
const NOT_IN_ID = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const LONGEST_TASK_ID = 1_000;

/** Servers decode `%2F` before they look for `..`, and some decode twice. */
const decodedOnce = (id: string) => id.replace(/%(?:2e|2f|5c)/gi, decodeURIComponent);

/** Whether an ID, encoded, means nothing but itself in a path. Halves of characters have no encoding. */
export const canStandInPath = (id: string): boolean =>
	id !== '' &&
	!/\p{Cs}/u.test(id) &&
	!decodedOnce(id)
		.split(/[\\/]/)
		.some((segment) => /^\s*\.+\s*$/.test(segment));

/** Whether an ID that was entered can be one. */
export const isUsableTaskId = (id: string): boolean =>
	id.length <= LONGEST_TASK_ID && /\S/.test(id) && !NOT_IN_ID.test(id) && canStandInPath(id);

interface CharacterOrder {
	url?: string;
	fromTask?: string;
	range: SecondRange;
	extra?: JsonRecord;
}

const unfit = (field: string, why: string) =>
	invalidInput(`with "Extra Body", the field "${field}" does not fit: ${why}`);

/** Only what has a value is sent. @throws {SoraFailure} invalid_input unless each of the required fields is a text that says something */
function complete(body: JsonRecord, ...required: string[]): JsonRecord {
	const field = required.find((name) => !textOf(body[name]));
	if (field !== undefined) {
		const isText = typeof body[field] === 'string';
		throw unfit(field, isText ? 'it is empty' : 'it must be text');
	}
	return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

/** @throws {SoraFailure} invalid_input when the extra body takes away what the gateway must have */
export const generationRequest = (order: GenerationOrder, wire: Wire = WIRES.tasks): JsonRecord =>
	complete(wire.worded(order), 'model', 'prompt');

/** @throws {SoraFailure} invalid_input unless exactly one of the two sources is in the body */
export function characterRequest({ url, fromTask, range, extra }: CharacterOrder): JsonRecord {
	const body: JsonRecord = {
		url,
		from_task: fromTask,
		timestamps: asTimestamps(range),
		...extra,
	};
	const [source, other] = body.url ? ['url', 'from_task'] : ['from_task', 'url'];
	if (Boolean(body.url) === Boolean(body.from_task)) {
		throw unfit(other, 'the body must hold exactly one of "url" and "from_task"');
	}
	return complete(body, source, 'timestamps');
}

/** Fields that say where the gateway calls when something happens, whatever a model calls them. */
const CALLBACK_FIELD = /call_?back|web_?hook|(?:^|_)hook|notif(?:y|ication)/i;
/** Addresses at which n8n resumes an execution; they hold its ID. */
const CALLBACK_ADDRESS = /^https?:\/\/[^\s?#]*\/(?:webhook|form)-waiting\//i;
const WEB_ADDRESS = /^\s*https?:\/\/\S+\s*$/i;
const MOST_LEVELS = 20;

/**
 * The part of a request that defines what is bought. Addresses that the gateway is to call do not: as a rule they hold
 * the ID of an execution, and the user's retry is another execution. A field's name alone does not make it one.
 */
export function definingFields(body: JsonRecord): JsonRecord {
	const kept = (value: unknown, isCallback: boolean, level: number): unknown => {
		if (level > MOST_LEVELS) return value;
		if (typeof value === 'string') {
			return (isCallback ? WEB_ADDRESS : CALLBACK_ADDRESS).test(value) ? undefined : value;
		}
		if (typeof value !== 'object' || value === null) return value;
		const entries = Object.entries(value)
			.map(([name, entry]) => [
				name,
				kept(entry, isCallback || CALLBACK_FIELD.test(name), level + 1),
			])
			.filter(([, entry]) => entry !== undefined);
		return Array.isArray(value) ? entries.map(([, entry]) => entry) : Object.fromEntries(entries);
	};
	return kept(body, false, 0) as JsonRecord;
}

/** What a generation's item repeats of its request: the model and the prompt as they were sent. */
export const sentModelAndPrompt = ({ model, prompt }: JsonRecord) => ({ model, prompt });

/** A task that was accepted and not polled since. */
export const acceptedTask = (taskId: string): Task => ({
	id: taskId,
	saidId: taskId,
	status: 'SUBMITTED',
	phase: 'running',
	progress: undefined,
	videoUrl: null,
	videoUrls: [],
	note: '',
	failReason: '',
	failCode: '',
	cost: {},
	submittedAt: null,
	startedAt: null,
	finishedAt: null,
	raw: {},
});

/** A video that was bought and came without a task. */
export const videoWithoutTask = (videoUrl: string): Task => ({
	...acceptedTask(''),
	status: 'SUCCESS',
	phase: 'succeeded',
	videoUrl,
	videoUrls: [videoUrl],
});

/** Longer than any name or ID by far. */
const LONGEST_NAME = 500;

export interface Character {
	/** Empty where the gateway gives none, or none yet. */
	id: string;
	/** Without the @; empty where the gateway gives none, or none yet. */
	username: string;
	permalink: string | null;
	profilePictureUrl: string | null;
	/** The gateway's word for how far it is; empty where it says none. */
	status: string;
	/** A character that has a name, or of which nothing is said, is there when the answer is. */
	phase: TaskPhase;
	/** Of the task that makes it, where the gateway answers with one; empty as a rule. */
	taskId: string;
}

const USERNAME = named(
	/^(?:character |cameo )?user ?name$/,
	/^(?:character|cameo) (?:name|handle)$/,
	/^handle$/,
	/^name$/,
	/^(?:result|character|cameo|data|output)$/,
);
const CHARACTER_ID = named(/^(?:character|cameo) id$/, /^id$/, /^(?:result|character|cameo|data)$/);
const OF_CHARACTER_ID = /^(?:ch|char|character|cameo)[_-]/;

const nameIn = (value: unknown) => {
	const name = textOf(value).replace(/^@/, '');
	const isOne = /^[^\s@:/]{2,500}$/.test(name) && !OF_CHARACTER_ID.test(name);
	return isOne ? name : undefined;
};
const addressIn = (value: unknown) => absolute(textOf(value), undefined);

/**
 * A character, or what there is of it as yet, wherever the gateway puts it.
 * @returns `undefined` where the answer holds neither a name nor an ID, or reports an error
 */
export function readCharacter(answer: unknown): Character | undefined {
	const root = viewOf(answer);
	if (!root || isError(root) || readComplaint(answer)) return undefined;
	const parts = root.all;
	const taskId = find(parts, named(/^task id$/), idOf) ?? '';
	const username = find(parts, USERNAME, nameIn) ?? '';
	const id = find(parts, CHARACTER_ID, (value, { words }) => {
		const found = idOf(value)?.slice(0, LONGEST_NAME) ?? '';
		return (/id$/.test(words) || OF_CHARACTER_ID.test(found)) && found ? found : undefined;
	});
	if (!username && !id && !taskId) return undefined;
	const status = readTask(answer, '')?.status ?? '';
	const phase = phaseOfStatus(status);
	const isThere = username ? phase !== 'running' : !taskId && phase === undefined;
	return {
		id: !id || id === taskId ? '' : id,
		username,
		permalink: find(parts, named(/perma ?link/, /profile url|share/), addressIn) ?? null,
		profilePictureUrl:
			find(parts, named(/^profile (?:picture|image|photo)|avatar/), addressIn) ?? null,
		status,
		phase: isThere ? 'succeeded' : (phase ?? 'running'),
		taskId,
	};
}

export interface UploadedFile {
	/** Where the gateway keeps the file. */
	url: string;
	/** The gateway's object, untouched but for what is beyond ordinary size. */
	raw: JsonRecord;
}

const FILE_ADDRESS = named(
	/^(?:file )?url$/,
	/^(?:(?:file|image|video|public|download|access|cdn|oss|remote|full|https?) )*(?:url|uri|link|href|src|location)s?$/,
	/^(?:(?:file|full) )?path$/,
	/^(?!.*\b(?:delete|upload|thumb\w*|preview|cover|icon|self|edit|page|docs?)\b).*\b(?:url|uri|link|href|src)$/,
	/^(?:data|result|output|file|source)$/,
);

/** @returns `undefined` where the answer holds no address of a file */
export function readUploadedFile(answer: unknown, baseUrl?: string): UploadedFile | undefined {
	const root = viewOf(answer);
	if (!root) return undefined;
	const url = find(root.all, FILE_ADDRESS, (value) =>
		absolute(textOf(Array.isArray(value) ? value[0] : value), baseUrl),
	);
	return url === undefined ? undefined : { url, raw: bounded(root.original) };
}

/** What the gateway lists, as it stands; `undefined` where the answer is no list. */
export function readListing(answer: unknown): unknown[] | undefined {
	const list = isRecord(answer) ? answer.data : undefined;
	return Array.isArray(list) ? list : undefined;
}

/** IDs of all models the key may see, of whatever kind; `undefined` where the answer is no list. */
export function readModelIds(answer: unknown): string[] | undefined {
	const list = readListing(answer);
	if (!list) return undefined;
	const ids = list.map((model: unknown) => (isRecord(model) ? textOf(model.id) : ''));
	return ids.every(Boolean) ? ids.filter((id) => id.length <= LONGEST_NAME) : undefined;
}

/** What an API key may spend, in the gateway's own units; `null` is what the gateway does not say. */
export interface Quota {
	id: string | number | null;
	name: string | null;
	/** Granted in all at some gateways, left at others: their documentation says neither. */
	quota: number | null;
	used: number | null;
	/** Only where the gateway itself calls it so. */
	remaining: number | null;
	unlimited: boolean | null;
	/** What the amounts are in, where it is known. */
	currency?: 'USD';
	/** How many of its units are a dollar, as far as its field names show whose units they are. */
	unitsPerDollar: number | null;
}

/** New API, which most gateways of this kind run, and those that come from it count so by default. */
const UNITS_PER_DOLLAR = 500_000;

const amount = (value: unknown) => {
	const number = typeof value === 'number' || textOf(value) ? Number(value) : Number.NaN;
	return Number.isFinite(number) ? number : undefined;
};
const label = (value: unknown) => textOf(value) || undefined;

/** @returns `undefined` where the answer holds no amount */
export function readQuota(answer: unknown): Quota | undefined {
	const parts = viewOf(answer)?.all ?? [];
	const amountOf = (...names: RegExp[]) => find(parts, named(...names), amount) ?? null;
	const quota = amountOf(/^quota$/, /^total quota$/, /^total granted$/, /^limit$/);
	const used = amountOf(/^used quota$/, /^total used$/, /^usage$/);
	const remaining = amountOf(/^remain(?:ing)? quota$/, /^total available$/, /^limit remaining$/);
	const unlimited = find(parts, named(/^unlimited quota$/), readSwitch) ?? null;
	const isOfNewApi = named(/^(?:used|unlimited) quota$|^total (?:granted|available)$/);
	if (quota === null && used === null && remaining === null && unlimited !== true) return undefined;
	return {
		id:
			find(parts, named(/^id$/), (value) => (typeof value === 'number' ? value : label(value))) ??
			null,
		name: find(parts, named(/^name$/, /^label$/), label) ?? null,
		quota,
		used,
		remaining,
		unlimited,
		unitsPerDollar: find(parts, isOfNewApi, () => UNITS_PER_DOLLAR) ?? null,
	};
}
