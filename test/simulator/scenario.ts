import { z } from 'zod';

import { DIALECT_NAMES, dialectOf } from './dialects';
import { FAULT_NAMES } from './faults';
import type { Fault } from './faults';
import { FACE_NAMES } from './wires/faces';

/** What can happen to the download of a video, with a line each. */
export const DOWNLOAD_FAULTS = {
	expired403: 'the signed URL has expired',
	notFound404: 'the file is gone',
	server500: 'the file host fails',
	htmlPage: 'a web page with status 200',
	jsonError: 'JSON with status 200',
	wrongBytes: 'says video/mp4, is something else',
	wrongType: 'the whole video as application/octet-stream',
	textType: 'the whole video as text/plain',
	jsonType: 'the whole video as application/json',
	status203: 'the whole video with status 203',
	status206: 'the whole video with status 206, though nobody asked for a range',
	packed: 'the whole video, packed with gzip',
	bomb: 'the video with 128 MiB of nothing behind it, packed into a few hundred kilobytes',
	unknownBytes: 'bytes of no known kind, declared as video/x-unknown',
	oneByte: 'a single byte',
	partial: 'the first half with status 206',
	noLength: 'the whole video without a length',
	empty: 'an empty file with status 200',
	tooShort: 'the first 512 bytes only, honestly counted',
	halved: 'the first half only, honestly counted',
	truncated: 'half of the announced bytes, then an orderly end of the connection',
	reset: 'half of the announced bytes, then a reset',
	stall: 'half of the announced bytes, then silence',
	overrun: 'the whole video, whose last box announces 8 bytes more than there are',
	linkInJson: 'JSON with status 200 that holds the link of the video',
	busy429: 'the file host asks to come again in five minutes',
	hang: 'no answer at all',
	redirect: 'a redirect to another path of the same host',
	redirectLoop: 'a redirect to itself',
	redirectElsewhere: 'a redirect to a third host, which serves the video',
	redirectBack: 'a redirect to the gateway, which has no such file',
	redirectPrivate: 'a redirect to a private address',
	redirectBytes: 'a redirect to a path in raw UTF-8',
	privateAddress: 'the task itself names a private address',
	metadataAddress: "the task itself names a cloud's metadata address",
	otherScheme: 'the task itself names a file: URL',
} as const;

/** The name of a download fault. */
export type DownloadFault = keyof typeof DOWNLOAD_FAULTS;

/** A fault for every request, or with `:n` for the first n only. */
export type Times<Name extends string> = Name | `${Name}:${number}`;

/** A name with its count. */
export interface CountedFault<Name extends string> {
	name: Name;
	times: number;
}

/** Takes `html502:3` apart. */
export function countedFault<Name extends string>(spec: Times<Name>): CountedFault<Name> {
	const [name, times] = spec.split(':') as [Name, string | undefined];
	return { name, times: times === undefined ? Infinity : Number(times) };
}

function faultOf<Name extends string>(names: readonly Name[]) {
	return z
		.custom<Times<Name> | 'none'>(
			(value) => {
				if (value === 'none') return true;
				const match = typeof value === 'string' ? /^(\w+)(?::[1-9]\d*)?$/.exec(value) : null;
				return match !== null && names.some((name) => name === match[1]);
			},
			{ message: `must be one of ${names.join(', ')}, with ":n" for the first n only, or none` },
		)
		.transform((value): Times<Name> | undefined => (value === 'none' ? undefined : value))
		.optional();
}

function fromText(value: unknown): unknown {
	return typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
}

const amount = (usual: number) =>
	z
		.preprocess(
			fromText,
			z.number({ invalid_type_error: 'must be a number of at least 0, or Infinity' }).nonnegative({
				message: 'must be a number of at least 0, or Infinity',
			}),
		)
		.default(usual);
/** The first is the usual one. */
const choice = <const Names extends readonly [string, ...string[]]>(...names: Names) =>
	z
		.enum(names, { errorMap: () => ({ message: `must be one of ${names.join(', ')}` }) })
		.default(names[0]);

