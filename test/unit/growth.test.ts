/** What a gateway sends is read in linear time, whatever its shape; `test/fuzz` repeats its words. */
import { isThorough } from '../effort';
import { BODY_READERS } from '../fuzz/answers';
import { growth, MAX_GROWTH } from '../fuzz/work';

const LARGEST = isThorough ? 1_048_576 : 262_144;

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
