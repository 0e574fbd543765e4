/* eslint-disable @n8n/community-nodes/no-restricted-imports -- reads its samples, never inside n8n */
/** Properties of the answer readers, whatever a gateway sends. */
import { readFileSync } from 'node:fs';

import fc from 'fast-check';

import { readTaskId } from '../../nodes/Sora/gateway/answers/ids';
import { isCancelledStatus } from '../../nodes/Sora/gateway/answers/statusWords';
import {
	parseJson,
	readCharacter,
	readComplaint,
	readTask,
	readUploadedFile,
} from '../../nodes/Sora/gateway/contract';
import { classifyFailedTask, recognise } from '../../nodes/Sora/gateway/failedAnswer';
import { FAILURES } from '../../nodes/Sora/gateway/failures';
import { excerpt } from '../../nodes/Sora/gateway/printable';
import { KINDS } from '../../nodes/Sora/gateway/models/spelling';
import { refusalIn } from '../../nodes/Sora/gateway/refusals';
import { jsonOf, linearWork, outcomeOf } from './work';

const BASE = 'https://gateway.example';

/** Realistic answers, so that the readers reach what overwrites parts of them. */
const SAMPLES = readFileSync('test/unit/answers.samples.jsonl', 'utf8')
	.trim()
	.split('\n')
	.map((line) => (JSON.parse(line) as { answer: unknown }).answer)
	.filter((answer) => typeof answer === 'object' && answer !== null);

/** Names that gateways give their fields. */
export const NAMES = [
	...new Set(
		Array.from(JSON.stringify(SAMPLES).matchAll(/"(\w{1,40})":/g), ([, name = '']) => name),
	),
];

const WORDS: readonly string[] = [
	...'QUEUED in_progress SUCCESS completed FAILURE 已取消 video_generation_completed'.split(' '),
	...' null 0 100% 50 NaN -1 1e999 2026-01-01T00:00:00Z new_api_error'.split(' '),
	...'https://files.example/v.mp4 //a.example/b.mp4 /v1/videos/x/content javascript:x'.split(' '),
	...'task_1 sora-2:task_1 .. %2e%2e a/b \ud800 任务失败：违反内容政策 a\r\nb'.split(' '),
	...'{"status":"SUCCESS"} [{"url":"https://a.example/b.mp4"}] {"a": <html><h1>502</h1>'.split(' '),
];

