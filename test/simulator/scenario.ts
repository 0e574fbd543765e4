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
		/** Seconds are the gateway's. */
		renderSeconds: amount(60),
		/** A third each of NOT_START, SUBMITTED and QUEUED. */
		queueSeconds: amount(2),
		/** `moderationLate` fails at 90 %. */
		outcome: choice(
			'success',
			'moderation',
			'moderationLate',
			'realPerson',
			'renderError',
			'cancelled',
		),
		/** The gateway's words where the task fails, instead of those of the outcome. */
		reason: z.string().optional(),
		/** A field `error` in the task object, while nothing is wrong. */
		taskError: choice('absent', 'empty', 'null', 'object', 'text'),
		/** Another gateway's way of saying it, by name, or `random:7` for one that is drawn. */
		dialect: z
			.custom<string>(
				(value) =>
					value === 'none' || (typeof value === 'string' && dialectOf(value) !== undefined),
				{ message: `must be one of ${DIALECT_NAMES.join(', ')}, random:SEED or none` },
			)
			.transform((value) => (value === 'none' ? undefined : value))
			.optional(),
		/** Of SUCCESS without a URL. */
		urlDelaySeconds: amount(0),
		urlLifeSeconds: amount(6 * 86_400),
		idStyle: choice('video', 'model', 'gen-vid', 'task'),
		/** The Task API, OpenAI Videos, or both. */
		formats: choice('all', 'tasks', 'videos'),
		/** Whose OpenAI Videos the gateway speaks. */
		face: choice(...FACE_NAMES),
		/** How the content route hands over the file: itself, by a redirect to the file host, or by a link in JSON. */
		contentDelivery: choice('stream', 'redirect', 'json', 'missing'),
		/** In the task of OpenAI Videos: where this server has one, never, or one that leads nowhere. */
		publicLink: choice('usual', 'none', 'dead'),
		submitFault: faultOf(FAULT_NAMES),
		pollFault: faultOf(FAULT_NAMES),
		/** For a character of a task, the task's directive counts. */
		characterFault: faultOf(FAULT_NAMES),
		fileFault: faultOf(FAULT_NAMES),
		modelsFault: faultOf(FAULT_NAMES),
		quotaFault: faultOf(FAULT_NAMES),
		downloadFault: faultOf(Object.keys(DOWNLOAD_FAULTS) as DownloadFault[]),
		/** Before each of the API's answers. */
		latencySeconds: amount(0),
		/** Tasks that a key may have unfinished at a time; 0 = any number. */
		maxRunning: amount(0),
		/** How one more is refused: a plain 429, or a 400 that speaks of concurrent tasks. */
		maxRunningAnswer: choice('429', 'words'),
		/** How notify_hook is called; `early` claims SUCCESS half-way, then calls again at the end. */
		callback: choice(
			'finished',
			'everyChange',
			'threeTimes',
			'idOnly',
			'envelope',
			'early',
			'never',
		),
		characterSeconds: amount(0),
		/** `processing` and `task` answer at once, and tell the name once characterSeconds are over. */
		characterShape: choice('bare', 'envelope', 'userName', 'processing', 'task'),
		/** The video is filled up to this size. */
		videoBytes: amount(0),
		/** What the key may spend in all. */
		quota: amount(1_000_000_000),
	})
	.strict();

/** The gateway's behaviour. */
export type Scenario = z.output<typeof schema>;

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
