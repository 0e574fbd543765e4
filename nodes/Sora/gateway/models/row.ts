/** The row of a model. The wire names of fields that differ by model are data in this folder. */

export type Value = string | number | boolean;

export interface FieldKind {
	kind: 'ratio' | 'seconds' | 'pixels' | 'flag' | 'number' | 'text';
	/** Its name for most models. */
	wire: string;
	/** The value that has the same effect as a model without the field. */
	resting?: Value;
	/** A switch in the panel always has a value, so only a value other than `resting` counts as chosen. */
	isSwitch?: true;
}

/** Fields that only some models have, in the order of the body: the part common to all models. */
const KINDS = {
	aspectRatio: { kind: 'ratio', wire: 'aspect_ratio', resting: '16:9' },
	duration: { kind: 'seconds', wire: 'duration' },
	resolution: { kind: 'pixels', wire: 'resolution' },
	hd: { kind: 'flag', wire: 'hd', resting: false, isSwitch: true },
	enhancePrompt: { kind: 'flag', wire: 'enhance_prompt', resting: false, isSwitch: true },
	upscale: { kind: 'flag', wire: 'enable_upsample', resting: false, isSwitch: true },
	promptExtend: { kind: 'flag', wire: 'prompt_extend', resting: true, isSwitch: true },
	cameraFixed: { kind: 'flag', wire: 'camerafixed', resting: false, isSwitch: true },
	audio: { kind: 'flag', wire: 'audio', resting: true, isSwitch: true },
	watermark: { kind: 'flag', wire: 'watermark', resting: false },
	private: { kind: 'flag', wire: 'private', resting: true },
	seed: { kind: 'number', wire: 'seed' },
	negativePrompt: { kind: 'text', wire: 'negative_prompt' },
	audioUrl: { kind: 'text', wire: 'audio_url' },
	template: { kind: 'text', wire: 'template' },
} satisfies Record<string, FieldKind>;

export type FieldName = keyof typeof KINDS;
export const FIELDS: Readonly<Record<FieldName, FieldKind>> = KINDS;
export const FIELD_NAMES = Object.keys(FIELDS) as FieldName[];

export const IMAGE_ROLES = ['firstFrame', 'lastFrame', 'reference'] as const;
export type ImageRole = (typeof IMAGE_ROLES)[number];

/** Anything that a model may support. */
export type FieldKey = FieldName | ImageRole | 'characterClip' | 'storyboard';

export interface ModelField {
	wire: string;
	/** Supported values; seconds and words alike as text in lower case. */
	choices?: readonly string[];
	/** Values of the same model on the other API format: the panel does not see the credential, so it shows both. */
	elsewhere?: readonly string[];
	min?: number;
	max?: number;
	/** Values that the model certainly refuses: all that are not in `choices`, or these. Everything else is sent. */
	refuses?: 'others' | readonly string[];
	/** The wire's spelling of values: "720P". */
	spelled?: Readonly<Record<string, string>>;
	/** Seconds are sent as text. */
	asText?: boolean;
	/** The model's own default, or the one that is sent. */
	default?: Value;
	/** Sends the default if nothing was set. */
	send?: 'always';
	/** The panel's initial choice, if it differs from what `send` and `default` imply. */
	initial?: string;
	/** Sent if set, but not shown in the panel. */
	unoffered?: true;
}

export type Fields = Partial<Record<FieldName, ModelField>>;

/** Overrides of a base; `null` removes the field. */
export type FieldSpecs = Partial<Record<FieldName, Partial<ModelField> | null>>;

export interface Images {
	min: number;
	/** `undefined` if no limit is known. */
	max?: number;
	/** In wire order, which is the only thing that distinguishes roles. */
	roles: readonly ImageRole[];
	/** Takes web addresses only, so files are uploaded first; otherwise data URIs as well. */
	transport?: 'url';
	/** On OpenAI Videos, where most models take a file: the field that takes one as text; several are a list. */
	as?: 'image' | 'images' | 'input_reference' | 'metadata.first_frame_image';
	/** How the prompt may refer to an image. */
	mention?: string;
}

/** A setting and some of its values. */
export type Condition = readonly [field: FieldName, ...oneOf: Value[]];

