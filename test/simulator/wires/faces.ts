/**
 * The second wire, `POST /v1/videos`, as five kinds of servers speak it. Written from their own sources and schemas, so
 * that a mistake of the node is refused here as it would be there.
 */
import type { Stage } from '../walk';
import { words } from '../walk';
import type { Body } from '../validate';

/** A file of a form, in the place of its value. */
export interface FormFile {
	filename: string;
	contentType: string;
	bytes: number;
}

export const isFormFile = (value: unknown): value is FormFile =>
	typeof value === 'object' && value !== null && 'filename' in value;

/** How the body of an order came. */
export type Encoding = 'json' | 'form';

/** What is wrong with an order. */
export interface Complaint {
	status: number;
	code: string;
	message: string;
	/** The field that is meant. */
	field?: string;
}

/** What a video object is made from. */
export interface VideoFacts {
	id: string;
	model: string;
	stage: Stage;
	percent: number;
	/** Unix seconds; 0 where it is not reached. */
	created: number;
	finished: number;
	/** Empty unless it failed. */
	reason: string;
	body: Body;
	/** Where the wire itself serves the file, with the key. */
	contentUrl: string;
	/** A signed public link. */
	publicUrl: string;
	/** Of this very route on this host. */
	pollingUrl: string;
	costUsd: number;
}

export interface Face {
	says: string;
	encodings: readonly Encoding[];
	/** Of an accepted order. */
	acceptedStatus: number;
	idStyle?: 'gen-vid' | 'task';
	words: Record<Stage, string>;
	complaint(body: Body, encoding: Encoding): Complaint | undefined;
	/** In an encoding that is not understood. */
	wrongEncoding: Complaint;
	/** 0 where a still comes out. */
	seconds(body: Body): number;
	hook?(body: Body): unknown;
	video(facts: VideoFacts, word: string): unknown;
	error(complaint: Complaint): unknown;
	missing: Complaint;
	unknownModel(model: string): Complaint;
}

const SIZE = /^\d+x\d+$/;
const DIGITS = /^\d+$/;
const WEB_URL = /^https?:\/\/[^\s/]+/i;
const isPicture = (value: unknown) =>
	typeof value === 'string' &&
	(WEB_URL.test(value) || /^data:image\/[a-z0-9.+-]+;base64,[A-Za-z0-9+/]+={0,2}$/.test(value));

const bad = (field: string, message: string, code = 'invalid_value', status = 400): Complaint => ({
	status,
	code,
	message,
	field,
});

const required = (body: Body, ...fields: string[]): Complaint | undefined => {
	const field = fields.find((name) => typeof body[name] !== 'string' || body[name] === '');
	return field === undefined
		? undefined
		: bad(field, `Missing required parameter: '${field}'.`, 'missing_required_parameter');
};

const firstOf = (...checks: Array<() => Complaint | undefined>) => {
	for (const check of checks) {
		const complaint = check();
		if (complaint) return complaint;
	}
	return undefined;
};

const openAiError = ({ message, field, code }: Complaint) => ({
	error: { message, type: 'invalid_request_error', param: field ?? null, code },
});

const UNDERSTOOD_BY_OPENAI = ['model', 'prompt', 'seconds', 'size', 'input_reference', 'user'];
const OF_SORA = /^sora-2(-pro)?$/;
const SORA_SIZES = ['720x1280', '1280x720', '1024x1792', '1792x1024'];

const openAiVideo = (facts: VideoFacts, status: string) => ({
	id: facts.id,
	object: 'video',
	model: facts.model,
	status,
	progress: facts.percent,
	created_at: facts.created,
	completed_at: facts.finished || null,
	expires_at: facts.finished ? facts.finished + 86_400 : null,
	prompt: facts.body.prompt ?? '',
	size: facts.body.size ?? '1280x720',
	seconds: String(facts.body.seconds ?? '4'),
	remixed_from_video_id: null,
	error: facts.reason ? { code: 'video_generation_failed', message: facts.reason } : null,
});

