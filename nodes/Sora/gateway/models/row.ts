/** What a row of the table of models says. The wire names of the fields that differ by model are data in this folder. */

export type Value = string | number | boolean;

export interface FieldKind {
	kind: 'ratio' | 'seconds' | 'pixels' | 'flag' | 'number' | 'text';
	/** The value at which a model that lacks the field does the same as one that has it. */
	resting?: Value;
	/** The panel shows a switch that always holds a value, so only another one than `resting` was chosen. */
	isSwitch?: true;
}

/** The settings that some models have, in the order of the body: what is the same for all models. */
const KINDS = {
	aspectRatio: { kind: 'ratio', resting: '16:9' },
	duration: { kind: 'seconds' },
	resolution: { kind: 'pixels' },
	hd: { kind: 'flag', resting: false, isSwitch: true },
	enhancePrompt: { kind: 'flag', resting: false, isSwitch: true },
	upscale: { kind: 'flag', resting: false, isSwitch: true },
	promptExtend: { kind: 'flag', resting: true, isSwitch: true },
	cameraFixed: { kind: 'flag', resting: false, isSwitch: true },
	audio: { kind: 'flag', resting: true, isSwitch: true },
	watermark: { kind: 'flag', resting: false },
	private: { kind: 'flag', resting: true },
	seed: { kind: 'number' },
	negativePrompt: { kind: 'text' },
	audioUrl: { kind: 'text' },
	template: { kind: 'text' },
} satisfies Record<string, FieldKind>;

export type FieldName = keyof typeof KINDS;
export const FIELDS: Readonly<Record<FieldName, FieldKind>> = KINDS;
export const FIELD_NAMES = Object.keys(FIELDS) as FieldName[];

export type ImageRole = 'firstFrame' | 'lastFrame' | 'reference';

/** Everything that a model may have or lack. */
export type FieldKey = FieldName | ImageRole | 'characterClip' | 'storyboard';

export interface ModelField {
	wire: string;
	type: 'string' | 'integer' | 'number' | 'boolean';
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
	/** What the model takes where nothing is sent, or what is sent in its place. */
	default?: Value;
	/** `always`: the default is sent where nothing was set. */
	send: 'always' | 'set';
	/** What the panel's choice starts with, where that is not what `send` and `default` say. */
	initial?: string;
	/** Sent where it is set, but not shown in the panel. */
	unoffered?: true;
}

export type Fields = Partial<Record<FieldName, ModelField>>;

export interface Images {
	min: number;
	/** `undefined` where no limit is known. */
	max?: number;
	/** In their order on the wire, which is all that distinguishes the roles. */
	roles: readonly ImageRole[];
	/** `url`: web addresses only, so files are uploaded first. `inline`: data URIs as well. */
	transport: 'inline' | 'url';
	/** How the prompt may refer to an image. */
	mention?: string;
}

export interface Condition {
	field: FieldName;
	oneOf?: readonly Value[];
	above?: number;
}

/** Two settings of which one restricts the other. */
export interface Rule {
	when: Condition;
	then: Condition;
	/** Sent all the same, with a line in the log. */
	tolerant?: true;
	/** The second field is not sent where the first is as `when` says. */
	leavesOut?: true;
	/** What goes wrong, where it is not that the value is refused: "has no effect at 25 seconds". */
	because?: string;
}

/** Pixels by resolution and aspect ratio, as the wire writes them ("1280*720"). */
export type Sizes = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface ModelRow {
	id: string;
	name: string;
	/** Undefined for a model that fits none. */
	family?: string;
	/** A row of the table, or of the gateway's own list. */
	known?: true;
	/** Nothing of it is certain, so nothing that could be sent is refused. So it is for all models without a row. */
	tolerant?: true;
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
	/** A video may borrow a character from a clip, and the prompt may mention characters. */
	characterClip?: true;
	/** The shots of a storyboard add up to the duration. */
	storyboard?: true;
	rules: readonly Rule[];
}

export function offers(row: ModelRow, key: FieldKey): boolean {
	if (key === 'characterClip' || key === 'storyboard') return row[key] === true;
	if (key in FIELDS) {
		const field = row.fields[key as FieldName];
		return field !== undefined && !field.unoffered;
	}
	return row.images.roles.some((role) => role === key);
}

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
