import type { JsonRecord } from '../answers/json';
import type { GenerationOrder, Wire } from './wire';

/**
 * How a server of OpenAI Videos wants orders encoded; servers differ:
 * - `auto`: JSON, or a form with the image as a file. Most servers.
 * - `form`: always a form (vLLM-Omni).
 * - `json`: always JSON, seconds as a number, an image as `{image_url}` (LLMGateway).
 */
type RequestEncoding = 'auto' | 'form' | 'json';

const ROUTE = '/v1/videos';
const below = (taskId: string) => `${ROUTE}/${encodeURIComponent(taskId)}`;

/** Shared by OpenAI Videos and OpenRouter. */
export const VIDEOS_ROUTES = {
	generations: ROUTE,
	generation: below,
	content: (taskId: string) => `${below(taskId)}/content`,
};

const DATA_URI = /^data:([^;,]+);base64,(.*)$/s;

/** @returns `undefined` unless the value is a data URI */
function fileIn(value: unknown): Blob | undefined {
	const [, type, bytes] = typeof value === 'string' ? (DATA_URI.exec(value) ?? []) : [];
	if (!type || bytes === undefined) return undefined;
	return new Blob([Buffer.from(bytes, 'base64')], { type });
}

/** Objects become JSON text, as vLLM-Omni and New API expect. */
function asForm(body: JsonRecord): FormData {
	const form = new FormData();
	for (const [name, value] of Object.entries(body)) {
		for (const each of [value].flat() as unknown[]) {
			const file = fileIn(each);
			// A form has no word for nothing.
			if (each === null) continue;
			if (file) form.append(name, file, `${name}.${file.type.split('/')[1] ?? 'bin'}`);
			else form.append(name, typeof each === 'string' ? each : JSON.stringify(each));
		}
	}
	return form;
}

/**
 * Without a duration, vLLM-Omni renders a single frame and LLMGateway refuses the order. Most models accept 8 seconds;
 * self-hosted ones are made for 5.
 */
const USUAL_SECONDS = { auto: undefined, form: 5, json: 8 } as const;

/** Text by the specification; LLMGateway refuses text, and New API a number: it reads one from `duration`. */
function secondsIn(value: unknown, encoding: RequestEncoding): unknown {
	const seconds = value ?? USUAL_SECONDS[encoding];
	if (seconds === undefined) return undefined;
	return encoding === 'json' ? Number(seconds) : String(seconds);
}

/**
 * LLMGateway and OpenAI take objects with addresses, New API a text (Kling) or a list of texts for all but Sora and Veo,
 * everyone one file in a form. Each ignores the other ways, and would make the video without its images.
 */
function imageFields(
	{ images = [], imagesAs }: GenerationOrder,
	encoding: RequestEncoding,
): JsonRecord {
	const isJson = encoding === 'json';
	const values = images.map(({ value }) => (isJson ? { image_url: value } : value));
	const [first, ...others] = values;
	if (encoding === 'auto' && first && (imagesAs ?? others.length > 0)) {
		const isOne = imagesAs && imagesAs !== 'images' && others.length === 0;
		return isOne ? { [imagesAs]: first } : { images: values };
	}
	if (others.length === 0) return { input_reference: first };
	if (encoding === 'form') return { input_reference: first, images: others };
	const isFrames = others.length === 1 && images[1]?.role === 'lastFrame';
	return isFrames ? { image: first, last_frame: others[0] } : { input_reference: values };
}

/** Nests dotted names: `metadata.resolution` becomes a field of `metadata`. */
function nested(fields: JsonRecord): JsonRecord {
	const result: JsonRecord = {};
	for (const [path, value] of Object.entries(fields)) {
		const [name = '', inner] = path.split('.');
		result[name] = inner ? { ...(result[name] as object | undefined), [inner]: value } : value;
	}
	return result;
}

/** OpenAI Videos, `/v1/videos`: New API and its forks, LiteLLM, vLLM-Omni, SGLang, LLMGateway and others. */
export const openAiVideos = (encoding: RequestEncoding): Wire => ({
	...VIDEOS_ROUTES,
	name: 'openai',
	label: 'OpenAI Videos',
	models: '/v1/models',
	currency: 'usd',
	quota: '/api/usage/token/',
	// Every server takes a file in a form; they disagree on whether an address is text or an object.
	pictures: encoding === 'json' ? 'inline' : 'file',
	worded({ fields: { seconds, duration, ...fields } = {}, ...order }) {
		return {
			model: order.model,
			prompt: order.prompt,
			seconds: secondsIn(seconds ?? duration, encoding),
			...(encoding === 'auto' && { duration }),
			...nested({ ...fields, ...imageFields(order, encoding) }),
			...order.extra,
		};
	},
	encoded(body) {
		const hasFile = fileIn(body.input_reference) !== undefined;
		return encoding === 'form' || (encoding === 'auto' && hasFile) ? asForm(body) : body;
	},
});
