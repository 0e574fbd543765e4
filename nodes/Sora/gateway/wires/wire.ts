/**
 * A gateway speaks one API for videos, a wire, and its credential says which. What differs between them is data; answers
 * have one reader for all of them (`answers/`).
 */
import type { JsonRecord } from '../answers/json';

/** Seconds of a clip in which the character is seen: the gateway takes ranges 1 to 3 seconds long. */
export interface SecondRange {
	start: number;
	end: number;
}

export interface OrderedImage {
	/** A web address or a data URI. */
	value: string;
	/** Unset where the model does not distinguish its images. */
	role?: 'firstFrame' | 'lastFrame' | 'reference';
}

export interface GenerationOrder {
	model: string;
	prompt: string;
	/** The model's own fields by their wire names, as its row makes them. */
	fields?: JsonRecord;
	/** In the order of the roles. */
	images?: readonly OrderedImage[];
	characterUrl?: string;
	characterRange?: SecondRange;
	notifyHook?: string;
	/** Fields that the user adds or overrides. */
	extra?: JsonRecord;
}

export type WireName = 'tasks' | 'openai' | 'openrouter';

/** Paths are below the base URL; what a wire lacks is not set. */
export interface Wire {
	name: WireName;
	/** As the credential calls it. */
	label: string;
	/** Where a video is ordered, with POST. */
	generations: string;
	/** Where a task is polled. Task IDs are opaque and may hold `:` or `/`, hence the encoding. */
	generation: (taskId: string) => string;
	/** Where a finished video lies, for the key alone, whether or not the task links to one. */
	content?: (taskId: string) => string;
	/** Where models are listed. */
	models: string;
	quota: string;
	/** What its amounts are in; unset where each gateway has units of its own. */
	quotaCurrency?: 'USD';
	characters?: string;
	files?: string;
	/** How images travel: by address or data URI; or as files of a form, so that none is uploaded beforehand. */
	pictures: 'inline' | 'file';
	/** What becomes of a callback address: an address without encryption is taken by none of those that say so. */
	hook?: 'http' | 'https';
	/** What a `cost` in a task is in, where all such gateways agree. */
	currency?: 'usd';
	/** The order in the fields of this wire; what is `undefined` is not sent. */
	worded: (order: GenerationOrder) => JsonRecord;
	/** The worded order as it is sent, where that is not JSON. */
	encoded?: (body: JsonRecord) => JsonRecord | FormData;
}
