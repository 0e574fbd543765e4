/**
 * The gateway's contract: the only place where its wire names stand. Requests are built and answers are
 * read here, so that everything else speaks of tasks and characters. Facts come from the API's own pages
 * (`POST /v2/videos/generations`, `POST /sora/v1/characters`) and from what public clients show.
 *
 * Written in the part of zod that versions 3 and 4 share: n8n brings zod along at run time.
 */
import { z } from 'zod';

import { bounded } from './answers/cut';
import { isRecord, parseJson, type JsonRecord } from './answers/json';
import type { Task } from './answers/task';

export { readComplaint, type Complaint } from './answers/complaint';
export { readAcceptedTaskId, readTaskIdInError } from './answers/ids';
export { parseJson, type JsonRecord } from './answers/json';
export { isCancelledStatus, type TaskPhase } from './answers/statusWords';
export { readTask, type Task } from './answers/task';

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

/** The multipart part that a file goes up in. */
export const UPLOAD_PART = 'file';

/** What a generation's item repeats of its request: the model and the prompt as they were sent. */
export function sentModelAndPrompt(body: JsonRecord) {
	return { model: body.model, prompt: body.prompt };
}

// ---------------------------------------------------------------------------------------------------
// Answers: tasks and errors have files of their own (answers/)
// ---------------------------------------------------------------------------------------------------

const text = z.string().min(1);
const identifier = z.union([text, z.number()]).transform((value) => String(value));

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

/** Longer than any ID seen by far, and nothing that a path or a log could stumble over. */
const PLAUSIBLE_TASK_ID = /^(?!\.+$)[\w:.@+=~-]{1,200}$/;

/**
 * The task that a call of the notify hook is about: the bare task, an envelope around it, or a body with only an
 * ID. It comes from outside, so that nothing else of it is read, and only what looks like an ID is taken.
 */
export function readCalledTaskId(body: unknown): string | undefined {
	const answer = typeof body === 'string' ? parseJson(body) : body;
	const found = firstFit(identifier, answer, [
		['task_id'],
		['taskId'],
		['data', 'task_id'],
		['data', 'taskId'],
		['data', 'data', 'task_id'],
		['output', 'task_id'],
		['id'],
		['data', 'id'],
	]);
	return found !== undefined && PLAUSIBLE_TASK_ID.test(found) ? found : undefined;
}

const webUrl = text
	.transform((value) => value.trim())
	.refine((value) => /^https?:\/\//i.test(value));

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

/** Longer than any name or ID by far; longer than any address. */
const LONGEST_NAME = 500;
const LONGEST_ADDRESS = 16_384;
const addressOf = (value: string | null | undefined) =>
	(value?.length ?? Number.POSITIVE_INFINITY) <= LONGEST_ADDRESS ? (value ?? null) : null;

/** @returns `undefined` where the answer holds no character with a username */
export function readCharacter(answer: unknown): Character | undefined {
	const found = firstFit(character, answer, [[], ['data']]);
	return (
		found && {
			id: (found.id ?? '').slice(0, LONGEST_NAME),
			username: found.username.replace(/^@/, '').slice(0, LONGEST_NAME),
			permalink: addressOf(found.permalink),
			profilePictureUrl: addressOf(found.profile_picture_url),
		}
	);
}

export interface UploadedFile {
	/** Where the gateway keeps the file. */
	url: string;
	/** The gateway's object, untouched but for what is beyond ordinary size. */
	raw: JsonRecord;
}

/** @returns `undefined` where the answer holds no address of a file */
export function readUploadedFile(answer: unknown): UploadedFile | undefined {
	const url = firstFit(webUrl, answer, [['url'], ['data', 'url'], ['data', 0, 'url']]);
	return url !== undefined && isRecord(answer) ? { url, raw: bounded(answer) } : undefined;
}

const modelList = z.object({
	data: z.array(z.object({ id: text }).passthrough()),
});

/** IDs of all models the key may see, of whatever kind; `undefined` where the answer is no list. */
export function readModelIds(answer: unknown): string[] | undefined {
	const fit = modelList.safeParse(answer);
	return fit.success
		? fit.data.data.map(({ id }) => id).filter((id) => id.length <= LONGEST_NAME)
		: undefined;
}

// ---------------------------------------------------------------------------------------------------
// Items: the node's output repeats the wire's names, so that {{ $json.task_id }} is what the API takes
// ---------------------------------------------------------------------------------------------------

export function simplifiedTask(task: Task) {
	return {
		task_id: task.id,
		status: task.status,
		progress: task.progress ?? (task.phase === 'succeeded' ? 100 : 0),
		video_url: task.videoUrl,
		...(task.phase === 'failed' && { fail_reason: task.failReason }),
		submitted_at: task.submittedAt,
		started_at: task.startedAt,
		finished_at: task.finishedAt,
	};
}

export function untouchedTask(task: Task) {
	return { ...task.raw, task_id: task.id, video_url: task.videoUrl };
}

/** A task that was not finished at the deadline; nothing but its ID may be known. */
export function timedOutFields(taskId: string, seen: Task | undefined, simplify: boolean) {
	const task = seen ?? { ...acceptedTask(taskId), status: 'UNKNOWN' };
	return { ...(simplify ? simplifiedTask(task) : untouchedTask(task)), timed_out: true };
}

/** A task that was accepted and not looked at since. */
export function acceptedTask(taskId: string): Task {
	return {
		id: taskId,
		status: 'SUBMITTED',
		phase: 'running',
		progress: undefined,
		videoUrl: null,
		videoUrls: [],
		linkWasGuessed: false,
		failReason: '',
		failCode: '',
		submittedAt: null,
		startedAt: null,
		finishedAt: null,
		raw: {},
	};
}

export function uploadedItem({ raw, url }: UploadedFile) {
	return { ...raw, url };
}

export function characterItem(found: Character) {
	return {
		id: found.id,
		username: found.username,
		mention: `@${found.username}`,
		permalink: found.permalink,
		profile_picture_url: found.profilePictureUrl,
	};
}

/** The part of a failed item that the gateway's task gives. */
export function failedTaskFields(facts: { taskId?: string; task?: Task }) {
	return {
		...(facts.taskId && { task_id: facts.taskId }),
		...(facts.task && { status: facts.task.status }),
		...(facts.task?.failReason && { fail_reason: facts.task.failReason }),
		...(facts.task?.videoUrl && { video_url: facts.task.videoUrl }),
	};
}
