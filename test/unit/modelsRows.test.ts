/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- reads the sources, never inside n8n */
/** The tests of a model come with its row, whose bodies the stand-in judges by what the API's pages say. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { NodeHelpers, type INodeProperties } from 'n8n-workflow';

import { generationRequest } from '../../nodes/Sora/gateway/contract';
import {
	FAMILIES,
	FIELD_NAMES,
	FIELDS,
	judge,
	offers,
	rowOf,
	ROWS,
	type FieldKey,
	type FieldName,
	type ModelRow,
	type Settings,
} from '../../nodes/Sora/gateway/models';
import { GENERATE_FIELDS } from '../../nodes/Sora/panel/generate';
import { LABELS } from '../../nodes/Sora/panel/modelFields';
import { checkGenerate, describes } from '../simulator/validate';

const KEYS: FieldKey[] = [...FIELD_NAMES, 'characterClip', 'storyboard'];
const keysOf = (row: ModelRow) => KEYS.filter((key) => offers(row, key)).sort();
/** Parameters that are named otherwise. */
const KEY_OF: Record<string, FieldKey> = { characterUrl: 'characterClip' };

const PANEL = GENERATE_FIELDS.flatMap((field) =>
	field.name === 'options' ? (field.options as INodeProperties[]) : [field],
)
	.map((field) => ({ key: KEY_OF[field.name] ?? (field.name as FieldKey), field }))
	.filter(({ key }) => KEYS.includes(key));

/** Fields that n8n shows for a model, with what they start with and offer. */
function shownFor(model: string) {
	const values = { model: { __rl: true, mode: 'id', value: model }, duration: '10' };
	return PANEL.filter(({ field }) =>
		NodeHelpers.displayParameter(values, field, { typeVersion: 1 }, null, values),
	).map(({ key, field: { type, default: starts, options = [] } }) => ({
		key,
		starts,
		offers: type === 'options' ? options.map((one) => (one as { value: string }).value) : undefined,
	}));
}
const keysShownFor = (model: string) =>
	shownFor(model)
		.map(({ key }) => key)
		.sort();

const TEXTS: Partial<Record<FieldName, string>> = {
	audioUrl: 'https://example.com/sound.mp3',
	negativePrompt: 'rain',
	template: 'an-effect',
};

/** Values that the model takes, other ones than its default first. */
function candidates({ fields }: ModelRow, name: FieldName): unknown[] {
	const { kind, resting } = FIELDS[name];
	const { choices, min = 0 } = fields[name] ?? {};
	if (kind === 'flag') return [resting !== true, resting === true];
	if (kind === 'number') return [min + 7, min];
	return choices ? [...choices].reverse() : [TEXTS[name]];
}

const judged = (row: ModelRow, settings: Settings) =>
	judge(row, settings, { unassigned: row.images.min }, LABELS);
const isClean = (row: ModelRow, settings: Settings) => {
	const { refusals, notes } = judged(row, settings);
	return refusals.length === 0 && notes.length === 0;
};

/** Everything set that goes with each other, to something else than its default where it can be. */
function everything(row: ModelRow): Settings {
	const settings: Settings = {};
	for (const name of FIELD_NAMES.filter((one) => offers(row, one))) {
		settings[name] = candidates(row, name).find((one) =>
			isClean(row, { ...settings, [name]: one }),
		);
	}
	return settings;
}

const bodyOf = (row: ModelRow, settings: Settings, images: number) =>
	generationRequest({
		model: row.id,
		prompt: 'A paper boat',
		images: Array.from({ length: images }, (_, index) => ({ value: `https://a.example/${index}` })),
		fields: judged(row, settings).body,
	});

/** Any order that nothing can be said against. */
const orderOf = (row: ModelRow) => {
	const fields = FIELD_NAMES.filter((name) => row.fields[name]);
	const values = (name: FieldName) => fc.constantFrom(...candidates(row, name), '');
	return fc
		.record(Object.fromEntries(fields.map((name) => [name, values(name)])), { requiredKeys: [] })
		.filter((settings) => isClean(row, settings));
};