const OPENAI_WORDS = words('queued', 'queued', 'queued', 'in_progress', 'completed', 'failed');

function openAiComplaint(body: Body, encoding: Encoding): Complaint | undefined {
	const { seconds, size, input_reference: picture } = body;
	const isSora = OF_SORA.test(String(body.model ?? 'sora-2'));
	return firstOf(
		() => required(body, 'prompt'),
		() => {
			const field = Object.keys(body).find((name) => !UNDERSTOOD_BY_OPENAI.includes(name));
			return field === undefined
				? undefined
				: bad(field, `Unknown parameter: '${field}'.`, 'unknown_parameter');
		},
		() => {
			if (seconds === undefined) return undefined;
			if (typeof seconds !== 'string') {
				return bad('seconds', "Invalid type for 'seconds': expected a string.", 'invalid_type');
			}
			const fits = isSora ? ['4', '8', '12'].includes(seconds) : DIGITS.test(seconds);
			return fits
				? undefined
				: bad('seconds', `Invalid value: '${seconds}'. Supported values are: '4', '8', and '12'.`);
		},
		() => {
			if (size === undefined) return undefined;
			const fits = isSora ? SORA_SIZES.includes(String(size)) : SIZE.test(String(size));
			return fits ? undefined : bad('size', `Invalid value: '${String(size)}'.`);
		},
		() => {
			if (picture === undefined) return undefined;
			if (encoding === 'form' && isFormFile(picture)) return undefined;
			const { image_url: url, file_id: file } = (picture ?? {}) as Body;
			const fits =
				typeof picture === 'object' &&
				!isFormFile(picture) &&
				(isPicture(url) || file !== undefined);
			return fits
				? undefined
				: bad('input_reference', "Invalid type for 'input_reference'.", 'invalid_type');
		},
	);
}

const newApiError = ({ code, message }: Complaint) => ({ code, message, data: null });

function newApiComplaint(body: Body, encoding: Encoding): Complaint | undefined {
	const mistyped = (field: string, kind: string, wanted: string) =>
		bad(
			field,
			`json: cannot unmarshal ${kind} into Go struct field TaskSubmitReq.${field} of type ${wanted}`,
			'invalid_request',
		);
	const isText = (value: unknown) => value === undefined || typeof value === 'string';
	return firstOf(
		() =>
			['prompt', 'model'].some((name) => typeof body[name] !== 'string' || body[name] === '')
				? bad('prompt', 'prompt and model are required', 'invalid_request')
				: undefined,
		() => (isText(body.seconds) ? undefined : mistyped('seconds', 'number', 'string')),
		() => (isText(body.size) ? undefined : mistyped('size', 'object', 'string')),
		() =>
			body.duration === undefined || encoding === 'form' || Number.isInteger(body.duration)
				? undefined
				: mistyped('duration', typeof body.duration, 'int'),
		() => {
			const { input_reference: picture } = body;
			const fits = isText(picture) || (encoding === 'form' && isFormFile(picture));
			return fits ? undefined : mistyped('input_reference', 'object', 'string');
		},
		() =>
			OF_SORA.test(String(body.model)) &&
			body.size !== undefined &&
			!SORA_SIZES.includes(String(body.size))
				? bad('size', `size ${String(body.size)} is invalid`, 'invalid_size')
				: undefined,
	);
}

/** As FastAPI says it. */
const fastApiError = ({ message, field, code }: Complaint) => ({
	detail: field ? [{ type: code, loc: ['body', field], msg: message, input: null }] : message,
});

