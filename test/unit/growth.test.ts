/**
 * What a gateway sends is read in linear time: eight times the input must not cost far more than eight times the work,
 * and no input much more than to write it as JSON and to parse it again.
 */
import { isCancelledStatus } from '../../nodes/Sora/gateway/answers/statusWords';
import { readTaskId } from '../../nodes/Sora/gateway/answers/ids';
import { parseJson, readComplaint, readTask } from '../../nodes/Sora/gateway/contract';
import { classifyFailedTask } from '../../nodes/Sora/gateway/failedAnswer';
import { excerpt } from '../../nodes/Sora/gateway/printable';
import { refusalIn } from '../../nodes/Sora/gateway/refusals';
import { isThorough, tenthOf } from '../effort';
import { classify } from './builders';
import { leastCpuMsOf, TOO_SHORT } from './cpuTime';

const LARGE = isThorough ? 1_048_576 : 262_144;
const SMALL = LARGE / 8;
/** Quadratic work would be 64 times as much. */
const MAX_GROWTH = 32;
const MAX_COST = 200;

/** Some of the parsers' own words and signs, and pieces of what they read. */
const UNITS = [
	'{|[|"|\\"|\\|<|>|</|<a|<script>|(|)|{"data":|{"data":[|[{"a":|{"error":{"message":"|\\"{\\"',
	'https://|http://a.mp4 |https://a/b.mp4?|/|./|//a.|&amp;|a|A|aA|Aa|a_|_|-| |\n|\t|.|,|:|0|9|-1|1e',
	'12345678901234567 |，|中|违|人脸|审核|not |no |violat |violates a policy |prompt |prompt blocked ',
	'detected a |a real human face |task_id: |task id = |task not |Bearer |sk-|time out |un|image_to_',
	'url|status|pending_|success_|\ud800|\udc00|\u0000|%|=|req_|..',
].flatMap((line) => line.split('|'));

/** What stands before and behind the repetitions: a pattern that fails at the end may try all over again. */
const FRAME = '\u2026';
const BEGINNINGS = ['https://a', 'x https://a', '//a', 'a/', 'a_', 'Bearer', 'task_id'];
const REPEATED = ['.', 'a.', '/', ' ', '%', ',', 'content', 'aA', '0', '&amp;', ' a', '_'];
const RUNS = BEGINNINGS.flatMap((before) =>
	REPEATED.map((unit) => `${before}${FRAME}${unit}${FRAME}!x`),
);

/** Objects around a text, as deep and as wide as a gateway may make them. */
const around = (text: string) => [
	{ task_id: 'task_1', status: 'FAILURE', fail_reason: text },
	{
		task_id: 'task_1',
		status: text,
		state: text,
		progress: text,
		created_at: text,
		finish_time: text,
	},
	{ task_id: text, id: text, data: text, error: text, code: text, message: text },
	{ error: { message: text, code: text, type: text }, id: text, request_id: text },
	{ status: 'SUCCESS', data: { output: text }, video_url: text, foo: [text, { text }] },
	{ [text]: text, [`${text}_url`]: text, [`${text}_status`]: 'done', [`task_${text}_id`]: text },
];

const READERS: Record<string, (answer: unknown) => unknown> = {
	readTask: (answer) => readTask(answer, 'task_1', { baseUrl: 'https://gateway.example' }),
	readTaskId: (answer) => readTaskId(answer),
	'readTaskId, in an error': (answer) =>
		readTaskId(answer, { sent: { prompt: 'a boat' }, isError: true }),
	readComplaint,
};

const MATCHERS: Record<string, (text: string) => unknown> = {
	parseJson,
	excerpt,
	refusalIn,
	isCancelledStatus,
	classify: (text) => classify({ code: text, message: text }, 400, text),
	classifyFailedTask: (text) => classifyFailedTask(text, text),
};

interface Cost {
	/** Times the work of an eighth of the input; 0 where all of it is too short to be told. */
	growth: number;
	/** Times the work of parsing the input. */
	cost: number;
}

const CHEAP: Cost = { growth: 0, cost: 0 };

/** Measured again where it looks bad: the collection of garbage may fall into any of the runs. */
function costOf<T>(input: (size: number) => T, act: (input: T) => unknown): Cost {
	let least = measured(input, act);
	for (let again = 0; again < 3 && !isCheap(least); again++) {
		const { growth, cost } = measured(input, act);
		least = { growth: Math.min(least.growth, growth), cost: Math.min(least.cost, cost) };
	}
	return least;
}