const name = fc.oneof(
	{ weight: 6, arbitrary: fc.constantFrom(...NAMES) },
	{ weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', 'length', '') },
	{ weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
);
const text = fc.oneof(
	{ weight: 5, arbitrary: fc.constantFrom(...WORDS) },
	{ weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
	{
		weight: 1,
		arbitrary: fc
			.tuple(fc.constantFrom(...WORDS, 'x'), fc.integer({ min: 1, max: 3_000 }))
			.map(([word, times]) => word.repeat(times)),
	},
);
const leaf = fc.oneof(
	{ weight: 6, arbitrary: text },
	{ weight: 2, arbitrary: fc.oneof(fc.integer(), fc.double(), fc.constant(1_756_693_797)) },
	{ weight: 1, arbitrary: fc.constantFrom(null, true, false) },
);

/** As a parser returns it: own fields of any name, nothing that JSON cannot represent. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value) ?? 'null') as unknown;

const value = jsonOf(leaf, name);

const parsedAnswer = fc
	.array(fc.tuple(name, value), { maxLength: 8 })
	.map((entries) => asJson(Object.fromEntries(entries)));

const ODD_VALUES = fc.oneof(
	fc.constantFrom<unknown>({}, [], null, 0, true, { message: {} }, [{}], [[]], ''),
	value,
);
/** A sample with odd values under known names, on one of its levels. */
const overwritten = fc
	.tuple(
		fc.constantFrom(...SAMPLES),
		fc.array(fc.tuple(name, ODD_VALUES), { minLength: 1, maxLength: 4 }),
		fc.integer({ min: 0, max: 2 }),
	)
	.map(([answer, fields, level]) => {
		const over = (inner: object, depth: number): object =>
			depth === 0
				? { ...inner, ...Object.fromEntries(fields) }
				: Object.fromEntries(
						Object.entries(inner).map(([key, held]: [string, unknown]) => [
							key,
							typeof held === 'object' && held !== null ? over(held, depth - 1) : held,
						]),
					);
		return asJson(over(answer, level));
	});

const anyAnswer = fc.oneof(
	{ weight: 5, arbitrary: parsedAnswer },
	{ weight: 4, arbitrary: overwritten },
	{ weight: 1, arbitrary: value.map(asJson) },
);

/** Bodies as received: JSON, truncated JSON, pages, prose. */
const body = fc.oneof(
	parsedAnswer.map((answer) => JSON.stringify(answer)),
	fc.tuple(parsedAnswer, fc.nat()).map(([answer, at]) => {
		const whole = JSON.stringify(answer);
		return whole.slice(0, at % (whole.length + 1));
	}),
	text,
);

export const BODY_READERS: Readonly<Record<string, (answer: unknown) => unknown>> = {
	readTask: (answer) => readTask(answer, 'task_1', { baseUrl: BASE }),
	'readTask, unknown': (answer) => readTask(answer, ''),
	readTaskId: (answer) => readTaskId(answer),
	'readTaskId, in an error': (answer) =>
		readTaskId(answer, { sent: { prompt: 'a boat' }, isError: true }),
	readComplaint,
	readCharacter,
	readUploadedFile,
	recognise: (answer) => recognise(readComplaint(answer), 400),
};

export const WORD_READERS: Readonly<Record<string, (text: string) => unknown>> = {
	parseJson,
	excerpt,
	refusalIn,
	isCancelledStatus,
	recognise: (text) => recognise({ code: text, message: text }, 400, text),
	classifyFailedTask: (text) => classifyFailedTask(text, text),
	settings: (text) => Object.values(KINDS).map(([, reader]) => reader(text)),
};

/** In characters: for words that are shown, and for everything stored about a task. */
const LONGEST_WORDS = 2_200;
const LARGEST_TASK = 400_000;

function expectThat(isSo: boolean, what: string, found: unknown): void {
	if (!isSo) throw new Error(`${what}: ${(JSON.stringify(found) ?? String(found)).slice(0, 300)}`);
}

export const ANSWER_PROPERTIES = {
	'every reader gives an answer of any JSON, and leaves it as it was': fc.asyncProperty(
		fc.constantFrom(...Object.values(BODY_READERS)),
		anyAnswer,
		async (read, answer) => {
			const before = JSON.stringify(answer);
			await outcomeOf(read, answer);
			expectThat(JSON.stringify(answer) === before, 'it was changed', answer);
			expectThat(!('polluted' in {}) && !('status' in {}), 'every object was changed', answer);
		},
	),
	'a task that is read can be one, and is of ordinary size': fc.asyncProperty(
		anyAnswer,
		async (answer) => {
			const task = await outcomeOf(
				(given: unknown) => readTask(given, 'task_1', { baseUrl: BASE }),
				answer,
			);
			if (!task) return;
			expectThat(['running', 'succeeded', 'failed'].includes(task.phase), 'phase', task.phase);
			const { progress = 0 } = task;
			expectThat(progress >= 0 && progress <= 100, 'progress', progress);
			expectThat(
				task.videoUrls.every((url) => /^https?:\/\//.test(url)),
				'links',
				task.videoUrls,
			);
			expectThat(task.videoUrl === (task.videoUrls[0] ?? null), 'first link', task.videoUrl);
			for (const at of [task.submittedAt, task.startedAt, task.finishedAt]) {
				expectThat(at === null || !Number.isNaN(Date.parse(at)), 'moment', at);
			}
			expectThat(task.failReason.length <= LONGEST_WORDS, 'reason', task.failReason.length);
			expectThat(JSON.stringify(task.raw).length <= LARGEST_TASK, 'size', task.id);
		},
	),
	'a complaint that is read is short, and is told apart': fc.asyncProperty(
		anyAnswer,
		fc.constantFrom(undefined, 200, 400, 401, 403, 404, 429, 500, 503, 999),
		async (answer, status) => {
			const complaint = await outcomeOf(readComplaint, answer);
			const words = complaint?.message ?? '';
			expectThat(words.length <= LONGEST_WORDS, 'words', words.length);
			const { category } = recognise(complaint, status, words);
			expectThat(Object.hasOwn(FAILURES, category), 'category', category);
			expectThat(Object.hasOwn(FAILURES, classifyFailedTask(words)), 'failed task', words);
		},
	),
	'any body is text, or JSON that can be read': fc.asyncProperty(body, async (text) => {
		const answer = await outcomeOf(parseJson, text);
		for (const read of Object.values(BODY_READERS)) await outcomeOf(read, answer);
	}),
	'twice the body is about twice the work': linearWork(
		{
			...WORD_READERS,
			...Object.fromEntries(
				Object.entries(BODY_READERS).map(([reader, read]) => [
					reader,
					(words: string) =>
						read({
							task_id: words,
							status: words,
							data: words,
							message: words,
							foo: { url: words },
						}),
				]),
			),
			'a body': (text) => {
				const answer = parseJson(text);
				for (const read of Object.values(BODY_READERS)) read(answer);
			},
		},
		[
			...[...WORDS.filter(Boolean), ...NAMES, '\\"', ...'{}[]":,\\ _.'],
			...'<script> </ &amp; Bearer sk- aA 1e -1 违 人脸 审核 violat detected task_id: % ='.split(
				' ',
			),
		],
	),
} as const;