function vllmComplaint(body: Body): Complaint | undefined {
	const invalid = (field: string, message: string) => bad(field, message, 'value_error', 422);
	const { prompt, seconds, size, input_reference: picture } = body;
	return firstOf(
		() =>
			typeof prompt === 'string' && prompt !== ''
				? undefined
				: bad('prompt', 'Field required', 'missing', 422),
		() =>
			seconds === undefined || DIGITS.test(String(seconds))
				? undefined
				: invalid('seconds', 'String should match pattern ^\\d+$'),
		() =>
			size === undefined || SIZE.test(String(size))
				? undefined
				: invalid('size', 'String should match pattern ^\\d+x\\d+$'),
		() =>
			picture === undefined || isFormFile(picture)
				? undefined
				: invalid('input_reference', 'Value error, Expected UploadFile'),
	);
}

/** Models of the OpenRouter face, as its `GET /videos/models` lists them. */
const OPENROUTER_ROWS = [
	{
		id: 'google/veo-3.1',
		name: 'Google: Veo 3.1',
		supported_durations: [4, 6, 8],
		supported_resolutions: ['720p', '1080p'],
		supported_aspect_ratios: ['16:9', '9:16'],
		supported_sizes: null,
		supported_frame_images: ['first_frame', 'last_frame'],
		generate_audio: true,
		seed: true,
		pricing_skus: { 'per-video-second': '0.40', 'per-video-second-1080p': '0.60' },
		allowed_passthrough_parameters: ['negativePrompt'],
	},
	{
		id: 'bytedance/seedance-2.5',
		name: 'ByteDance: Seedance 2.5',
		supported_durations: [4, 5, 6, 7, 8, 9, 10, 12, 15],
		supported_resolutions: ['480p', '720p', '1080p', '4K'],
		supported_aspect_ratios: ['16:9', '9:16', '1:1', '4:3', '3:4', '21:9'],
		supported_sizes: null,
		supported_frame_images: ['first_frame', 'last_frame'],
		generate_audio: true,
		seed: true,
		pricing_skus: { 'per-video-second': '0.08' },
		allowed_passthrough_parameters: [],
	},
	{
		id: 'kwaivgi/kling-v3.0',
		name: 'Kling: Kling 3.0',
		supported_durations: [5, 10],
		supported_resolutions: null,
		supported_aspect_ratios: null,
		supported_sizes: ['1280x720', '720x1280', '960x960'],
		supported_frame_images: ['first_frame'],
		generate_audio: false,
		seed: false,
		pricing_skus: { 'per-video': '0.90' },
		allowed_passthrough_parameters: [],
	},
];

export const OPENROUTER_MODELS = OPENROUTER_ROWS.map((row) => ({
	...row,
	canonical_slug: row.id,
	created: 1_764_000_000,
	creativity: null,
	upscale_factor: null,
}));

const openRouterError = ({ status, message }: Complaint) => ({ error: { code: status, message } });

function openRouterComplaint(body: Body): Complaint | undefined {
	const model = OPENROUTER_MODELS.find(({ id }) => id === body.model);
	const unsupported = (field: string, value: unknown, values: readonly unknown[]) =>
		bad(
			field,
			`${field} ${String(value)} is not supported by ${String(body.model)}: ${values.join(', ')}`,
		);
	const oneOf = (field: string, values: readonly unknown[] | null | undefined) => () => {
		const value = body[field];
		if (value === undefined || !values) return undefined;
		return values.includes(value) ? undefined : unsupported(field, value, values);
	};
	const { frame_images: frames, input_references: references, callback_url: hook } = body;
	const isImageItem = (item: unknown) => {
		const { type, image_url: image } = (item ?? {}) as Body;
		return type === 'image_url' && isPicture((image as Body | undefined)?.url);
	};
	return firstOf(
		() => required(body, 'model', 'prompt'),
		() =>
			body.duration === undefined || Number.isInteger(body.duration)
				? undefined
				: bad('duration', 'duration: Expected number, received string'),
		() =>
			body.generate_audio === undefined || typeof body.generate_audio === 'boolean'
				? undefined
				: bad('generate_audio', 'generate_audio: Expected boolean'),
		() =>
			body.seed === undefined || Number.isInteger(body.seed)
				? undefined
				: bad('seed', 'seed: Expected integer'),
		oneOf('duration', model?.supported_durations),
		oneOf('resolution', model?.supported_resolutions),
		oneOf('aspect_ratio', model?.supported_aspect_ratios),
		oneOf('size', model?.supported_sizes),
		() => {
			if (frames === undefined) return undefined;
			const roles = model?.supported_frame_images ?? [];
			const fits =
				Array.isArray(frames) &&
				frames.every((item: Body) => isImageItem(item) && roles.includes(String(item.frame_type)));
			return fits ? undefined : bad('frame_images', 'frame_images: Invalid input');
		},
		() =>
			references === undefined || (Array.isArray(references) && references.every(isImageItem))
				? undefined
				: bad('input_references', 'input_references: Invalid input'),
		() =>
			hook === undefined || /^https:|^http:\/\/(127\.|localhost)/.test(String(hook))
				? undefined
				: bad('callback_url', 'callback_url must be an https URL'),
	);
}