const schema = z
	.object({
		renderSeconds: amount(60).describe('gateway seconds from start to finish'),
		queueSeconds: amount(2).describe(
			'gateway seconds before it starts: a third each NOT_START, SUBMITTED, QUEUED',
		),
		progress: choice('linear', 'stalling', 'jumping', 'absent', 'empty', 'integer').describe(
			'how progress is told; stalling stands at 90 % from early on, jumping leaps',
		),
		statuses: choice(
			'standard',
			'lower',
			'completed',
			'succeeded',
			'processing',
			'unknown',
		).describe('the words for the stages; unknown shows odd words until it has finished'),
		outcome: choice(
			'success',
			'moderation',
			'moderationLate',
			'realPerson',
			'similarity',
			'celebrity',
			'minor',
			'nudity',
			'publicError',
			'renderError',
			'cancelled',
		).describe('how the task ends; moderationLate fails at 90 %'),
		reason: z
			.string()
			.optional()
			.describe("the gateway's words where the task fails, instead of those of the outcome"),
		reasonLength: amount(0).describe('the reason of a failure is made so many characters long'),
		submitShape: choice('task_id', 'id', 'data.task_id', 'data.id', 'output.task_id').describe(
			'where the answer to the paid POST has the task ID',
		),
		taskShape: choice('bare', 'envelope').describe('how the task object is wrapped'),
		taskError: choice('absent', 'empty', 'null', 'object', 'text').describe(
			'a field `error` in the task object, while nothing is wrong',
		),
		urlPlace: choice('data.output', 'data.outputs', 'data.video_url').describe(
			"where the task has the video's URL",
		),
		dialect: z
			.custom<string>(
				(value) =>
					value === 'none' || (typeof value === 'string' && dialectOf(value) !== undefined),
				{ message: `must be one of ${DIALECT_NAMES.join(', ')}, random:SEED or none` },
			)
			.transform((value) => (value === 'none' ? undefined : value))
			.optional()
			.describe(
				"another gateway's way of saying it, by name, or random:7 for one that is drawn; statuses, taskShape, urlPlace and submitShape then say nothing",
			),
		urlDelaySeconds: amount(0).describe(
			'gateway seconds of SUCCESS without a URL, then it heals; Infinity = never',
		),
		urlLifeSeconds: amount(6 * 86_400).describe("gateway seconds until the video's URL expires"),
		taskLifeSeconds: amount(30 * 86_400).describe(
			'gateway seconds after the finish until from_task no longer takes the task',
		),
		idStyle: choice('video', 'uuid', 'model', 'veo', 'number', 'gen-vid', 'task').describe(
			'video_<uuid>, a bare uuid, <model>:task_<ulid>, veo3:<unix>-<rand>, a number beyond 2^53, gen-vid-<unix>-<rand>, task_<rand>',
		),
		formats: choice('all', 'tasks', 'videos').describe(
			'which API formats the gateway speaks: the task API (/v2/videos/generations), OpenAI Videos (/v1/videos), or both',
		),
		face: choice(...FACE_NAMES).describe('whose OpenAI Videos the gateway speaks'),
		contentDelivery: choice('stream', 'redirect', 'json', 'missing').describe(
			'how /v1/videos/{id}/content hands over the file: itself, by a redirect to the file host, by JSON with the link, or not at all',
		),
		publicLink: choice('usual', 'none', 'dead').describe(
			'the link to the file in the task of /v1/videos: where this server has one, never, or one that leads nowhere',
		),
		submitFault: faultOf(FAULT_NAMES).describe('on the paid POST'),
		pollFault: faultOf(FAULT_NAMES).describe('on the poll of a task'),
		characterFault: faultOf(FAULT_NAMES).describe(
			"on the creation of a character (from_task: the source task's directive counts)",
		),
		fileFault: faultOf(FAULT_NAMES).describe('on the upload of a file'),
		modelsFault: faultOf(FAULT_NAMES).describe('on the list of models'),
		quotaFault: faultOf(FAULT_NAMES).describe('on the question about the quota of the key'),
		quotaShape: choice('bare', 'envelope', 'unlimited', 'remaining').describe(
			"how the key's quota is told: as documented, wrapped, without a limit, or by what is left",
		),
		downloadFault: faultOf(Object.keys(DOWNLOAD_FAULTS) as DownloadFault[]).describe(
			'on the download of the video',
		),
		retryAfterSeconds: amount(2).describe(
			'what Retry-After says in the faults that have it (real seconds: clients wait on their own clock)',
		),
		latencySeconds: amount(0).describe("gateway seconds before each of the API's answers"),
		pollFloorSeconds: amount(0).describe(
			'polls of one task that follow each other faster than these gateway seconds get a 429',
		),
		maxRunning: amount(0).describe(
			'tasks that a key may have unfinished at a time; 0 = any number',
		),
		maxRunningAnswer: choice('429', 'words').describe(
			'how a purchase beyond maxRunning is refused: a plain 429, or a 400 that speaks of concurrent tasks',
		),
		callback: choice(
			'finished',
			'everyChange',
			'thrice',
			'idOnly',
			'envelope',
			'early',
			'never',
		).describe(
			'how notify_hook is called; early claims SUCCESS half-way, then calls again at the end',
		),
		characterSeconds: amount(0).describe('gateway seconds that the creation of a character takes'),
		characterShape: choice(
			...['bare', 'envelope', 'nested', 'userName', 'result', 'processing', 'task'],
		).describe(
			'how the character is answered; processing and task answer at once, with its ID or a task, and tell its name at a look once characterSeconds are over',
		),
		characterModel: choice('refused', 'required', 'ignored').describe(
			'what a `model` in the body of a character does; refused and required answer 404 and 400',
		),
		videoBytes: amount(0).describe('the video is filled up to this size; 0 = as it is'),
		maxBodyBytes: amount(20 * 1024 * 1024).describe('larger requests are refused with 413'),
		quota: amount(1_000_000_000).describe(
			'what the key may spend in all; a purchase beyond it is refused',
		),
	})
	.strict();

