import { judge, listedEntries, listedRow, videosRow } from '../../nodes/Sora/gateway/models';
import type { ModelRow } from '../../nodes/Sora/gateway/models';
import { WIRES, wireOf, type GenerationOrder, type Wire } from '../../nodes/Sora/gateway/wires';
import { LABELS } from '../../nodes/Sora/panel/modelFields';
import { faceOf, isFormFile, OPENROUTER_MODELS } from '../simulator/faces';

const PICTURE = 'data:image/png;base64,iVBORw0KGgo=';
const ADDRESS = 'https://files.example/a.png';
const order = (more: Partial<GenerationOrder> = {}): GenerationOrder => ({
	model: 'some-model',
	prompt: 'A boat',
	...more,
});
const set = (body: object) => JSON.parse(JSON.stringify(body)) as Record<string, unknown>;
const entriesOf = (form: unknown) => [...(form as FormData).entries()];

describe('an order on OpenAI Videos', () => {
	const auto = wireOf('openai', 'auto');
	const form = wireOf('openai', 'form');
	const json = wireOf('openai', 'json');
	const images = (...values: string[]) => ({ images: values.map((value) => ({ value })) });
	const [imageUrl, frames] = [
		{ image_url: ADDRESS },
		(['firstFrame', 'lastFrame'] as const).map((role) => ({ value: ADDRESS, role })),
	];

	it.each<[string, Wire, Partial<GenerationOrder>, object]>([
		['its length as text', auto, { fields: { seconds: '8' } }, { seconds: '8' }],
		['it as a number, too', auto, { fields: { duration: 8 } }, { seconds: '8', duration: 8 }],
		['a number for who wants JSON', json, { fields: { seconds: '8' } }, { seconds: 8 }],
		['no length where none is needed', auto, {}, {}],
		['a length where a server would make a still', form, {}, { seconds: '5' }],
		['a length where a server would refuse it', json, {}, { seconds: 8 }],
		[
			'a picture by an object for who wants JSON',
			json,
			images(ADDRESS),
			{ seconds: 8, input_reference: imageUrl },
		],
		[
			'both frames',
			json,
			{ images: frames },
			{ seconds: 8, image: imageUrl, last_frame: imageUrl },
		],
		[
			'references in one list',
			json,
			images(ADDRESS, ADDRESS),
			{ seconds: 8, input_reference: [imageUrl, imageUrl] },
		],
		['a list of pictures', auto, images(ADDRESS, PICTURE), { images: [ADDRESS, PICTURE] }],
		[
			'the first picture for who knows only one',
			form,
			images(ADDRESS, PICTURE),
			{ seconds: '5', input_reference: ADDRESS, images: [PICTURE] },
		],
		[
			'a list of one picture where a file would be ignored',
			auto,
			{ ...images(PICTURE), imagesAs: 'images' },
			{ images: [PICTURE] },
		],
		['a picture as text', auto, { ...images(PICTURE), imagesAs: 'image' }, { image: PICTURE }],
		['two as a list', auto, { ...images('a', 'b'), imagesAs: 'image' }, { images: ['a', 'b'] }],
		[
			'the first frame among the settings, where only those are read',
			auto,
			{ ...images(PICTURE), imagesAs: videosRow('MiniMax-Hailuo-02').images.as },
			{ metadata: { first_frame_image: PICTURE } },
		],
		[
			'what belongs into an object, and Extra Body above all',
			auto,
			{
				fields: { 'metadata.resolution': '720p', 'metadata.seed': 7, seconds: '8' },
				extra: { seconds: '6' },
			},
			{ seconds: '6', metadata: { resolution: '720p', seed: 7 } },
		],
	])('contains %s', (_, wire, more, expected) =>
		expect(set(wire.worded(order(more)))).toEqual({ ...order(), ...expected }),
	);

	it('is JSON, and a form with the picture as a file', () => {
		const plain = auto.worded(order());
		expect(auto.encoded?.(plain)).toBe(plain);
		const sent = entriesOf(auto.encoded?.(set(auto.worded(order(images(PICTURE))))));
		expect(sent.map(([name]) => name)).toEqual(['model', 'prompt', 'input_reference']);
		const file = sent[2]?.[1] as File;
		expect([file.name, file.type, file.size]).toEqual(['input_reference.png', 'image/png', 8]);
	});

	it('is always a form for servers that want one, objects as JSON text', () => {
		const extra = { extra_params: { a: 1 }, seed: 7, flag: true, none: null };
		expect(entriesOf(form.encoded?.(set(form.worded(order({ extra })))))).toEqual([
			['model', 'some-model'],
			['prompt', 'A boat'],
			['seconds', '5'],
			['extra_params', '{"a":1}'],
			['seed', '7'],
			['flag', 'true'],
		]);
	});
});

