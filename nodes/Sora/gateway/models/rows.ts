/** The table of models on the Task API: one row each, by family. */
import {
	FAMILIES,
	FAMILY_NAMES,
	firstFrame,
	flag,
	frames,
	GENERIC_FIELDS,
	genericRow,
	NO_IMAGES,
	references,
	text,
	type Family,
	type FamilyName,
} from './families';
import { FIELD_NAMES, type FieldName, type Fields, type ModelField, type ModelRow } from './row';

interface Differences extends Partial<Pick<ModelRow, 'status' | 'tolerant' | 'images' | 'rules'>> {
	/** Parts of a field that differ; `null` takes the field away. */
	fields?: Partial<Record<FieldName, Partial<ModelField> | null>>;
}
type Entry = Differences & Pick<ModelRow, 'id' | 'name' | 'listed'>;

const model = (id: string, name: string, more?: Differences): Entry => ({
	...{ id, name, listed: true },
	...more,
});
/** A model that is offered only where the gateway lists it. */
const ifListed = (...entry: Parameters<typeof model>): Entry => ({
	...model(...entry),
	listed: undefined,
});

const tolerant = true as const;

/** The page of the first frame does not mention the shape, which is the picture's. */
const SHAPE_IF_SET = { aspectRatio: { send: 'set' } } as const;
/** Of the Veo models, only those of the third generation have an aspect ratio. */
const NO_SHAPE = { aspectRatio: null };

const THREE = { aspectRatio: { choices: ['16:9', '9:16', '1:1'] } };
const FIVE_SECONDS = { duration: { choices: ['5'] } };
const SOUND = {
	audio: flag('audio', { default: true }),
	audioUrl: text('audio_url'),
} satisfies Fields;
const pixels = (...choices: string[]) => ({ resolution: { choices, default: choices.at(-1) } });

const CLOSED = 'closed upstream 2026-09-24';

/** The table. Adding a model means adding a line. */
const TABLE: Record<FamilyName, readonly Entry[]> = {
	sora: [
		model('sora-2', 'Sora 2', {
			status: CLOSED,
			fields: { duration: { refuses: ['25'] }, hd: null },
		}),
		model('sora-2-pro', 'Sora 2 Pro', {
			status: CLOSED,
			fields: { duration: { choices: ['10', '15', '25'] } },
			rules: [
				{
					when: { field: 'duration', oneOf: ['25'] },
					then: { field: 'hd', oneOf: [false] },
					leavesOut: true,
					because: 'has no effect at 25 seconds',
				},
			],
		}),
	],
	veo: [
		model('veo3.1-fast', 'Veo 3.1 Fast', { tolerant, images: frames(0) }),
		model('veo3.1', 'Veo 3.1', { images: frames(0) }),
		model('veo3.1-pro', 'Veo 3.1 Pro', { images: frames(0) }),
		model('veo3.1-components', 'Veo 3.1 References', { images: references(1, 3) }),
		// One client offers images, another text only.
		model('veo3.1-4k', 'Veo 3.1 4K', { tolerant, images: frames(0) }),
		model('veo3.1-pro-4k', 'Veo 3.1 Pro 4K', { tolerant, images: frames(0) }),
		model('veo3.1-components-4k', 'Veo 3.1 References 4K', { tolerant, images: references(1, 3) }),
		// A sister site takes text only. Its key needs a group of its own.
		model('veo3.1-lite', 'Veo 3.1 Lite', { tolerant, images: references(0, 3) }),
		model('veo3', 'Veo 3', { images: NO_IMAGES }),
		model('veo3-fast', 'Veo 3 Fast', { images: NO_IMAGES }),
		model('veo3-pro', 'Veo 3 Pro', { images: NO_IMAGES }),
		model('veo3-fast-frames', 'Veo 3 Fast (First Frame)', {
			tolerant,
			fields: SHAPE_IF_SET,
			images: firstFrame(1),
		}),
		model('veo3-pro-frames', 'Veo 3 Pro (First Frame)', {
			fields: SHAPE_IF_SET,
			images: firstFrame(1),
		}),
		ifListed('veo2', 'Veo 2', { fields: NO_SHAPE, images: NO_IMAGES }),
		ifListed('veo2-fast', 'Veo 2 Fast', { fields: NO_SHAPE, images: NO_IMAGES }),
		ifListed('veo2-pro', 'Veo 2 Pro', { tolerant, fields: NO_SHAPE, images: firstFrame(0) }),
		ifListed('veo2-fast-frames', 'Veo 2 Fast (Frames)', { fields: NO_SHAPE, images: frames(1) }),
		ifListed('veo2-fast-components', 'Veo 2 Fast (References)', {
			fields: NO_SHAPE,
			images: references(1, 3),
		}),
	],
	grok: [model('grok-video-3', 'Grok Video')],
	'wan-t2v': [
		model('wan2.5-t2v-preview', 'Wan 2.5', { tolerant, fields: SOUND }),
		model('wan2.2-t2v-plus', 'Wan 2.2 Plus', {
			fields: { ...pixels('480p', '1080p'), ...FIVE_SECONDS },
		}),
		ifListed('wanx2.1-t2v-turbo', 'Wan 2.1 Turbo', {
			fields: { ...THREE, ...pixels('480p', '720p'), ...FIVE_SECONDS },
		}),
		ifListed('wanx2.1-t2v-plus', 'Wan 2.1 Plus', {
			fields: { ...THREE, ...pixels('720p'), ...FIVE_SECONDS },
		}),
	],
	'wan-i2v': [
		model('wan2.5-i2v-preview', 'Wan 2.5 (First Frame)', {
			fields: { ...pixels('480p', '720p', '1080p'), template: null, ...SOUND },
		}),
		model('wan2.2-i2v-plus', 'Wan 2.2 Plus (First Frame)', {
			fields: { ...pixels('480p', '1080p'), ...FIVE_SECONDS },
		}),
		model('wan2.2-i2v-flash', 'Wan 2.2 Flash (First Frame)', {
			fields: { ...pixels('480p', '720p'), ...FIVE_SECONDS },
		}),
		ifListed('wanx2.1-i2v-turbo', 'Wan 2.1 Turbo (First Frame)', {
			fields: { ...pixels('480p', '720p'), ...FIVE_SECONDS },
		}),
		ifListed('wanx2.1-i2v-plus', 'Wan 2.1 Plus (First Frame)', {
			fields: { ...pixels('720p'), ...FIVE_SECONDS },
		}),
	],
	'wan-kf2v': [model('wanx2.1-kf2v-plus', 'Wan 2.1 (First and Last Frame)')],
	seedance1: [
		model('doubao-seedance-1-0-pro-250528', 'Seedance 1.0 Pro', { images: firstFrame(0) }),
		model('doubao-seedance-1-0-lite-t2v-250428', 'Seedance 1.0 Lite', { images: NO_IMAGES }),
		// Upstream also knows references; how this route would distinguish them is not documented.
		model('doubao-seedance-1-0-lite-i2v-250428', 'Seedance 1.0 Lite (From Images)', {
			tolerant,
			images: frames(1),
		}),
	],
};

