/**
 * The gateway's contract: the only place where its wire names stand, but for those of the fields that differ by
 * model, which `models/` holds as data. Requests are built and answers are read here, so that everything else
 * speaks of tasks and characters. Facts come from the API's own pages
 * (`POST /v2/videos/generations`, `POST /sora/v1/characters`) and from what public clients show.
 *
 * Written in the part of zod that versions 3 and 4 share: n8n brings zod along at run time.
 */
import { z } from 'zod';

export type JsonRecord = Record<string, unknown>;

/** Routes below the base URL. Task IDs are opaque and may hold `:` or `/`, hence the encoding. */
export const ROUTES = {
	generations: '/v2/videos/generations',
	generation: (taskId: string) => `/v2/videos/generations/${encodeURIComponent(taskId)}`,
	characters: '/sora/v1/characters',
	models: '/v1/models',
	files: '/v1/files',
} as const;

// ---------------------------------------------------------------------------------------------------
// Requests
// ---------------------------------------------------------------------------------------------------

/** Seconds of a clip in which the character is seen: the gateway takes ranges 1 to 3 seconds long. */
export interface SecondRange {
	start: number;
	end: number;
}

export interface GenerationOrder {
	model: string;
	prompt: string;
	aspectRatio?: string;
	/** Seconds, as the string the gateway asks for ("10"). */
	duration?: string;
	hd?: boolean;
	/** https URLs or data URIs; an empty list is left out, since the gateway refuses `[]`. */
	images?: string[];
	watermark?: boolean;
	private?: boolean;
	characterUrl?: string;
	characterRange?: SecondRange;
	notifyHook?: string;
	/** The model's own fields by their wire names, as its row makes them (`modelFields`). */
	fields?: JsonRecord;
	/** Fields the user adds or overrides. */
	extra?: JsonRecord;
}

export interface CharacterOrder {
	url?: string;
	fromTask?: string;
	range: SecondRange;
	extra?: JsonRecord;
}

/** The final body of a request does not fit the contract; `field` is the wire name at fault. */
export class ContractBreach extends Error {
	constructor(
		readonly field: string,
		message: string,
	) {
		super(message);
	}
}

const generationBody = z
	.object({
		model: z.string().min(1),
		prompt: z.string().min(1),
	})
	.passthrough();

const characterBody = z
	.object({
		timestamps: z.string().min(1),
		url: z.string().optional(),
		from_task: z.string().optional(),
	})
	.passthrough();

const asTimestamps = ({ start, end }: SecondRange) => `${start},${end}`;