/** How the gateway behaves. `SCENARIO_FIELDS` has a line on each field. */
export type Scenario = z.output<typeof schema>;

/** Every field of a scenario with one line on what it does. */
export const SCENARIO_FIELDS = Object.fromEntries(
	Object.entries(schema.shape).map(([name, field]) => [name, field.description ?? '']),
) as Record<keyof Scenario, string>;

/** The behaviour when nothing is said. */
export const DEFAULT_SCENARIO: Readonly<Scenario> = schema.parse({});

/** A scenario that cannot be; the message says why. */
export class ScenarioError extends Error {
	override name = 'ScenarioError';
}

/** Checks part of a scenario, from a program, a PUT or a directive. */
export function readScenario(input: unknown): Partial<Scenario> | ScenarioError {
	const result = schema.partial().safeParse(input);
	if (result.success) return result.data;
	const complaints = result.error.issues.map((issue) =>
		issue.code === 'unrecognized_keys'
			? `unknown name ${issue.keys.join(', ')} (known: ${Object.keys(schema.shape).join(', ')})`
			: `${issue.path.join('.') || 'scenario'}: ${issue.message}`,
	);
	return new ScenarioError(complaints.join('; '));
}

const DIRECTIVE = /\[\[(.*?)\]\]/gs;

/**
 * Reads what a prompt asks of the simulator for its own task:
 * `A duck [[renderSeconds=5 pollFault=html502:3]]`.
 */
export function readDirective(prompt: string): Partial<Scenario> | ScenarioError {
	const wishes: Record<string, string> = {};
	for (const [, inside = ''] of prompt.matchAll(DIRECTIVE)) {
		for (const wish of inside.trim().split(/\s+/).filter(Boolean)) {
			const match = /^(\w+)=(\S+)$/.exec(wish);
			if (!match?.[1] || !match[2]) {
				return new ScenarioError(`directive: "${wish}" is not of the form name=value`);
			}
			wishes[match[1]] = match[2];
		}
	}
	return readScenario(wishes);
}

/** Adds the changes; a field that is present but undefined goes back to its default. */
export function merge(base: Readonly<Scenario>, changes: Partial<Scenario>): Scenario {
	const merged: Record<string, unknown> = { ...base };
	const defaults: Partial<Record<string, unknown>> = DEFAULT_SCENARIO;
	for (const [name, value] of Object.entries(changes)) merged[name] = value ?? defaults[name];
	return merged as Scenario;
}

/** For JSON, which has no Infinity. */
export function forJson(scenario: Partial<Scenario>): Record<string, unknown> {
	return Object.fromEntries(
		Object.entries(scenario).map(([name, value]) => [
			name,
			value === Infinity ? 'Infinity' : value,
		]),
	);
}

export type { Fault };
