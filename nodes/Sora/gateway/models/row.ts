/**
 * What a row of the table of models says. The rows are part of the contract: the wire names of the fields that
 * differ by model stand in this folder, as data, and all others in `contract.ts`.
 */

/**
 * How well a fact is known. `H`: the API's own page, or two independent clients; `M`: one maintained client or one
 * page; `L`: inferred, or sources differ. Only what is known to be refused (`H`) is refused before it is sent.
 */
export type Confidence = 'H' | 'M' | 'L';

/** A setting of the video that some models have, by a name that does not depend on the model. */
export type FieldName =
	| 'aspectRatio'
	| 'duration'
	| 'resolution'
	| 'hd'
	| 'enhancePrompt'
	| 'upscale'
	| 'promptExtend'
	| 'cameraFixed'
	| 'audio'
	| 'watermark'
	| 'private'
	| 'seed'
	| 'negativePrompt'
	| 'audioUrl'
	| 'template';

export type ImageRole = 'firstFrame' | 'lastFrame' | 'reference';

/** Everything that a model may have or lack. */
export type FieldKey = FieldName | ImageRole | 'characterClip';

export type Value = string | number | boolean;

/** A field as one model takes it. */
export interface ModelField {
	/** Its name in the body. */
	wire: string;
	type: 'string' | 'integer' | 'boolean';
	/** Values on offer, seconds and words alike as text in lower case. */
	choices?: readonly string[];
	/** The wire spells the choices in capitals ("720P"). */
	capitals?: true;
	/** Values outside of the choices that are known (`H`) to be refused. */
	refused?: readonly string[];
	min?: number;
	max?: number;
	/** What the model takes where nothing is sent, or what is sent in its place. */
	default?: Value;
	/** `always`: the default is sent where nothing was set. `set`: nothing is sent then. */
	send: 'always' | 'set';
	/** What the choice starts with, where that is not what `send` and `default` say. */
	initial?: string;
	/** Taken where it is set, but not offered. */
	unoffered?: true;
	confidence: Confidence;
}

export type Fields = Partial<Record<FieldName, ModelField>>;

export interface Images {
	min: number;
	/** `undefined` where no limit is known. */
	max?: number;
	/** In their order on the wire, which is all that tells the roles apart. */
	roles: readonly ImageRole[];
	/** `url`: web addresses only, so that files are uploaded first. `inline`: data URIs as well. */
	transport: 'inline' | 'url';
	/** They are offered as lists without roles alone, as this package has always done for these models. */
	listsOnly?: true;
	/** How the prompt may speak of an image. */
	mention?: string;
	confidence: Confidence;
}

export interface Condition {
	field: FieldName;
	oneOf?: readonly Value[];
	above?: number;
}

/** Two fields that do not go with each other whatever their values. */
export interface Rule {
	when: Condition;
	then: Condition;
	confidence: Confidence;
	/** The second field is not sent where the first is as `when` says. */
	leavesOut?: true;
	/** What goes wrong, where it is not that the value is refused: "has no effect at 25 seconds". */
	because?: string;
}

/** Pixels by resolution and aspect ratio, as the wire writes them ("1280*720"). */
export type Sizes = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Aspect ratio and resolution in one field. */
export interface SizeField {
	wire: string;
	/** Sizes that the model has. */
	sizes: Sizes;
	/** Sizes that others of its family have. */
	others: Sizes;
}

export interface Render {
	/** From the submission to the finished video, milliseconds. */
	typicalMs: number;
	/** Minutes after which other clients, or we by inference, give a task up. */
	giveUpMinutes: number;
	confidence: Confidence;
}

/** All that is known of a model. */
export interface ModelRow {
	id: string;
	name: string;
	/** Undefined for a model that fits none. */
	family?: string;
	/** A row of the table: an unknown model is never refused. */
	known: boolean;
	/** Offered before the gateway lists it. The others are taken by their ID. */
	listed: boolean;
	/** What its users should know: "closed upstream 2026-09-24". */
	status?: string;
	fields: Fields;
	size?: SizeField;
	images: Images;
	/** Length of all its videos, where none can be chosen. */
	fixedSeconds?: number;
	/** A video may borrow a character from a clip. */
	characterClip: boolean;
	/** The shots of a storyboard add up to the duration. */
	storyboard: boolean;
	rules: readonly Rule[];
	/** Undefined where no time was ever logged. */
	render?: Render;
	/** Characters of the prompt beyond which the model looks at no more. */
	promptLength?: number;
	confidence: Confidence;
}