const LLMGATEWAY_SIZES = [
	...['854x480', '480x854', '1280x720', '720x1280', '1920x1080', '1080x1920', '3840x2160'],
	...['2160x3840', '720x720', '1080x1080', '960x720', '720x960'],
];

function llmGatewayComplaint(body: Body): Complaint | undefined {
	const pictures = [body.image, body.last_frame, body.input_reference].filter(
		(picture) => picture !== undefined,
	);
	const pictureOf = (picture: unknown) =>
		typeof picture === 'string' ? picture : ((picture ?? {}) as Body).image_url;
	return firstOf(
		() => required(body, 'model', 'prompt'),
		() =>
			Number.isInteger(body.seconds)
				? undefined
				: bad('seconds', 'seconds: Invalid input: expected int'),
		() =>
			body.size === undefined || LLMGATEWAY_SIZES.includes(String(body.size))
				? undefined
				: bad('size', `size: must be one of ${LLMGATEWAY_SIZES.join(', ')}`),
		() =>
			pictures.every((picture) => isPicture(pictureOf(picture)))
				? undefined
				: bad('image', 'image: Invalid input'),
		() =>
			body.callback_url !== undefined && body.callback_secret === undefined
				? bad('callback_secret', 'callback_secret is required with callback_url')
				: undefined,
	);
}

const secondsOf = (value: unknown, usual: number) => {
	const seconds = Number(value ?? usual);
	return seconds > 0 ? seconds : usual;
};

