import { isSora } from './models';
import { checkModel, type Body } from './schemas';

export type { Body } from './schemas';

/** Whether a JSON value is an object. */
export function isBody(value: unknown): value is Body {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const DURATIONS = ['10', '15', '25'];
const RATIOS = ['16:9', '9:16'];
const WEB_URL = /^https?:\/\/[^\s/]+/i;
const DATA_IMAGE = /^data:image\/[a-z0-9.+-]+;base64,[A-Za-z0-9+/]+={0,2}$/;
const TIMESTAMPS = /^(\d+(?:\.\d+)?),(\d+(?:\.\d+)?)$/;
/** Fractions of seconds do not subtract exactly: 3.1 - 0.1 is a little more than 3. */
const ROUNDING = 1e-9;

function kindOf(value: unknown): string {
	if (value === null) return 'null';
	if (Array.isArray(value)) return 'array';
	if (typeof value === 'boolean') return 'bool';
	return typeof value;
}

function mistyped(struct: string, field: string, value: unknown, wanted: string): string {
	return `json: cannot unmarshal ${kindOf(value)} into Go struct field ${struct}.${field} of type ${wanted}`;
}

function checkTypes(struct: string, body: Body, types: Record<string, 'string' | 'bool'>) {
	for (const [field, wanted] of Object.entries(types)) {
		const value = body[field];
		if (value !== undefined && kindOf(value) !== wanted) {
			return mistyped(struct, field, value, wanted);
		}
	}
	return undefined;
}

function checkImages(value: unknown): string | undefined {
	if (value === undefined) return undefined;
	if (!Array.isArray(value)) return mistyped('VideoRequest', 'images', value, '[]string');
	if (value.length === 0) return 'images must not be empty: leave the field out';
	for (const [index, image] of (value as unknown[]).entries()) {
		if (typeof image !== 'string') {
			return mistyped('VideoRequest', `images[${index}]`, image, 'string');
		}
		if (image.startsWith('data:') ? !DATA_IMAGE.test(image) : !WEB_URL.test(image)) {
			return `images[${index}] is neither an http(s) URL nor data:image/...;base64,...`;
		}
	}
	return undefined;
}

function checkTimestamps(field: string, value: string): string | undefined {
	const match = TIMESTAMPS.exec(value);
	if (!match) return `${field} "${value}" is not of the form {start},{end}`;
	const difference = Number(match[2]) - Number(match[1]);
	if (difference < 1 - ROUNDING || difference > 3 + ROUNDING) {
		return `${field} "${value}": end - start must be 1 to 3 seconds`;
	}
	return undefined;
}

function checkUrl(body: Body, field: string): string | undefined {
	const value = body[field];
	if (value === undefined || (typeof value === 'string' && WEB_URL.test(value))) return undefined;
	return `${field} is not an http(s) URL`;
}

function checkSora(body: Body): string | undefined {
	const wrongType = checkTypes('VideoRequest', body, {
		aspect_ratio: 'string',
		hd: 'bool',
		duration: 'string',
		notify_hook: 'string',
		watermark: 'bool',
		private: 'bool',
		character_url: 'string',
		character_timestamps: 'string',
	});
	if (wrongType) return wrongType;
	const { model, duration, hd, aspect_ratio: ratio, character_timestamps: timestamps } = body;
	if (duration !== undefined && !DURATIONS.includes(duration as string)) {
		return `duration must be one of ${DURATIONS.join(', ')}, not "${String(duration)}"`;
	}
	if (duration === '25' && model !== 'sora-2-pro')
		return `duration 25 is not supported by ${String(model)}`;
	if (hd === true && model !== 'sora-2-pro') return `hd is not supported by ${String(model)}`;
	if (hd === true && duration === '25') return 'hd is not supported with duration 25';
	if (ratio !== undefined && !RATIOS.includes(ratio as string)) {
		return `aspect_ratio must be one of ${RATIOS.join(', ')}, not "${String(ratio)}"`;
	}
	return (
		checkUrl(body, 'character_url') ??
		(typeof timestamps === 'string'
			? checkTimestamps('character_timestamps', timestamps)
			: undefined)
	);
}

/** What is wrong with the body of the paid POST; undefined when nothing is. */
export function checkGenerate(body: unknown): string | undefined {
	if (!isBody(body)) {
		return `json: cannot unmarshal ${kindOf(body)} into Go value of type VideoRequest`;
	}
	const wrongType = checkTypes('VideoRequest', body, { prompt: 'string', model: 'string' });
	if (wrongType) return wrongType;
	const { prompt, model } = body;
	if (typeof model !== 'string' || model === '') return 'model is required';
	if (typeof prompt !== 'string' || prompt.trim() === '') return 'prompt is required';
	return (
		checkImages(body.images) ??
		checkUrl(body, 'notify_hook') ??
		(isSora(model) ? checkSora(body) : checkModel(model, body))
	);
}

/** What is wrong with the body that creates a character; undefined when nothing is. */
export function checkCharacter(body: unknown): string | undefined {
	if (!isBody(body)) {
		return `json: cannot unmarshal ${kindOf(body)} into Go value of type CharacterRequest`;
	}
	const wrongType = checkTypes('CharacterRequest', body, {
		url: 'string',
		timestamps: 'string',
		from_task: 'string',
	});
	if (wrongType) return wrongType;
	const { url, from_task: fromTask, timestamps } = body;
	if (typeof timestamps !== 'string') return 'timestamps is required';
	const wrongTimes = checkTimestamps('timestamps', timestamps);
	if (wrongTimes) return wrongTimes;
	if (!url === !fromTask) return 'exactly one of url and from_task must be set';
	return url ? checkUrl(body, 'url') : undefined;
}
