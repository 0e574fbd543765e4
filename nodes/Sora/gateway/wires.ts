/**
 * The APIs that gateways speak for videos, as data: where a video is ordered and polled, how the order is worded and
 * encoded, and what else such a gateway offers. Answers have one reader for all of them (`answers/`).
 */
import type { JsonRecord } from './answers/json';

/** Seconds of a clip in which the character is seen: the gateway takes ranges 1 to 3 seconds long. */
export interface SecondRange {
	start: number;
	end: number;
}

export interface GenerationOrder {
	model: string;
	prompt: string;
	/** The model's own fields by their wire names, as its row makes them (`modelFields`). */
	fields?: JsonRecord;
	/** https URLs or data URIs; an empty list is left out, since gateways refuse `[]`. */
	images?: string[];
	characterUrl?: string;
	characterRange?: SecondRange;
	notifyHook?: string;
	/** Fields the user adds or overrides. */
	extra?: JsonRecord;
}

/** Paths are below the base URL. */
export interface Wire {
	/** Where a video is ordered, with POST. */
	generations: string;
	/** Where a task is polled. Task IDs are opaque and may hold `:` or `/`, hence the encoding. */
	generation: (taskId: string) => string;
	characters: string;
	files: string;
	models: string;
	quota: string;
	/** The order in the fields of this wire; what is `undefined` is not sent. */
	worded: (order: GenerationOrder) => JsonRecord;
	/** The worded order as it goes over the line. */
	encoded: (body: JsonRecord) => JsonRecord | FormData;
}

export const asTimestamps = ({ start, end }: SecondRange) => `${start},${end}`;

const TASKS: Wire = {
	generations: '/v2/videos/generations',
	generation: (taskId) => `/v2/videos/generations/${encodeURIComponent(taskId)}`,
	characters: '/sora/v1/characters',
	files: '/v1/files',
	models: '/v1/models',
	quota: '/v1/token/quota',
	worded: (order) => ({
		model: order.model,
		prompt: order.prompt,
		...order.fields,
		images: order.images?.length ? order.images : undefined,
		character_url: order.characterUrl,
		character_timestamps: order.characterRange && asTimestamps(order.characterRange),
		notify_hook: order.notifyHook,
		...order.extra,
	}),
	encoded: (body) => body,
};

export const WIRES = { tasks: TASKS } as const;