it('an order on OpenRouter has frames with their roles, references apart', () => {
	const images = [
		{ value: ADDRESS, role: 'firstFrame' as const },
		{ value: PICTURE, role: 'lastFrame' as const },
		{ value: ADDRESS, role: 'reference' as const },
	];
	const image = (url: string) => ({ type: 'image_url', image_url: { url } });
	expect(set(WIRES.openrouter.worded(order({ images })))).toMatchObject({
		frame_images: [
			{ ...image(ADDRESS), frame_type: 'first_frame' },
			{ ...image(PICTURE), frame_type: 'last_frame' },
		],
		input_references: [image(ADDRESS)],
	});
});

it('a credential without an API format uses the Task API', () => {
	expect(wireOf(undefined, undefined)).toBe(WIRES.tasks);
	expect(wireOf('no such', 'form')).toBe(WIRES.tasks);
	expect(wireOf('openai', 'no such')).toBe(WIRES.openai);
});

/** The order of a model at what its fields start with, and at the first of each choice. */
function ordersOf(row: ModelRow) {
	const first = Object.fromEntries(
		Object.entries(row.fields).map(([name, field]) => [name, field?.choices?.[0]]),
	);
	const least = row.fields.duration?.min;
	return [{}, { ...first, ...(least && { duration: String(least) }) }].map((given) => {
		const images = row.images.min > 0 ? [{ value: PICTURE }] : [];
		const { body, refusals } = judge(row, given, { unassigned: images.length }, LABELS);
		expect(refusals).toEqual([]);
		return order({ model: row.id, fields: body, images });
	});
}

describe('what a row orders by default', () => {
	const asForm = wireOf('openai', 'form');

	it.each([
		...['some-model', 'sora-2', 'sora-2-pro', 'Wan-AI/Wan2.2-T2V-A14B-Diffusers'],
		...['veo-3.1-generate-preview', 'veo-3.1-fast-generate-preview', 'tencent/HunyuanVideo'],
		...['Lightricks/LTX-Video', 'omni_flash-10s', 'grok-1.5-video-6s', 'seedance-2.0-fast-t2v'],
		...[
			'seedance-2.5-standard-i2v',
			'doubao-seedance-1-5-pro-251215',
			'kling-v3.0-t2v',
			'hailuo-2.3-pro',
			'hailuo-h3-t2v',
		],
		...['vidu-q3-pro', 'flux-3-video-pro', 'happyhorse-1.1-t2v', 'wan-2.7-spicy-i2v'],
		...['zhenzhen-video-gk-v15', 'kling-v2-6', 'viduq2', 'wan2.5-i2v-preview', 'jimeng_v30'],
	])('%s is accepted by New API, and by vLLM as a form', (id) => {
		for (const ordered of ordersOf(videosRow(id))) {
			const sent = set(WIRES.openai.worded(ordered));
			expect(faceOf('newapi').complaint(sent, 'json')).toBeUndefined();
			const fields = Object.fromEntries(
				entriesOf(asForm.encoded?.(set(asForm.worded(ordered)))).map(([name, value]) => [
					name,
					value instanceof Blob
						? { filename: name, contentType: value.type, bytes: value.size }
						: value,
				]),
			);
			expect(faceOf('vllm').complaint(fields, 'form')).toBeUndefined();
			expect(isFormFile(fields.input_reference)).toBe(Boolean(ordered.images?.length));
		}
	});

	it.each(['sora-2', 'sora-2-pro'])('%s is taken by OpenAI itself', (id) => {
		for (const ordered of ordersOf(videosRow(id))) {
			expect(faceOf('openai').complaint(set(WIRES.openai.worded(ordered)), 'json')).toBeUndefined();
		}
	});

	it.each(OPENROUTER_MODELS)('$id is taken by OpenRouter', (listed) => {
		for (const ordered of ordersOf(listedRow(listed) as ModelRow)) {
			const sent = set(WIRES.openrouter.worded(ordered));
			expect(faceOf('openrouter').complaint(sent, 'json')).toBeUndefined();
		}
	});
});

it('OpenRouter’s list says what each model takes and costs, and holds nothing else', () => {
	const odd = { id: 'a/b', pricing_skus: { tokens: '0.1', 'per-video-second': 'x' } };
	const entries = listedEntries([...OPENROUTER_MODELS, null, 7, {}, odd]);
	expect(entries[0]).toMatchObject({ value: 'google/veo-3.1', name: 'Google: Veo 3.1' });
	expect(entries[3]).toMatchObject({ value: 'a/b', name: 'a/b' });
	expect(entries.map(({ description }) => description)).toEqual([
		expect.stringMatching(/^from \$0\.40 a second, 4, 6 or 8 s/),
		expect.stringMatching(/^\$0\.08 a second, 4 to 15 s/),
		expect.stringMatching(/^\$0\.90 a video, 5 or 10 s/),
		expect.not.stringContaining('$'),
	]);
});
