import { FIELD_NAMES } from './fields';
import { FAMILIES, GENERIC_FIELDS, GENERIC_IMAGES, type Family, type FamilyName } from './families';
import type {
	Confidence,
	FieldName,
	Fields,
	Images,
	ModelField,
	ModelRow,
	Rule,
	Sizes,
	Value,
} from './row';

/** What of a model differs from its family. */
interface Differences {
	status?: string;
	/** Parts of a field that differ; `null` takes the field away. */
	fields?: Partial<Record<FieldName, Partial<ModelField> | null>>;
	/** Aspect ratios by resolution, where one field holds both, and the resolution by default. */
	sizes?: { at: Record<string, readonly string[]>; default: string };
	images?: Partial<Images>;
	rules?: readonly Rule[];
}

/** A row as it is written down. */
interface ModelEntry extends Differences {
	id: string;
	name: string;
	confidence: Confidence;
	listed: boolean;
}

type Write = (
	id: string,
	name: string,
	confidence: Confidence,
	differences?: Differences,
) => ModelEntry;

/** A model that is offered whether the gateway lists it or not. */
const offered: Write = (id, name, confidence, differences) => ({
	id,
	name,
	confidence,
	listed: true,
	...differences,
});

/** A model that is offered where the gateway lists it. */
const ifListed: Write = (id, name, confidence, differences) => ({
	...offered(id, name, confidence, differences),
	listed: false,
});

const NO_IMAGES = { min: 0, max: 0, roles: [] };
const firstFrame = (min: number) => ({ min, max: 1, roles: ['firstFrame'] as const });
const frames = (min: number) => ({ min, max: 2, roles: ['firstFrame', 'lastFrame'] as const });
const references = (min: number) => ({ min, max: 3, roles: ['reference'] as const });

const PRO_FIELDS = { duration: { choices: ['10', '15', '25'] } };
const PRO_RULES: readonly Rule[] = [
	{
		when: { field: 'duration', oneOf: ['25'] },
		then: { field: 'hd', oneOf: [false] },
		leavesOut: true,
		because: 'has no effect at 25 seconds',
		confidence: 'H',
	},
];
/** The page of the first frame says nothing of the shape, which is the picture's. */
const SHAPE_IF_SET = { aspectRatio: { send: 'set' } } as const;
/** Of the Veo models, those of the third generation alone have an aspect ratio. */
const NO_SHAPE = { aspectRatio: null };

const THREE = ['16:9', '9:16', '1:1'];
const FIVE = [...THREE, '4:3', '3:4'];
const FIVE_OR_TEN = { choices: ['5', '10'] };
const sound = (audio: Confidence, audioUrl: Confidence) =>
	({
		audio: { wire: 'audio', type: 'boolean', default: true, send: 'set', confidence: audio },
		audioUrl: { wire: 'audio_url', type: 'string', send: 'set', confidence: audioUrl },
	}) satisfies Fields;
const pixels = (choices: string[], standard: string) => ({
	resolution: { choices, default: standard },
});

const CLOSED = 'closed upstream 2026-09-24';

