/** What a row of the table of models says. The wire names of the fields that differ by model are data in this folder. */

export type Value = string | number | boolean;

export interface FieldKind {
	kind: 'ratio' | 'seconds' | 'pixels' | 'flag' | 'number' | 'text';
	/** As most models call it. */
	wire: string;
	/** The value at which a model that lacks the field does the same as one that has it. */
	resting?: Value;
	/** The panel shows a switch that always holds a value, so only another one than `resting` was chosen. */
	isSwitch?: true;
}

/** The settings that some models have, in the order of the body: what is the same for all models. */
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

/** Everything that a model may have or lack. */
export type FieldKey = FieldName | ImageRole | 'characterClip' | 'storyboard';

export interface ModelField {
	wire: string;
	/** Values on offer, seconds and words alike as text in lower case. */
	choices?: readonly string[];
	/** Values of the model on the other API format, which the panel cannot tell apart: it does not see the credential. */
	elsewhere?: readonly string[];
	min?: number;
	max?: number;
	/** What the model certainly refuses: every value that is not on offer, or these. Everything else is sent. */
	refuses?: 'others' | readonly string[];
	/** What the wire has in place of a value: "720P". */
	spelled?: Readonly<Record<string, string>>;
	/** Seconds go as text. */
	asText?: boolean;
	/** What the model takes where nothing is sent, or what is sent in its place. */
	default?: Value;
	/** The default is sent where nothing was set. */
	send?: 'always';
	/** What the panel's choice starts with, where that is not what `send` and `default` say. */
	initial?: string;
	/** Sent where it is set, but not shown in the panel. */
	unoffered?: true;
}

export type Fields = Partial<Record<FieldName, ModelField>>;

/** What differs from what most models have; `null` takes the field away. */
export type FieldSpecs = Partial<Record<FieldName, Partial<ModelField> | null>>;

export interface Images {
	min: number;
	/** `undefined` where no limit is known. */
	max?: number;
	/** In their order on the wire, which is all that distinguishes the roles. */
	roles: readonly ImageRole[];
	/** Web addresses only, so files are uploaded first; elsewhere data URIs as well. */
	transport?: 'url';
	/** How the prompt may refer to an image. */
	mention?: string;
}

/** A setting and some of its values. */
export type Condition = readonly [field: FieldName, ...oneOf: Value[]];

/** Where one setting has one of some values, another must have one of others. */
export interface Rule {
	when: Condition;
	then: Condition;
}

/** Pixels by resolution and aspect ratio, as the wire writes them ("1280*720"). */
export type Sizes = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface ModelRow {
	id: string;
	name: string;
	/** A row of the table, or of the gateway's own list. Of any other model, nothing that could be sent is refused. */
	known?: true;
	/** Inferred, or from a single client: nothing that could be sent is refused, but the log says so. */
	uncertain?: true;
	/** Offered even if the gateway does not list it. */
	listed?: true;
	/** What its users should know: "closed upstream 2026-09-24". */
	status?: string;
	fields: Fields;
	/** Aspect ratio and resolution are one field on the wire, and this is what it holds. */
	sizes?: Sizes;
	images: Images;
	/** Length of all its videos, where none can be chosen. */
	fixedSeconds?: number;
	/** It has characters, from clips and in mentions, and takes storyboards. */
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

/** @param base what the specifications differ from */
export function fieldsOf(specs: FieldSpecs, base: FieldSpecs = {}): Fields {
	const fields = FIELD_NAMES.flatMap((name) => {
		const { wire, resting } = FIELDS[name];
		const isLacking = specs[name] === null || !(specs[name] ?? base[name]);
		return isLacking ? [] : [[name, { wire, default: resting, ...base[name], ...specs[name] }]];
	});
	return Object.fromEntries(fields) as Fields;
}

const unoffered = Object.fromEntries(FIELD_NAMES.map((name) => [name, { unoffered: true }]));
/** Every field under the name that most models use, shown for none. */
export const UNOFFERED_FIELDS = fieldsOf(unoffered);

/** What a model of no family may be given: sent only where it is set. */
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

/** A model of which nothing is known but its ID. */
export const genericRow = (id: string): ModelRow => ({
	id,
	name: id,
	fields: GENERIC_FIELDS,
	images: { min: 0, roles: IMAGE_ROLES },
	rules: [],
});

/** What is rendered, as far as it bears on the time that it takes. */
export interface RenderKind {
	duration?: string;
	hd?: boolean;
	storyboard?: boolean;
}

/**
 * How long to wait unless the user says otherwise, in minutes. HD and 25 s were logged at up to 30, storyboards at up to
 * 50; a wait that ends too soon costs more than one that ends late.
 */
export const patienceMinutes = ({ duration, hd, storyboard }: RenderKind = {}): number =>
	hd || storyboard || duration === '25' ? 60 : 30;