const FACES = {
	openai: {
		says: "OpenAI's own: JSON or a form, nothing but the file's own route has a link",
		encodings: ['json', 'form'],
		acceptedStatus: 200,
		words: OPENAI_WORDS,
		complaint: openAiComplaint,
		wrongEncoding: {
			status: 415,
			code: 'unsupported_content_type',
			message: 'Unsupported content type.',
		},
		seconds: ({ seconds }) => secondsOf(seconds, 4),
		video: openAiVideo,
		error: openAiError,
		missing: { status: 404, code: 'not_found', message: 'Video not found.' },
		unknownModel: (model) => ({
			status: 404,
			code: 'model_not_found',
			message: `The model '${model}' does not exist or you do not have access to it.`,
		}),
	},
	newapi: {
		says: 'New API and its forks: seconds as text, IDs of its own, a link in metadata.url',
		encodings: ['json', 'form'],
		acceptedStatus: 200,
		idStyle: 'task',
		words: words('unknown', 'queued', 'queued', 'in_progress', 'completed', 'failed'),
		complaint: newApiComplaint,
		wrongEncoding: { status: 400, code: 'invalid_request', message: 'unsupported content type' },
		seconds: ({ seconds, duration }) => secondsOf(seconds ?? duration, 4),
		video: (facts, status) => ({
			id: facts.id,
			task_id: facts.id,
			object: 'video',
			model: facts.model,
			status,
			progress: facts.percent,
			created_at: facts.created,
			...(facts.finished && { completed_at: facts.finished }),
			...(facts.reason && { error: { message: facts.reason, code: 'task_failed' } }),
			...(facts.publicUrl && { metadata: { url: facts.publicUrl } }),
		}),
		error: newApiError,
		missing: { status: 400, code: 'task_not_exist', message: 'task_not_exist' },
		unknownModel: (model) => ({
			status: 503,
			code: 'model_not_found',
			message: `No available channel for model ${model} under group default`,
		}),
	},
	vllm: {
		says: 'vLLM-Omni: a form and nothing else; without seconds a still comes out',
		encodings: ['form'],
		acceptedStatus: 200,
		words: OPENAI_WORDS,
		complaint: vllmComplaint,
		wrongEncoding: { status: 422, code: 'missing', message: 'Field required', field: 'prompt' },
		seconds: ({ seconds, num_frames: frames }) =>
			seconds === undefined && frames === undefined ? 0 : secondsOf(seconds, 4),
		video: (facts, word) => ({
			...openAiVideo(facts, word),
			file_name: `${facts.id}.mp4`,
			media_type: 'video/mp4',
		}),
		error: fastApiError,
		missing: { status: 404, code: 'not_found', message: 'Video not found' },
		unknownModel: (model) => ({
			status: 404,
			code: 'not_found',
			message: `The model '${model}' does not exist.`,
		}),
	},
	openrouter: {
		says: 'OpenRouter: JSON, 202, duration as a number, frames with roles, a price',
		encodings: ['json'],
		acceptedStatus: 202,
		idStyle: 'gen-vid',
		words: words('pending', 'pending', 'pending', 'in_progress', 'completed', 'failed'),
		complaint: openRouterComplaint,
		wrongEncoding: { status: 415, code: 'unsupported', message: 'Unsupported Media Type' },
		seconds: ({ duration }) => secondsOf(duration, 8),
		hook: ({ callback_url: url }) => url,
		video: (facts, status) => ({
			id: facts.id,
			generation_id: facts.id.replace('gen-vid', 'gen'),
			polling_url: facts.pollingUrl,
			status,
			...(facts.reason && { error: facts.reason }),
			...(facts.stage === 'success' && {
				...(facts.contentUrl && { unsigned_urls: [`${facts.contentUrl}?index=0`] }),
				usage: { cost: facts.costUsd, is_byok: false },
			}),
		}),
		error: openRouterError,
		missing: { status: 404, code: 'not_found', message: 'Job not found' },
		unknownModel: (model) => ({
			status: 400,
			code: 'invalid_model',
			message: `${model} is not a valid model ID`,
		}),
	},
	llmgateway: {
		says: 'LLMGateway: JSON, seconds as a number and never missing, a link in content[].url',
		encodings: ['json'],
		acceptedStatus: 200,
		words: OPENAI_WORDS,
		complaint: llmGatewayComplaint,
		wrongEncoding: {
			status: 400,
			code: 'invalid_request',
			message: 'Malformed JSON in request body',
		},
		seconds: ({ seconds }) => secondsOf(seconds, 8),
		hook: ({ callback_url: url }) => url,
		video: (facts, status) => ({
			id: facts.id,
			object: 'video',
			model: facts.model,
			status,
			progress: facts.percent,
			created_at: facts.created,
			completed_at: facts.finished || null,
			error: facts.reason ? { code: 'upstream_error', message: facts.reason } : null,
			...(facts.publicUrl && {
				content: [{ type: 'video', url: facts.publicUrl, mime_type: 'video/mp4' }],
			}),
		}),
		error: openAiError,
		missing: { status: 404, code: 'not_found', message: 'Video not found' },
		unknownModel: (model) => ({
			status: 400,
			code: 'model_not_found',
			message: `Model ${model} not found`,
		}),
	},
} satisfies Record<string, Face>;

export type FaceName = keyof typeof FACES;
export const FACE_NAMES = Object.keys(FACES) as [FaceName, ...FaceName[]];
export const faceOf = (name: FaceName): Face => FACES[name];