/** The table. Adding a model means adding a line. */
const TABLE: Record<FamilyName, readonly ModelEntry[]> = {
	sora: [
		offered('sora-2', 'Sora 2', 'H', {
			status: CLOSED,
			fields: { duration: { refused: ['25'] }, hd: null },
		}),
		offered('sora-2-pro', 'Sora 2 Pro', 'H', {
			status: CLOSED,
			fields: PRO_FIELDS,
			rules: PRO_RULES,
		}),
	],
	veo: [
		offered('veo3.1-fast', 'Veo 3.1 Fast', 'M', { images: frames(0) }),
		offered('veo3.1', 'Veo 3.1', 'H', { images: frames(0) }),
		offered('veo3.1-pro', 'Veo 3.1 Pro', 'H', { images: frames(0) }),
		offered('veo3.1-components', 'Veo 3.1 References', 'H', { images: references(1) }),
		// One client offers images, another text only.
		offered('veo3.1-4k', 'Veo 3.1 4K', 'M', { images: { ...frames(0), confidence: 'L' } }),
		offered('veo3.1-pro-4k', 'Veo 3.1 Pro 4K', 'M', { images: frames(0) }),
		offered('veo3.1-components-4k', 'Veo 3.1 References 4K', 'M', { images: references(1) }),
		// A sister site takes text only. Its key needs a group of its own.
		offered('veo3.1-lite', 'Veo 3.1 Lite', 'M', { images: { ...references(0), confidence: 'L' } }),
		offered('veo3', 'Veo 3', 'H', { images: NO_IMAGES }),
		offered('veo3-fast', 'Veo 3 Fast', 'H', { images: NO_IMAGES }),
		offered('veo3-pro', 'Veo 3 Pro', 'H', { images: NO_IMAGES }),
		offered('veo3-fast-frames', 'Veo 3 Fast (First Frame)', 'M', {
			fields: SHAPE_IF_SET,
			images: firstFrame(1),
		}),
		offered('veo3-pro-frames', 'Veo 3 Pro (First Frame)', 'H', {
			fields: SHAPE_IF_SET,
			images: firstFrame(1),
		}),
		ifListed('veo2', 'Veo 2', 'H', { fields: NO_SHAPE, images: NO_IMAGES }),
		ifListed('veo2-fast', 'Veo 2 Fast', 'H', { fields: NO_SHAPE, images: NO_IMAGES }),
		ifListed('veo2-pro', 'Veo 2 Pro', 'M', {
			fields: NO_SHAPE,
			images: { ...firstFrame(0), confidence: 'L' },
		}),
		ifListed('veo2-fast-frames', 'Veo 2 Fast (Frames)', 'H', {
			fields: NO_SHAPE,
			images: frames(1),
		}),
		ifListed('veo2-fast-components', 'Veo 2 Fast (References)', 'H', {
			fields: NO_SHAPE,
			images: references(1),
		}),
	],
	grok: [offered('grok-video-3', 'Grok Video', 'H')],
	'wan-t2v': [
		offered('wan2.5-t2v-preview', 'Wan 2.5', 'M', {
			sizes: { at: { '480p': THREE, '720p': FIVE, '1080p': FIVE }, default: '1080p' },
			fields: { duration: FIVE_OR_TEN, ...sound('M', 'M') },
		}),
		offered('wan2.2-t2v-plus', 'Wan 2.2 Plus', 'H', {
			sizes: { at: { '480p': THREE, '1080p': FIVE }, default: '1080p' },
		}),
		ifListed('wanx2.1-t2v-turbo', 'Wan 2.1 Turbo', 'H', {
			sizes: { at: { '480p': THREE, '720p': THREE }, default: '720p' },
		}),
		ifListed('wanx2.1-t2v-plus', 'Wan 2.1 Plus', 'H', {
			sizes: { at: { '720p': THREE }, default: '720p' },
		}),
	],
	'wan-i2v': [
		offered('wan2.5-i2v-preview', 'Wan 2.5 (First Frame)', 'H', {
			fields: {
				resolution: { default: '1080p' },
				duration: FIVE_OR_TEN,
				template: null,
				...sound('M', 'H'),
			},
		}),
		offered('wan2.2-i2v-plus', 'Wan 2.2 Plus (First Frame)', 'H', {
			fields: pixels(['480p', '1080p'], '1080p'),
		}),
		offered('wan2.2-i2v-flash', 'Wan 2.2 Flash (First Frame)', 'H', {
			fields: pixels(['480p', '720p'], '720p'),
		}),
		ifListed('wanx2.1-i2v-turbo', 'Wan 2.1 Turbo (First Frame)', 'H', {
			fields: pixels(['480p', '720p'], '720p'),
		}),
		ifListed('wanx2.1-i2v-plus', 'Wan 2.1 Plus (First Frame)', 'H', {
			fields: pixels(['720p'], '720p'),
		}),
	],
	'wan-kf2v': [offered('wanx2.1-kf2v-plus', 'Wan 2.1 (First and Last Frame)', 'H')],
	seedance1: [
		offered('doubao-seedance-1-0-pro-250528', 'Seedance 1.0 Pro', 'H', { images: firstFrame(0) }),
		offered('doubao-seedance-1-0-lite-t2v-250428', 'Seedance 1.0 Lite', 'H', {
			images: NO_IMAGES,
		}),
		// Upstream also knows references; how this route would tell them apart is not documented.
		offered('doubao-seedance-1-0-lite-i2v-250428', 'Seedance 1.0 Lite (From Images)', 'M', {
			images: frames(1),
		}),
	],
};

const BY_STRENGTH = ['L', 'M', 'H'] as const;

/** No fact is better known than the model that it is about. */
const weaker = (one: Confidence, other: Confidence): Confidence =>
	BY_STRENGTH[Math.min(BY_STRENGTH.indexOf(one), BY_STRENGTH.indexOf(other))] ?? 'L';

function fieldsOf({ fields: own }: Family, { fields = {}, confidence }: ModelEntry): Fields {
	const found: Fields = {};
	for (const name of FIELD_NAMES) {
		const difference = fields[name];
		if (difference === null || !(own[name] || difference)) continue;
		const field = { ...own[name], ...difference } as ModelField;
		found[name] = { ...field, confidence: weaker(field.confidence, confidence) };
	}
	return found;
}

