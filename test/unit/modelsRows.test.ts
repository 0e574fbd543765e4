/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- reads the sources, never inside n8n */
/** The tests of a model come with its row, whose bodies the stand-in judges by what the API's pages say. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import fc from 'fast-check';
import { NodeHelpers, type INodeProperties } from 'n8n-workflow';

import { generationRequest } from '../../nodes/Sora/gateway/contract';
import {
	FIELD_NAMES,
	FIELDS,
	judge,
	offers,
	rowOf,
	ROWS,
	type FieldKey,
	type FieldName,
	type Given,
	type ModelRow,
} from '../../nodes/Sora/gateway/models';
import { FAMILIES, type Family } from '../../nodes/Sora/gateway/models/families';
import { GENERATE_FIELDS } from '../../nodes/Sora/panel/generate';
import { LABELS } from '../../nodes/Sora/panel/modelFields';
import { checkGenerate, describes } from '../simulator/validate';

const ROOT = join(__dirname, '../..');
const KEYS: FieldKey[] = [...FIELD_NAMES, 'characterClip', 'storyboard'];
const WITH_CHOICES = ['aspectRatio', 'duration', 'resolution'] as const;
const hasChoices = (name: FieldKey): name is (typeof WITH_CHOICES)[number] =>
	WITH_CHOICES.some((one) => one === name);

// ---------------------------------------------------------------------------------------------------
// The panel
// ---------------------------------------------------------------------------------------------------

/** By the names of the parameters. */
const KEY_OF: Record<string, FieldKey> = {
	...Object.fromEntries(FIELD_NAMES.map((name) => [name, name])),
	characterUrl: 'characterClip',
	storyboard: 'storyboard',
};
const PANEL = GENERATE_FIELDS.flatMap((field) =>
	field.name === 'options' ? (field.options as INodeProperties[]) : [field],
).filter(({ name }) => name in KEY_OF);

/** Fields that n8n shows for a model, with what they start with and offer. */
function shownFor(model: string) {
	const values = {
		model: { __rl: true, mode: 'id', value: model },
		duration: '10',
	};
	const isShown = (thing: object) =>
		NodeHelpers.displayParameter(
			values,
			thing as INodeProperties,
			{ typeVersion: 1 },
			null,
			values,
		);
	return PANEL.filter(isShown).map(({ name, type, default: initial, options = [] }) => ({
		name: KEY_OF[name] as FieldKey,
		...(type === 'options' && {
			starts: initial,
			offers: options.filter(isShown).map((option) => (option as { value: string }).value),
		}),
	}));
}

// ---------------------------------------------------------------------------------------------------
// Orders for a row
// ---------------------------------------------------------------------------------------------------

const TEXTS: Partial<Record<FieldName, string>> = {
	audioUrl: 'https://example.com/sound.mp3',
	negativePrompt: 'rain',
	template: 'an-effect',
};

function candidates({ fields }: ModelRow, name: FieldName): unknown[] {
	const { kind, resting } = FIELDS[name];
	const { choices = [], min = 0 } = fields[name] ?? {};
	if (kind === 'flag') return [resting !== true, resting === true];
	return kind === 'number' ? [min + 7] : choices.length ? [...choices].reverse() : [TEXTS[name]];
}

const isClean = (row: ModelRow, given: Given) => {
	const { refusals, notes } = judge(row, given, { unassigned: row.images.min }, LABELS);
	return refusals.length === 0 && notes.length === 0;
};

/** Everything set that goes with each other, to something else than its default where it can be. */
function everything(row: ModelRow): Given {
	const given: Given = {};
	for (const name of FIELD_NAMES.filter((one) => offers(row, one))) {
		const value = candidates(row, name).find((one) => isClean(row, { ...given, [name]: one }));
		if (value !== undefined) given[name] = value;
	}
	return given;
}

const imagesFor = (count: number) =>
	Array.from({ length: count }, (_, index) => `https://example.com/${index}.png`);

const modelFields = (row: ModelRow, given: Given) => judge(row, given, {}, LABELS).body;

const bodyOf = (row: ModelRow, given: Given, images: number) =>
	generationRequest({
		model: row.id,
		prompt: 'A paper boat',
		images: imagesFor(images).map((value) => ({ value })),
		fields: modelFields(row, given),
	});

/** Any order that nothing can be said against. */
const orderOf = (row: ModelRow) => {
	const values = (name: FieldName): fc.Arbitrary<unknown> => {
		const { kind } = FIELDS[name];
		const { choices = [], min = 0, max = 2_147_483_647 } = row.fields[name] ?? {};
		if (kind === 'flag') return fc.boolean();
		if (kind === 'number') return fc.integer({ min, max });
		if (choices.length === 0) return fc.constant(TEXTS[name]);
		return fc.constantFrom(...choices, ...(kind === 'seconds' ? choices.map(Number) : []), '');
	};
	const fields = FIELD_NAMES.filter((name) => row.fields[name]);
	return fc
		.record(Object.fromEntries(fields.map((name) => [name, values(name)])), { requiredKeys: [] })
		.filter((given) => isClean(row, given));
};

const families = (Object.entries(FAMILIES) as Array<[string, Family]>).map(
	([name, { begins, pattern }]) => ({
		name,
		has: (id: string) =>
			begins.some((begin) => id.startsWith(begin)) ||
			pattern?.test(id) ||
			ROWS.some((row) => row.id === id && row.family === name),
	}),
);

