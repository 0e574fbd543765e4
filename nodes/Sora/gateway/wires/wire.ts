/**
 * A gateway speaks one video API, a wire, selected in its credential. The differences between wires are data; one
 * reader handles the answers of all (`answers/`).
 */
import type { JsonRecord } from '../answers/json';
import type { Images } from '../models/row';

/** Seconds of a clip that show the character: the gateway takes ranges of 1 to 3 seconds. */
export interface SecondRange {
	start: number;
	end: number;
}

export interface OrderedImage {
	/** A web address or a data URI. */
	value: string;
	/** Unset if the model does not distinguish its images. */
	role?: 'firstFrame' | 'lastFrame' | 'reference';
}

export interface GenerationOrder {
	model: string;
	prompt: string;
	/** The model's own fields by wire name, built from its row. */
	fields?: JsonRecord;
	/** Sorted by role. */
	images?: readonly OrderedImage[];
	/** The field that takes images as texts, even on a wire that sends a file. */
	imagesAs?: Images['as'];
	characterUrl?: string;
	characterRange?: SecondRange;
	notifyHook?: string;
	/** Fields that the user adds or overrides. */
	extra?: JsonRecord;
}

export type WireName = 'tasks' | 'openai' | 'openrouter';

/** Paths are relative to the base URL; what a wire lacks is unset. */
export interface Wire {
	name: WireName;
	/** Its name in the credential. */
	label: string;
	/** Where videos are ordered, with POST. */
	generations: string;
	/** Where a task is polled. Task IDs are opaque and may contain `:` or `/`, hence the encoding. */
	generation: (taskId: string) => string;
	/** Where a finished video is served to the key, whether or not the task links to one. */
	content?: (taskId: string) => string;
	models: string;
	quota: string;
	/** Currency of its amounts; unset if each gateway has its own units. */
	quotaCurrency?: 'USD';
	characters?: string;
	files?: string;
	/** How images are sent: as addresses or data URIs, or as files in a form, which need no upload beforehand. */
	pictures: 'inline' | 'file';
	/** Callback addresses that it calls: any, https only, or none if unset. */
	hook?: 'http' | 'https';
	/** Currency of a task's `cost`, if all such gateways agree. */
	currency?: 'usd';
	/** The order in this wire's fields; `undefined` ones are not sent. */
	worded: (order: GenerationOrder) => JsonRecord;
	/** Encodes the worded order if it is not sent as JSON. */
	encoded?: (body: JsonRecord) => JsonRecord | FormData;
}