describe.each(
	FAMILIES.flatMap(({ title, rows }) => rows.map((row) => [row.id, title, row] as const)),
)('the row of %s', (id, family, row) => {
	const { min, max = 0, transport } = row.images;

	it('shows each of its fields once, no others, and starts with its default', () => {
		expect(keysShownFor(id)).toEqual(keysOf(row));
		const choices = shownFor(id).filter(({ offers: offered }) => offered);
		for (const { starts, offers: offered } of choices) expect(offered).toContain(starts);
		const settings = Object.fromEntries(choices.map(({ key, starts }) => [key, starts]));
		expect(judged(row, settings).body).toEqual(judged(row, {}).body);
	});

	it('sends nothing that the stand-in would refuse', () => {
		fc.assert(
			fc.property(orderOf(row), fc.integer({ min, max }), (settings, images) => {
				expect(checkGenerate(bodyOf(row, settings, images))).toBeUndefined();
			}),
			{ numRuns: 30 },
		);
	});

	// A model that was just added is taken as it comes, until `test/simulator/schemas.ts` describes it.
	const itIfHeld = family === 'Sora' || describes(id) ? it : it.skip;

	itIfHeld('would be refused with a field of another type or name, or other images', () => {
		const body = bodyOf(row, everything(row), max);
		const isRefused = (more: object) => checkGenerate({ ...body, ...more }) !== undefined;
		const inline = Array.from({ length: max }, () => 'data:image/png;base64,AAAA');
		expect(isRefused(max ? { images: inline } : {})).toBe(transport === 'url');
		expect(isRefused({ images: [...inline, 'https://a.example'] })).toBe(family !== 'Sora');
		for (const [wire, value] of Object.entries(judged(row, everything(row)).body)) {
			const wrong = typeof value === 'string' ? 7 : String(value);
			// Wan's page of the first frame types its switches as text.
			const isEither = typeof value === 'boolean' && family === 'Wan, from a first frame';
			expect([wire, isRefused({ [wire]: wrong })]).toEqual([
				wire,
				!isEither || wire === 'watermark',
			]);
			const other = wire.includes('_') ? wire.replace('_', '') : `${wire[0]}_${wire.slice(1)}`;
			const isOtherRefused = isRefused({ [wire]: undefined, [other]: value });
			expect([other, isOtherRefused]).toEqual([other, family !== 'Sora']);
		}
	});

	it('has its own ID, which fits only its family', () => {
		expect(ROWS.filter((other) => other.id === id || other.name === row.name)).toEqual([row]);
		expect(rowOf(id)).toBe(row);
		const fitting = FAMILIES.filter(
			({ begins, pattern }) => begins.some((begin) => id.startsWith(begin)) || pattern?.test(id),
		);
		expect(fitting.map(({ title }) => title)).toEqual(family === 'Sora' ? [] : [family]);
	});
});

describe('a model without a row', () => {
	it.each([
		['veo3.2-fast', ['aspectRatio', 'enhancePrompt', 'upscale', 'seed']],
		['grok-video-4', ['aspectRatio', 'duration', 'resolution', 'seed']],
		[
			'unheard-of-1',
			[
				...['aspectRatio', 'duration', 'resolution', 'watermark', 'private', 'seed'],
				...['negativePrompt', 'characterClip', 'storyboard'],
			],
		],
		['={{ $json.model }}', KEYS],
		['={{\n\t$json.model\n}}', KEYS],
	])('%j shows the fields of its family, those of most models, or each once', (id, fields) => {
		expect(keysShownFor(id)).toEqual([...fields].sort());
	});

	it('offers what any model of its family has, and for an expression what most models have', () => {
		const choicesFor = (id: string) => shownFor(id).filter(({ offers: choices }) => choices);
		const [shape, length] = choicesFor('wan2.5-t2v-max');
		expect(shape?.offers).toContain('3:4');
		expect(length?.offers).toEqual(['', '5', '10']);
		const starts = choicesFor('={{ $json.model }}').map((field) => field.starts);
		expect(starts).toEqual(['16:9', '', '']);
	});

	it('shows no field twice, whatever its ID', () => {
		const ids = fc.oneof(
			fc.string({ unit: 'grapheme' }),
			fc
				.tuple(fc.constantFrom(...ROWS.map(({ id }) => id)), fc.string({ maxLength: 4 }))
				.map(([id, more]) => id + more),
		);
		fc.assert(
			fc.property(ids, (id) => {
				const keys = keysShownFor(id);
				expect(new Set(keys).size).toBe(keys.length);
				// Of a family that is recognised by a pattern the panel knows only some beginnings.
				if (!id.startsWith('=') && !id.startsWith('wan')) expect(keys).toEqual(keysOf(rowOf(id)));
			}),
			{ numRuns: 100 },
		);
	});
});

it('no model’s ID is outside the table', () => {
	const root = join(__dirname, '../..');
	const ids = ROWS.map(({ id }) => id.replace(/\./g, '\\.')).join('|');
	const named = new RegExp(`(?<![\\w.-])(?:${ids})(?![\\w-])`);
	const naming = ['nodes', 'credentials']
		.flatMap((folder) =>
			readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
				join(folder, name),
			),
		)
		.filter((path) => /\.(?:ts|json)$/.test(path) && !path.includes(join('gateway', 'models')))
		.filter((path) => named.test(readFileSync(join(root, path), 'utf8')));
	expect(naming).toEqual([]);
});