describe.each(ROWS.map((row) => [row.id, row] as const))('the row of %s', (id, row) => {
	const { min, max = 0 } = row.images;

	it('shows each of its fields once, and no other', () => {
		const shown = shownFor(id).map(({ name }) => name);
		expect([...shown].sort()).toEqual(KEYS.filter((key) => offers(row, key)).sort());
	});

	it('starts with choices that it offers, and that send what it sends by default', () => {
		const given: Given = {};
		for (const { name, starts, offers: choices } of shownFor(id)) {
			if (!choices || !hasChoices(name)) continue;
			expect(choices).toContain(starts);
			given[name] = starts;
		}
		expect(modelFields(row, given)).toEqual(modelFields(row, {}));
	});

	it('sends nothing that the stand-in would refuse', () => {
		const numbers = fc.integer({ min, max });
		fc.assert(
			fc.property(orderOf(row), numbers, (given, images) => {
				expect(checkGenerate(bodyOf(row, given, images))).toBeUndefined();
			}),
			{ numRuns: 30 },
		);
	});

	// A model that was just added is taken as it comes, until `test/simulator/schemas.ts` describes it.
	const isHeldToIt = row.family === 'sora' || describes(id);
	const itIfHeld = isHeldToIt ? it : it.skip;
	if (max > 0) {
		itIfHeld(
			`takes images ${row.images.transport === 'url' ? 'by address alone' : 'inside the request'}`,
			() => {
				const images = Array.from({ length: max }, () => 'data:image/png;base64,AAAA');
				expect(checkGenerate({ ...bodyOf(row, {}, max), images })).toEqual(
					row.images.transport === 'url' ? expect.any(String) : undefined,
				);
			},
		);
	}

	itIfHeld('would be refused with a field of another type or name, or one image more', () => {
		const body = bodyOf(row, everything(row), max);
		const images = imagesFor(max + 1);
		expect(checkGenerate({ ...body, images })).toEqual(
			row.family === 'sora' ? undefined : expect.any(String),
		);
		for (const [wire, value] of Object.entries(modelFields(row, everything(row)))) {
			const wrong = typeof value === 'string' ? 7 : String(value);
			// Wan's page of the first frame types its switches as text.
			const isEither = typeof value === 'boolean' && row.family === 'wan-i2v';
			if (!isEither || wire === 'watermark') {
				expect([wire, checkGenerate({ ...body, [wire]: wrong })]).toEqual([
					wire,
					expect.any(String),
				]);
			}
			if (row.family === 'sora') continue;
			const otherName = wire.includes('_') ? wire.replace('_', '') : `${wire[0]}_${wire.slice(1)}`;
			expect(checkGenerate({ ...body, [wire]: undefined, [otherName]: value })).toContain(
				otherName,
			);
		}
	});

	it('has an ID of its own that fits its family alone', () => {
		expect(ROWS.filter((other) => other.id === id || other.name === row.name)).toEqual([row]);
		expect(families.filter(({ has }) => has(id)).map(({ name }) => name)).toEqual([row.family]);
		expect(rowOf(id)).toBe(row);
	});
});

describe('a model without a row', () => {
	const shown = (id: string) => shownFor(id).map(({ name }) => name);
	const offersOf = (id: string, field: string) =>
		shownFor(id).find(({ name }) => name === field)?.offers;

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
	])('%s shows the fields of its family, or those of most models', (id, fields) => {
		expect(shown(id).sort()).toEqual([...fields].sort());
	});

	it('is offered what any of its family has', () => {
		expect(offersOf('wan2.5-t2v-max', 'duration')).toEqual(['', '5', '10']);
		expect(offersOf('wan2.5-t2v-max', 'aspectRatio')).toContain('3:4');
	});

	it.each([
		['an expression', '={{ $json.model }}'],
		['an expression in several lines', '={{\n\t$json.model\n}}'],
	])('%s in its place shows every field, once', (_, expression) => {
		expect(shown(expression).sort()).toEqual([...KEYS].sort());
		const starts = shownFor(expression).flatMap((field) => (field.offers ? [field.starts] : []));
		expect(starts).toEqual(['16:9', '', '']);
	});

	it('whatever its ID, is shown no field twice', () => {
		const ids = fc.oneof(
			fc.string({ unit: 'grapheme' }),
			fc
				.tuple(fc.constantFrom(...ROWS.map(({ id }) => id)), fc.string({ maxLength: 4 }))
				.map(([id, more]) => id + more),
		);
		fc.assert(
			fc.property(ids, (id) => {
				const names = shown(id);
				expect(new Set(names).size).toBe(names.length);
				// Of a family that is recognised by a pattern the panel knows only some beginnings.
				if (id.startsWith('=') || id.startsWith('wan')) return;
				expect([...names].sort()).toEqual(KEYS.filter((key) => offers(rowOf(id), key)).sort());
			}),
			{ numRuns: 100 },
		);
	});
});

it('needs no pattern, which n8n aborts when the machine is busy', () => {
	expect(JSON.stringify(PANEL)).not.toContain('regex');
});

it('has only rules that n8n can evaluate for a node without a model', () => {
	expect(JSON.stringify(PANEL)).not.toMatch(/"(?:startsWith|endsWith|includes)"/);
});

describe('the ID of no model stands', () => {
	const files = ['nodes', 'credentials'].flatMap((folder) =>
		readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
			.filter((name) => /\.(?:ts|json)$/.test(name))
			.map((name) => relative(ROOT, join(ROOT, folder, name)).replace(/\\/g, '/')),
	);
	const table = 'nodes/Sora/gateway/models/';
	const named = (path: string) => {
		const text = readFileSync(join(ROOT, path), 'utf8');
		return ROWS.filter(({ id }) =>
			new RegExp(`(?<![\\w.-])${id.replace(/\./g, '\\.')}(?![\\w-])`).test(text),
		).map(({ id }) => id);
	};

	it('outside of the table', () => {
		const naming = files.filter((path) => !path.startsWith(table) && named(path).length > 0);
		expect(naming).toEqual([]);
	});
});