/** Aspect ratio and resolution of a model that takes both in one field. Their sizes have one source only. */
function sizeFields(wire: string, sizes: Sizes, standard: string): Fields {
	const part = (choices: string[], value: Value): ModelField => ({
		wire,
		type: 'string',
		choices,
		default: value,
		send: 'always',
		confidence: 'M',
	});
	const shapes = new Set(Object.values(sizes).flatMap((row) => Object.keys(row)));
	return {
		aspectRatio: part([...shapes], '16:9'),
		resolution: part(Object.keys(sizes), standard),
	};
}

function sizesOf(all: Sizes, at: Record<string, readonly string[]>): Sizes {
	return Object.fromEntries(
		Object.entries(at).map(([resolution, shapes]) => [
			resolution,
			Object.fromEntries(shapes.map((shape) => [shape, all[resolution]?.[shape] ?? ''])),
		]),
	);
}

function rowFrom(family: FamilyName, entry: ModelEntry): ModelRow {
	const { id, name, confidence, listed, status, sizes, rules = [] } = entry;
	const own: Family = FAMILIES[family];
	const size = own.size && {
		wire: own.size.wire,
		sizes: sizes ? sizesOf(own.size.sizes, sizes.at) : own.size.sizes,
		others: own.size.sizes,
	};
	return {
		id,
		name,
		family,
		known: true,
		listed,
		status,
		fields: {
			...(size && sizeFields(size.wire, size.sizes, sizes?.default ?? '1080p')),
			...fieldsOf(own, entry),
		},
		size,
		images: {
			...own.images,
			...entry.images,
			confidence: entry.images?.confidence
				? weaker(entry.images.confidence, confidence)
				: entry.images
					? confidence
					: weaker(own.images.confidence, confidence),
		},
		fixedSeconds: own.fixedSeconds,
		characterClip: own.characterClip ?? false,
		storyboard: own.storyboard ?? false,
		rules: [...(own.rules ?? []), ...rules],
		render: own.render,
		promptLength: own.promptLength,
		confidence,
	};
}

export const FAMILY_NAMES = Object.keys(FAMILIES) as FamilyName[];

/** Every model of the table, families in their order. */
export const ROWS: readonly ModelRow[] = FAMILY_NAMES.flatMap((family) =>
	TABLE[family].map((entry) => rowFrom(family, entry)),
);

/** What a new node starts with. Saved workflows leave it out, so that it is this one for good. */
export const STANDARD_ROW = ROWS[0] as ModelRow;

const unoffered = (fields: Fields): Fields =>
	Object.fromEntries(
		Object.entries(fields).map(([name, field]) => [name, { ...field, unoffered: true }]),
	);

/** A model that the table does not have, but whose ID fits a family: nothing of it is certain. */
export function newcomer(id: string, name: FamilyName): ModelRow {
	const family: Family = FAMILIES[name];
	const rows = ROWS.filter((row) => row.family === name);
	const size = family.size && { ...family.size, others: family.size.sizes };
	const fields: Fields = {
		...unoffered(GENERIC_FIELDS),
		...(size && sizeFields(size.wire, size.sizes, '1080p')),
		...family.fields,
	};
	for (const [field, { choices }] of Object.entries(fields) as Array<[FieldName, ModelField]>) {
		const all = new Set([choices, ...rows.map((row) => row.fields[field]?.choices)].flat());
		all.delete(undefined);
		fields[field] = {
			...(fields[field] as ModelField),
			...(family.fields[field] && all.size > 0 && { choices: [...all] as string[] }),
			confidence: 'L',
		};
	}
	const roles = new Set([...family.images.roles, ...rows.flatMap((row) => [...row.images.roles])]);
	return {
		id,
		name: id,
		family: name,
		known: false,
		listed: false,
		fields,
		size,
		images: {
			min: 0,
			roles: GENERIC_IMAGES.roles.filter((role) => roles.has(role)),
			transport: family.images.transport,
			mention: family.images.mention,
			confidence: 'L',
		},
		characterClip: family.characterClip ?? false,
		storyboard: family.storyboard ?? false,
		rules: [],
		render: family.render,
		promptLength: family.promptLength,
		confidence: 'L',
	};
}

export const stranger = (id: string): ModelRow => ({
	id,
	name: id,
	known: false,
	listed: false,
	fields: GENERIC_FIELDS,
	images: GENERIC_IMAGES,
	characterClip: true,
	storyboard: false,
	rules: [],
	confidence: 'L',
});

const BY_ID = new Map(ROWS.map((row) => [row.id, row]));
/** What is known of a model: its row, else what its family has, else what most models have. Never refuses. */
export function rowOf(id: string): ModelRow {
	const row = BY_ID.get(id);
	if (row) return row;
	const family = FAMILY_NAMES.find((name) =>
		(FAMILIES[name] as Family).begins.some((begin) => id.startsWith(begin)),
	);
	return family ? newcomer(id, family) : stranger(id);
}