/** If `when` holds, `then` must hold, too. */
export interface Rule {
	when: Condition;
	then: Condition;
}

/** Pixels by resolution and aspect ratio, in the wire's spelling ("1280*720"). */
export type Sizes = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface ModelRow {
	id: string;
	name: string;
	/** From our table or from the gateway's own list. A model without it is never refused anything that could be sent. */
	known?: true;
	/** Inferred, or from a single client: nothing that could be sent is refused, but it is logged. */
	uncertain?: true;
	/** Offered even if the gateway does not list it. */
	listed?: true;
	/** A note for its users: "closed upstream 2026-09-24". */
	status?: string;
	fields: Fields;
	/** Values of the single wire field that combines aspect ratio and resolution. */
	sizes?: Sizes;
	images: Images;
	/** The length of all its videos, if none can be chosen. */
	fixedSeconds?: number;
	/** Supports characters, from clips and in mentions, and storyboards. */
	hasCharacters?: true;
	rules: readonly Rule[];
}

export function offers(row: ModelRow, key: FieldKey): boolean {
	if (key === 'characterClip' || key === 'storyboard') return row.hasCharacters === true;
	const field = row.fields[key as FieldName];
	return field ? !field.unoffered : row.images.roles.some((role) => role === key);
}

export const always = (value: Value) => ({ default: value, send: 'always' }) as const;
export const only = (...choices: string[]) => ({ choices, refuses: 'others' }) as const;

export const WIDE_AND_TALL = ['16:9', '9:16'];
export const PIXELS = ['480p', '720p', '1080p'];

export const images = (min: number, max: number, ...roles: ImageRole[]): Images => ({
	min,
	max,
	roles,
});
export const firstFrame = (min: number) => images(min, 1, 'firstFrame');

/** @param base overridden by the specs */
export function fieldsOf(specs: FieldSpecs, base: FieldSpecs = {}): Fields {
	const fields = FIELD_NAMES.flatMap((name) => {
		const { wire, resting } = FIELDS[name];
		const isLacking = specs[name] === null || !(specs[name] ?? base[name]);
		return isLacking ? [] : [[name, { wire, default: resting, ...base[name], ...specs[name] }]];
	});
	return Object.fromEntries(fields) as Fields;
}

const unoffered = Object.fromEntries(FIELD_NAMES.map((name) => [name, { unoffered: true }]));
/** Every field under its usual name, hidden in the panel. */
export const UNOFFERED_FIELDS = fieldsOf(unoffered);

/** Fields of a model without a family: sent only if set. */
export const GENERIC_FIELDS = {
	...UNOFFERED_FIELDS,
	...fieldsOf({
		aspectRatio: {
			choices: ['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3', '21:9'],
			initial: '16:9',
		},
		duration: { choices: ['4', '5', '6', '8', '10', '12', '15', '20', '25', '30'] },
		resolution: { choices: PIXELS },
		watermark: {},
		private: {},
		seed: {},
		negativePrompt: {},
	}),
} as Required<Fields>;

/** A model of which only the ID is known. */
export const genericRow = (id: string): ModelRow => ({
	id,
	name: id,
	fields: GENERIC_FIELDS,
	images: { min: 0, roles: IMAGE_ROLES },
	rules: [],
});

/** Finds a row by an ID, which may be in other capitals, or by a name in the list of models; the first one wins. */
export function rowFinder(rows: readonly ModelRow[]) {
	const lastFirst = rows.toReversed();
	const byId = new Map(lastFirst.map((row) => [row.id, row]));
	const byWords = new Map(
		lastFirst.flatMap((row) => [row.id, row.name].map((one) => [one.toLowerCase(), row] as const)),
	);
	return (called: string) => byId.get(called) ?? byWords.get(called.toLowerCase());
}

/** The settings of a render that affect how long it takes. */
export interface RenderKind {
	duration?: string;
	hd?: boolean;
	storyboard?: boolean;
}

/**
 * The default of Max Wait in minutes. HD and 25 s took up to 30 in logs, storyboards up to 50; a wait that ends too
 * soon costs more than one that ends late.
 */
export const patienceMinutes = ({ duration, hd, storyboard }: RenderKind = {}): number =>
	hd || storyboard || duration === '25' ? 60 : 30;