/** Only what has a value is sent. */
function withoutUnset(body: JsonRecord): JsonRecord {
	return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

function checked(schema: z.ZodTypeAny, body: JsonRecord): JsonRecord {
	const result = schema.safeParse(body);
	if (result.success) return body;
	const issue = result.error.issues[0];
	throw new ContractBreach(issue?.path.join('.') ?? '', issue?.message ?? 'does not fit');
}

/** @throws {ContractBreach} when the extra body takes away what the gateway must have */
export function generationRequest(order: GenerationOrder): JsonRecord {
	return checked(
		generationBody,
		withoutUnset({
			model: order.model,
			prompt: order.prompt,
			aspect_ratio: order.aspectRatio,
			duration: order.duration,
			hd: order.hd,
			images: order.images?.length ? order.images : undefined,
			watermark: order.watermark,
			private: order.private,
			character_url: order.characterUrl,
			character_timestamps: order.characterRange && asTimestamps(order.characterRange),
			notify_hook: order.notifyHook,
			// A field that is named above keeps its place: purchases are told apart by the body as text.
			...order.fields,
			...order.extra,
		}),
	);
}

/** @throws {ContractBreach} unless exactly one of the two sources is in the body */
export function characterRequest(order: CharacterOrder): JsonRecord {
	const body = checked(
		characterBody,
		withoutUnset({
			url: order.url,
			from_task: order.fromTask,
			timestamps: asTimestamps(order.range),
			...order.extra,
		}),
	);
	if (Boolean(body.url) === Boolean(body.from_task)) {
		throw new ContractBreach(
			body.url ? 'from_task' : 'url',
			'the body must hold exactly one of "url" and "from_task"',
		);
	}
	return body;
}

/** Fields that say where the gateway calls when something happens, by whatever name a model has them. */
const CALLBACK_FIELD = /call_?back|web_?hook|(?:^|_)hook|notif(?:y|ication)/i;
/** Addresses at which n8n resumes an execution; they hold its ID. */
const CALLBACK_ADDRESS = /^https?:\/\/[^\s?#]*\/(?:webhook|form)-waiting\//i;
const MOST_LEVELS = 20;

/**
 * The part of a request that defines what is bought. Where the gateway is to call does not: such an address holds the
 * ID of an execution as a rule, and the user's retry is another execution.
 */
export function definingFields(body: JsonRecord): JsonRecord {
	const kept = (value: unknown, level: number): unknown => {
		if (level > MOST_LEVELS) return value;
		if (Array.isArray(value)) return value.map((entry) => kept(entry, level + 1));
		if (!isRecord(value)) return value;
		return Object.fromEntries(
			Object.entries(value)
				.filter(([name, entry]) => !CALLBACK_FIELD.test(name) && !isCallbackAddress(entry))
				.map(([name, entry]) => [name, kept(entry, level + 1)]),
		);
	};
	return kept(body, 0) as JsonRecord;
}

const isCallbackAddress = (value: unknown) =>
	typeof value === 'string' && CALLBACK_ADDRESS.test(value);

/** The multipart part that a file goes up in. */
export const UPLOAD_PART = 'file';

/** What a generation's item repeats of its request: the model and the prompt as they were sent. */
export function sentModelAndPrompt(body: JsonRecord) {
	return { model: body.model, prompt: body.prompt };
}

// ---------------------------------------------------------------------------------------------------
// Answers
// ---------------------------------------------------------------------------------------------------

const text = z.string().min(1);
const identifier = z.union([text, z.number()]).transform((value) => String(value));
const record = z.record(z.string(), z.unknown());

/** The first value along `paths` that fits `schema`. A path is a list of keys. */
function firstFit<T>(
	schema: z.ZodType<T, z.ZodTypeDef, unknown>,
	answer: unknown,
	paths: ReadonlyArray<ReadonlyArray<string | number>>,
): T | undefined {
	for (const path of paths) {
		const value = path.reduce<unknown>(
			(inner, key) =>
				typeof inner === 'object' && inner !== null ? (inner as JsonRecord)[key] : undefined,
			answer,
		);
		const fit = schema.safeParse(value);
		if (fit.success) return fit.data;
	}
	return undefined;
}

export const isRecord = (value: unknown): value is JsonRecord => record.safeParse(value).success;

/** The JSON of an answer's text, or `undefined` where it is none (an HTML page, a cut body). */
export function parseJson(answer: string): unknown {
	try {
		return JSON.parse(answer) as unknown;
	} catch {
		return undefined;
	}
}

/** The ID of an accepted task, wherever this gateway puts it; `undefined` where there is none. */
export function readAcceptedTaskId(answer: unknown): string | undefined {
	return firstFit(identifier, answer, [
		['task_id'],
		['id'],
		['data', 'task_id'],
		['data', 'id'],
		['output', 'task_id'],
	]);
}

export type TaskPhase = 'running' | 'succeeded' | 'failed';

/** A task as the gateway last reported it. */
export interface Task {
	id: string;
	/** The gateway's own word, as it stands. */
	status: string;
	phase: TaskPhase;
	/** Percent; `undefined` where the gateway says nothing. */
	progress: number | undefined;
	videoUrl: string | null;
	/** The gateway's prose, in Chinese as a rule; empty unless the task failed. */
	failReason: string;
	submittedAt: string | null;
	startedAt: string | null;
	finishedAt: string | null;
	/** The gateway's task object, untouched. */
	raw: JsonRecord;
}

const SUCCEEDED = new Set(['SUCCESS', 'SUCCEEDED', 'COMPLETED']);
const FAILED = new Set(['FAILURE', 'FAILED', 'ERROR', 'CANCELLED', 'CANCELED']);
export const isCancelledStatus = (status: string) => /^cancell?ed$/i.test(status);

/** An unknown status is a running task: a new word must never lose a paid video. */
function phaseOf(status: string): TaskPhase {
	const word = status.trim().toUpperCase();
	if (SUCCEEDED.has(word)) return 'succeeded';
	if (FAILED.has(word)) return 'failed';
	return 'running';
}

const percent = z.union([z.number(), z.string()]).transform((value, context) => {
	const number = typeof value === 'number' ? value : Number.parseFloat(value);
	if (Number.isFinite(number)) return Math.min(100, Math.max(0, number));
	context.addIssue({ code: 'custom', message: 'no number' });
	return z.NEVER;
});

/** Unix seconds on the wire, 0 when not reached. Some relays count milliseconds. */
const MILLISECONDS_FROM = 100_000_000_000;
const moment = z.union([z.number(), z.string()]).transform((value) => {
	const number = Number(value);
	if (!Number.isFinite(number) || number <= 0) return null;
	const date = new Date(number >= MILLISECONDS_FROM ? number : number * 1000);
	return Number.isNaN(date.getTime()) ? null : date.toISOString();
});

const webUrl = text
	.transform((value) => value.trim())
	.refine((value) => /^https?:\/\//i.test(value));

const VIDEO_URL_PATHS = [
	['data', 'output'],
	['data', 'output', 0],
	['data', 'outputs', 0],
	['data', 'video_url'],
	['video_url'],
	['output'],
] as const;

/** Envelopes wrap the task in `data`; a task's own `data` never has a status. */
function taskObject(answer: unknown): JsonRecord | undefined {
	for (let inner = answer, depth = 0; isRecord(inner) && depth < 3; inner = inner.data, depth++) {
		if (typeof inner.status === 'string') return inner;
		if (!isRecord(inner.data) && firstFit(identifier, inner, [['task_id']])) return inner;
	}
	return undefined;
}

/**
 * Reads a task out of an answer or a callback, bare or in an envelope.
 * @param knownId the ID that was asked for, where the answer may leave it out
 * @returns `undefined` where the answer holds no task
 */
export function readTask(answer: unknown, knownId: string): Task | undefined {
	const raw = taskObject(answer);
	if (!raw) return undefined;
	const status = typeof raw.status === 'string' ? raw.status : '';
	const phase = phaseOf(status);
	return {
		id: knownId || firstFit(identifier, raw, [['task_id'], ['id']]) || '',
		status,
		phase,
		progress: firstFit(percent, raw, [['progress']]),
		videoUrl: firstFit(webUrl, raw, VIDEO_URL_PATHS) ?? null,
		failReason: phase === 'failed' ? (firstFit(text, raw, [['fail_reason']]) ?? '') : '',
		submittedAt: firstFit(moment, raw, [['submit_time']]) ?? null,
		startedAt: firstFit(moment, raw, [['start_time']]) ?? null,
		finishedAt: firstFit(moment, raw, [['finish_time']]) ?? null,
		raw,
	};
}

/** A task that was accepted and not polled since. */
export function acceptedTask(taskId: string): Task {
	return {
		id: taskId,
		status: 'SUBMITTED',
		phase: 'running',
		progress: undefined,
		videoUrl: null,
		failReason: '',
		submittedAt: null,
		startedAt: null,
		finishedAt: null,
		raw: {},
	};
}

export interface Character {
	id: string;
	username: string;
	permalink: string | null;
	profilePictureUrl: string | null;
}

const character = z.object({
	id: identifier.optional(),
	username: text,
	permalink: z.string().nullish(),
	profile_picture_url: z.string().nullish(),
});

/** @returns `undefined` where the answer holds no character with a username */
export function readCharacter(answer: unknown): Character | undefined {
	const found = firstFit(character, answer, [[], ['data']]);
	return (
		found && {
			id: found.id ?? '',
			username: found.username.replace(/^@/, ''),
			permalink: found.permalink ?? null,
			profilePictureUrl: found.profile_picture_url ?? null,
		}
	);
}

export interface UploadedFile {
	/** Where the gateway keeps the file. */
	url: string;
	/** The gateway's object, untouched. */
	raw: JsonRecord;
}

/** @returns `undefined` where the answer holds no address of a file */
export function readUploadedFile(answer: unknown): UploadedFile | undefined {
	const url = firstFit(webUrl, answer, [['url'], ['data', 'url'], ['data', 0, 'url']]);
	return url === undefined ? undefined : { url, raw: answer as JsonRecord };
}

const modelList = z.object({
	data: z.array(z.object({ id: text }).passthrough()),
});

/** IDs of all models the key may see, of whatever kind; `undefined` where the answer is no list. */
export function readModelIds(answer: unknown): string[] | undefined {
	const fit = modelList.safeParse(answer);
	return fit.success ? fit.data.data.map(({ id }) => id) : undefined;
}

// ---------------------------------------------------------------------------------------------------
// Errors
// ---------------------------------------------------------------------------------------------------

/** What a gateway says when it refuses, unwrapped from its shapes. */
export interface Complaint {
	/** Machine-readable word, `model_not_found` say; empty where there is none. */
	code: string;
	/** The gateway's words, verbatim; empty where there are none. */
	message: string;
}

const SUCCESS_CODES = new Set(['', 'success', 'ok', '0', '200']);

/** Deepest nesting seen in logs is three: gateways relay each other's errors as JSON in a string. */
const NESTING = 6;

/** Gateways put words in front of the JSON they relay, and a request ID behind it. */
const jsonWithin = (message: string) =>
	message.slice(message.indexOf('{'), message.lastIndexOf('}') + 1);

function complaintIn(answer: unknown, depth: number): Complaint | undefined {
	if (depth > NESTING || !isRecord(answer)) return undefined;
	if (isRecord(answer.error)) return complaintIn(answer.error, depth + 1);
	const code = firstFit(identifier, answer, [['code']]) ?? '';
	const message = firstFit(text, answer, [['message'], ['error'], ['msg'], ['detail']]) ?? '';
	if (!message && SUCCESS_CODES.has(code.toLowerCase())) return undefined;
	const inner = message.includes('{')
		? complaintIn(parseJson(jsonWithin(message)), depth + 1)
		: undefined;
	// An HTTP status relayed as the code says less than the word that the outer layer found for it.
	return inner ? { ...inner, code: /\D/.test(inner.code) ? inner.code : code } : { code, message };
}

/**
 * Reads the two JSON shapes of an error, however deeply one wraps the other.
 * @returns `undefined` where the answer is no complaint
 */
export function readComplaint(answer: unknown): Complaint | undefined {
	if (!isRecord(answer)) return undefined;
	const complaint = complaintIn(answer, 0);
	if (!complaint) return undefined;
	const outerCode = firstFit(identifier, answer, [['code']]) ?? '';
	const explicit = isRecord(answer.error) || !SUCCESS_CODES.has(outerCode.toLowerCase());
	return explicit || typeof answer.error === 'string' || !('code' in answer)
		? complaint
		: undefined;
}