const isCheap = ({ growth, cost }: Cost) => growth <= MAX_GROWTH && cost <= MAX_COST;

function measured<T>(input: (size: number) => T, act: (input: T) => unknown): Cost {
	const large = input(LARGE);
	const time = leastCpuMsOf(() => act(large));
	if (time < TOO_SHORT) return CHEAP;
	const small = input(SMALL);
	const parsing = leastCpuMsOf(() => JSON.parse(JSON.stringify(large)));
	return {
		growth:
			time /
			Math.max(
				1,
				leastCpuMsOf(() => act(small)),
			),
		cost: time / Math.max(1, parsing),
	};
}

/** @param what names the case where it fails */
function expectCheap(what: object, { growth, cost }: Cost) {
	const most = { growth: Math.min(growth, MAX_GROWTH), cost: Math.min(cost, MAX_COST) };
	expect({ ...what, growth, cost }).toEqual({ ...what, ...most });
}

const repeated = (unit: string, size: number) => {
	const [before = '', repeats = unit, after = ''] = unit.split(FRAME);
	return before + repeats.repeat(Math.ceil(size / repeats.length)) + after;
};

describe('the work of', () => {
	it.each(Object.entries(MATCHERS))('%s grows with the text, whatever it repeats', (_, act) => {
		for (const unit of tenthOf(UNITS))
			expectCheap(
				{ unit },
				costOf((size) => repeated(unit, size), act),
			);
	});

	it.each(Object.entries(READERS))('%s grows with the answer, whatever it repeats', (_, act) => {
		for (const unit of tenthOf(UNITS)) {
			for (const index of around('').keys()) {
				const answer = (size: number) => around(repeated(unit, size / 4))[index];
				expectCheap({ unit, index }, costOf(answer, act));
			}
		}
	});

	it.each(Object.entries(READERS))('%s grows with many such texts in one answer', (_, act) => {
		for (const unit of tenthOf([...UNITS, ...RUNS])) {
			const answer = (size: number) => ({
				status: 'FAILURE',
				output: Array.from({ length: 64 }, () => ({ note: repeated(unit, size / 64) })),
				foo: Object.fromEntries(
					Array.from({ length: 64 }, (_each, index) => [
						`video_url_${index}`,
						repeated(unit, size / 64),
					]),
				),
			});
			expectCheap({ unit }, costOf(answer, act));
		}
	});

	const many = <T>(count: number, make: (index: number) => T) =>
		Array.from({ length: Math.min(Math.ceil(count), 50_000) }, (_, index) => make(index));
	const fields = (count: number, make: (index: number) => [string, string]) =>
		Object.fromEntries(many(count, make));
	const nested = (count: number, wrap: (inner: unknown) => unknown, core: unknown) =>
		many(count, () => 0).reduce<unknown>(wrap, core);
	const link = { status: 'running', url: 'https://a/b.mp4' };

	const SHAPES: Record<string, (count: number) => unknown> = {
		'a wide object': (count) => ({
			status: 'x',
			...fields(count, (index) => [`video_url_${index}`, `https://a/${index}`]),
		}),
		'a long list': (count) => ({
			status: 'x',
			data: many(count, (id) => ({ ...link, id })),
		}),
		'a deep object': (count) => nested(count, (data) => ({ data, status: 'x' }), {}),
		'a deep list': (count) => ({ status: 'x', data: nested(count, (inner) => [inner], []) }),
		'many objects, each with many fields': (count) => ({
			data: many(count / 100, () => fields(100, (index) => [`status_${index}`, 'failed to x'])),
		}),
		'JSON in JSON': (count) => ({
			data: many(12, () => 0).reduce<string>(
				(inner) =>
					JSON.stringify({
						data: inner.length > count * 8 ? 'x' : inner,
						output: 'https://a/b.mp4',
					}),
				'x',
			),
		}),
		'many strings of JSON': (count) => ({ data: many(count, () => '{"data":"{\\"a\\":1}"}') }),
	};

	it.each(Object.entries(SHAPES))('every reader grows with %s', (_, shape) => {
		for (const [name, act] of Object.entries(READERS)) {
			expectCheap(
				{ name },
				costOf((size) => shape(size / 16), act),
			);
		}
	});
});
