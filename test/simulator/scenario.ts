import { z } from 'zod';

import { DIALECT_NAMES, dialectOf } from './dialects';
import { FACE_NAMES } from './faces';
import { DOWNLOAD_FAULTS, type DownloadFault } from './downloads';
import { FAULT_NAMES } from './faults';

/** A fault for every request, or with `:n` for the first n only. */
export type Times<Name extends string> = Name | `${Name}:${number}`;

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
/** The first is the default. */
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
		outcome: choice(
			'success',
			'moderation',
			'moderationLate',
			'realPerson',
			'similarity',
			'celebrity',
			'minor',
			'nudity',
			'renderError',
			'cancelled',
		).describe('how the task ends; moderationLate fails at 90 %'),
		reason: z
			.string()
			.optional()
			.describe("the gateway's words where the task fails, instead of those of the outcome"),
		taskError: choice('absent', 'empty', 'null', 'object', 'text').describe(
			'a field `error` in the task object, while nothing is wrong',
		),
		dialect: z
			.custom<string>(
				(value) =>
					value === 'none' || (typeof value === 'string' && dialectOf(value) !== undefined),
				{ message: `must be one of ${DIALECT_NAMES.join(', ')}, random:SEED or none` },
			)
			.transform((value) => (value === 'none' ? undefined : value))
			.optional()
			.describe("another gateway's way of saying it, by name, or random:7 for one that is drawn"),
		urlDelaySeconds: amount(0).describe(
			'gateway seconds of SUCCESS without a URL, then it heals; Infinity = never',
		),
		urlLifeSeconds: amount(6 * 86_400).describe("gateway seconds until the video's URL expires"),
		idStyle: choice('video', 'model', 'number', 'gen-vid', 'task').describe(
			'video_<uuid>, <model>:task_<rand>, a number beyond 2^53, gen-vid-<unix>-<rand>, task_<rand>',
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
		downloadFault: faultOf(Object.keys(DOWNLOAD_FAULTS) as DownloadFault[]).describe(
			'on the download of the video',
		),
		latencySeconds: amount(0).describe("gateway seconds before each of the API's answers"),
		maxRunning: amount(0).describe(
			'tasks that a key may have unfinished at a time; 0 = any number',
		),
		maxRunningAnswer: choice('429', 'words').describe(
			'how a purchase beyond maxRunning is refused: a plain 429, or a 400 that speaks of concurrent tasks',
		),
		callback: choice(
			'finished',
			'everyChange',
			'threeTimes',
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
		videoBytes: amount(0).describe('the video is filled up to this size; 0 = as it is'),
		quota: amount(1_000_000_000).describe(
			'what the key may spend in all; a purchase beyond it is refused',
		),
	})
	.strict();

/** The gateway's behaviour. `SCENARIO_FIELDS` describes each field in a line. */
export type Scenario = z.output<typeof schema>;

/** Every field of a scenario, with a line on what it does. */
export const SCENARIO_FIELDS = Object.fromEntries(
	Object.entries(schema.shape).map(([name, field]) => [name, field.description ?? '']),
) as Record<keyof Scenario, string>;

export const DEFAULT_SCENARIO: Readonly<Scenario> = schema.parse({});

/** An invalid scenario; the message says why. */
export class ScenarioError extends Error {
	override name = 'ScenarioError';
}

/** Validates part of a scenario, from a program, a PUT or a directive. */
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

/** Reads a prompt's directive for its own task: `A duck [[renderSeconds=5 pollFault=html502:3]]`. */
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

/** Applies changes; a field that is present but undefined is reset to its default. */
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
