/** What a gateway sends is read in linear time, whatever repeats itself in it. */
import { isThorough, tenthOf } from '../effort';
import { BODY_READERS, WORD_READERS } from '../fuzz/answers';
import { growth, MAX_GROWTH, type Act } from '../fuzz/work';

const LARGEST = isThorough ? 1_048_576 : 262_144;

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
const BEGINNINGS = ['8', 'https://a', 'x https://a', '//a', 'a/', 'a_', 'Bearer', 'task_id'];
const REPEATED = ['.', 'a.', '/', ' ', '%', ',', 'content', 'aA', '0', '&amp;', ' a', '_'];
const RUNS = BEGINNINGS.flatMap((before) =>
	REPEATED.map((unit) => `${before}${FRAME}${unit}${FRAME}!x`),
);

const repeated = (unit: string, size: number) => {
	const [before = '', repeats = unit, after = ''] = unit.split(FRAME);
	return before + repeats.repeat(Math.ceil(size / repeats.length)) + after;
};

/** Answers that hold a text: in the fields that are read most, under names of it, and often. */
const around = (text: string) => [
	{ task_id: 'task_1', status: 'FAILURE', fail_reason: text, error: { message: text, code: text } },
	{ task_id: text, status: text, progress: text, created_at: text, data: text, message: text },
	{ status: 'SUCCESS', data: { output: text }, video_url: text, foo: [text, { text }] },
	{ [text]: text, [`${text}_url`]: text, [`${text}_status`]: 'done', [`task_${text}_id`]: text },
	{
		status: 'FAILURE',
		output: Array.from({ length: 64 }, () => ({ note: text.slice(0, text.length / 64) })),
	},
];

const ACTS: Record<string, Act<string>> = {
	...WORD_READERS,
	...Object.fromEntries(
		Object.entries(BODY_READERS).map(([name, read]) => [
			name,
			(text: string) => around(text).map(read),
		]),
	),
};

it.each(Object.entries(ACTS))(
	'%s takes about twice as long for twice the text, whatever it repeats',
	async (_, act) => {
		for (const unit of tenthOf([...UNITS, ...RUNS])) {
			const made = (size: number) => repeated(unit, size);
			const grown = await growth(act, [4_096, 16_384, 65_536, LARGEST], made);
			expect([unit, grown > MAX_GROWTH]).toEqual([unit, false]);
		}
	},
	120_000,
);

const many = <T>(count: number, make: (index: number) => T) =>
	Array.from({ length: Math.ceil(count) }, (_, index) => make(index));
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

it.each(Object.entries(SHAPES))('every reader grows with %s', async (_, shape) => {
	for (const [name, read] of Object.entries(BODY_READERS)) {
		const grown = await growth(read, [256, 1_024, 4_096, 16_384, LARGEST / 4], shape);
		expect([name, grown > MAX_GROWTH]).toEqual([name, false]);
	}
});