function rowOfFamily(name: FamilyName, { fields = {}, rules = [], ...entry }: Entry): ModelRow {
	const family: Family = FAMILIES[name];
	const ownFields = FIELD_NAMES.flatMap((field) => {
		const difference = fields[field];
		if (difference === null || !(family.fields[field] || difference)) return [];
		return [[field, { ...family.fields[field], ...difference }]];
	});
	return {
		...{ known: true, family: name },
		...family,
		...entry,
		fields: Object.fromEntries(ownFields) as Fields,
		images: entry.images ?? family.images,
		rules: [...(family.rules ?? []), ...rules],
	};
}

export const ROWS: readonly ModelRow[] = FAMILY_NAMES.flatMap((family) =>
	TABLE[family].map((entry) => rowOfFamily(family, entry)),
);

/** What a new node starts with. */
export const STANDARD_ROW = ROWS[0] as ModelRow;

/** A model that the table does not have, but whose ID fits a family: it has what any of them has, and no limits. */
export function relativeOf(name: FamilyName, id = ''): ModelRow {
	const { fields, images, sizes }: Family = FAMILIES[name];
	const others = FIELD_NAMES.map((field) => [field, { ...GENERIC_FIELDS[field], unoffered: true }]);
	return {
		...genericRow(id),
		family: name,
		fields: { ...(Object.fromEntries(others) as Fields), ...fields },
		sizes,
		images: { ...images, min: 0, max: undefined },
	};
}

/** A model of which nothing is known but its ID. */
export function unknownModel(id = ''): ModelRow {
	// Sora takes its lengths as text, and so do its variants at other gateways.
	const type = /sora/i.test(id) ? 'string' : 'number';
	return {
		...genericRow(id),
		fields: { ...GENERIC_FIELDS, duration: { ...GENERIC_FIELDS.duration, type } },
		characterClip: true,
		storyboard: true,
	};
}

const BY_ID = new Map(ROWS.map((row) => [row.id, row]));

/** What is known of a model: its row, else what its family has, else what most models have. Never refuses. */
export function rowOf(id: string): ModelRow {
	const family = FAMILY_NAMES.find((name) => {
		const { pattern, begins }: Family = FAMILIES[name];
		return pattern?.test(id) ?? begins.some((begin) => id.startsWith(begin));
	});
	return BY_ID.get(id) ?? (family ? relativeOf(family, id) : unknownModel(id));
}
