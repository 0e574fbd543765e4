/**
 * `POST /v1/videos` as five kinds of servers implement it, written from their own sources and schemas, so that a
 * mistake of the node is refused here as it would be there.
 */
import { z } from 'zod';

import openRouterModels from './openRouterModels.json';
import { isPicture, type Body, type Shape } from './schemas';
import { filled, type Template } from './templates';
import { STAGES, type Stage } from './walk';

/** A file in a form, in place of its value. */
export interface FormFile {
	filename: string;
	contentType: string;
	bytes: number;
}

export const isFormFile = (value: unknown): value is FormFile =>
	typeof value === 'object' && value !== null && 'filename' in value;

export type Encoding = 'json' | 'form';

/** What is wrong with an order. */
export interface Complaint {
	status: number;
	code: string;
	message: string;
	/** The field at fault. */
	field?: string;
}

interface FaceRow {
	encodings: readonly Encoding[];
	/** Of an accepted order, 200 by default. */
	acceptedStatus?: number;
	idStyle?: 'gen-vid' | 'task';
	/** In the order of the stages. */
	words: string;
	shape: (body: Body) => Shape;
	/** Whether unknown fields are refused. */
	isStrict?: boolean;
	/** The field with the seconds, and its default: 0 if a still is made. */
	seconds: readonly [field: string, usual: number];
	hasHook?: boolean;
	video: Template;
	error: Template;
	/** Status and code for what does not fit the shape; also used by the other rows of this table. */
	invalid: readonly [status: number, code: string];
	wrongEncoding: Complaint;
	missing: Complaint;
	unknownModel: Complaint;
}

const complaint = (status: number, code: string, message: string, field?: string): Complaint => ({
	status,
	code,
	message,
	...(field && { field }),
});

const required = z.string().min(1);
const digits = z.string().regex(/^\d+$/);
const pixels = z.string().regex(/^\d+x\d+$/);
const picture = z.string().refine(isPicture);
const formFile = z.custom(isFormFile);
const among = (values: readonly unknown[] | null | undefined) =>
	z.custom((value) => !values || values.includes(value), `must be one of ${values?.join(', ')}`);

const isSora = ({ model = 'sora-2' }: Body) => /^sora-2(-pro)?$/.test(String(model));
const SORA_SIZES = ['720x1280', '1280x720', '1024x1792', '1792x1024'];
const soraSize = (body: Body) => (isSora(body) ? among(SORA_SIZES) : pixels);

const VIDEO_OBJECT = {
	id: '{id}',
	object: 'video',
	model: '{model}',
	status: '{word}',
	progress: '{percent}',
	created_at: '{created}',
	completed_at: '{finished|null}',
};
const OPENAI_VIDEO = {
	...VIDEO_OBJECT,
	prompt: '{prompt|}',
	size: '{size|1280x720}',
	seconds: '{seconds|4}',
	error: { code: '{code}', message: '{reason}' },
};
const OPENAI_ERROR = {
	error: {
		message: '{message}',
		type: 'invalid_request_error',
		param: '{field|null}',
		code: '{code}',
	},
};
const OPENAI_WORDS = 'queued queued queued in_progress completed failed';

/** Models of the OpenRouter face, as its `GET /videos/models` lists them. */
export const OPENROUTER_MODELS = openRouterModels;

function openRouterShape({ model }: Body): Shape {
	const listed = OPENROUTER_MODELS.find(({ id }) => id === model);
	const image = z.object({
		type: z.literal('image_url'),
		image_url: z.object({ url: picture }).passthrough(),
	});
	return {
		model: required,
		prompt: required,
		duration: z.number().int().pipe(among(listed?.supported_durations)).optional(),
		resolution: among(listed?.supported_resolutions).optional(),
		aspect_ratio: among(listed?.supported_aspect_ratios).optional(),
		size: among(listed?.supported_sizes).optional(),
		generate_audio: z.boolean().optional(),
		seed: z.number().int().optional(),
		frame_images: z
			.array(image.extend({ frame_type: among(listed?.supported_frame_images ?? []) }))
			.optional(),
		input_references: z.array(image).optional(),
		callback_url: z
			.string()
			.regex(/^https:|^http:\/\/(127\.|localhost)/)
			.optional(),
	};
}

const LLMGATEWAY_SIZES = [
	...['854x480', '480x854', '1280x720', '720x1280', '1920x1080', '1080x1920', '3840x2160'],
	...['2160x3840', '720x720', '1080x1080', '960x720', '720x960'],
];
const llmGatewayPicture = z.union([picture, z.object({ image_url: picture })]);

const FACES = {
	// JSON or a form; only the file's own route has a link.
	openai: {
		encodings: ['json', 'form'],
		words: OPENAI_WORDS,
		isStrict: true,
		shape: (body) => ({
			model: z.string().optional(),
			prompt: required,
			seconds: (isSora(body) ? z.string().pipe(among(['4', '8', '12'])) : digits).optional(),
			size: soraSize(body).optional(),
			input_reference: z
				.union([
					formFile,
					z.object({ image_url: picture }).strict(),
					z.object({ file_id: z.string() }).strict(),
				])
				.optional(),
			user: z.string().optional(),
		}),
		seconds: ['seconds', 4],
		video: OPENAI_VIDEO,
		error: OPENAI_ERROR,
		invalid: [400, 'invalid_value'],
		wrongEncoding: complaint(415, 'unsupported_content_type', 'Unsupported content type.'),
		missing: complaint(404, 'not_found', 'Video not found.'),
		unknownModel: complaint(
			404,
			'model_not_found',
			"The model '{model}' does not exist or you do not have access to it.",
		),
	},
	// New API and its forks: seconds as text, its own IDs, a link in metadata.url.
	newapi: {
		encodings: ['json', 'form'],
		idStyle: 'task',
		words: 'unknown queued queued in_progress completed failed',
		shape: (body) => ({
			model: required,
			prompt: required,
			seconds: z.string().optional(),
			size: (isSora(body) ? among(SORA_SIZES) : z.string()).optional(),
			duration: z.union([z.number().int(), z.string()]).optional(),
			input_reference: z.union([z.string(), formFile]).optional(),
		}),
		seconds: ['seconds', 4],
		video: {
			...VIDEO_OBJECT,
			task_id: '{id}',
			completed_at: '{finished|1756693797}',
			error: { code: '{code}', message: '{reason}' },
			metadata: { url: '{publicUrl}' },
		},
		error: { code: '{code}', message: '{message}' },
		invalid: [400, 'invalid_request'],
		wrongEncoding: complaint(400, 'invalid_request', 'unsupported content type'),
		missing: complaint(400, 'task_not_exist', 'task_not_exist'),
		unknownModel: complaint(
			503,
			'model_not_found',
			'No available channel for model {model} under group default',
		),
	},
	// vLLM-Omni: only a form; without seconds it makes a still.
	vllm: {
		encodings: ['form'],
		words: OPENAI_WORDS,
		shape: () => ({
			prompt: required,
			seconds: digits.optional(),
			size: pixels.optional(),
			input_reference: formFile.optional(),
		}),
		seconds: ['seconds', 0],
		video: { ...OPENAI_VIDEO, file_name: '{id}.mp4', media_type: 'video/mp4' },
		error: { detail: [{ type: '{code}', loc: ['body', '{field}'], msg: '{message}' }] },
		invalid: [422, 'value_error'],
		wrongEncoding: complaint(422, 'missing', 'Field required', 'prompt'),
		missing: complaint(404, 'not_found', 'Video not found'),
		unknownModel: complaint(404, 'not_found', "The model '{model}' does not exist."),
	},
	// OpenRouter: JSON, 202, duration as a number, frames with roles, a price.
	openrouter: {
		encodings: ['json'],
		acceptedStatus: 202,
		idStyle: 'gen-vid',
		words: 'pending pending pending in_progress completed failed',
		shape: openRouterShape,
		seconds: ['duration', 8],
		hasHook: true,
		video: {
			id: '{id}',
			generation_id: '{id}',
			polling_url: '{pollingUrl}',
			status: '{word}',
			error: '{reason}',
			unsigned_urls: ['{contentUrl}?index=0'],
			usage: { cost: '{costUsd}' },
		},
		error: { error: { code: '{status}', message: '{message}' } },
		invalid: [400, 'invalid_value'],
		wrongEncoding: complaint(415, 'unsupported', 'Unsupported Media Type'),
		missing: complaint(404, 'not_found', 'Job not found'),
		unknownModel: complaint(400, 'invalid_model', '{model} is not a valid model ID'),
	},
	// LLMGateway: JSON, seconds as a number and required, a link in content[].url.
	llmgateway: {
		encodings: ['json'],
		words: OPENAI_WORDS,
		shape: ({ callback_url: hook }) => ({
			model: required,
			prompt: required,
			seconds: z.number().int(),
			size: among(LLMGATEWAY_SIZES).optional(),
			image: llmGatewayPicture.optional(),
			last_frame: llmGatewayPicture.optional(),
			input_reference: z.union([llmGatewayPicture, z.array(llmGatewayPicture)]).optional(),
			// It would be ignored.
			images: z.undefined(),
			callback_secret: hook === undefined ? z.unknown() : required,
		}),
		seconds: ['seconds', 8],
		hasHook: true,
		video: {
			...VIDEO_OBJECT,
			error: { code: '{code}', message: '{reason}' },
			content: [{ type: 'video', url: '{publicUrl}', mime_type: 'video/mp4' }],
		},
		error: OPENAI_ERROR,
		invalid: [400, 'invalid_request'],
		wrongEncoding: complaint(400, 'invalid_request', 'Malformed JSON in request body'),
		missing: complaint(404, 'not_found', 'Video not found'),
		unknownModel: complaint(400, 'model_not_found', 'Model {model} not found'),
	},
} satisfies Record<string, FaceRow>;

export type FaceName = keyof typeof FACES;
export const FACE_NAMES = Object.keys(FACES) as [FaceName, ...FaceName[]];

export function faceOf(name: FaceName) {
	const row: FaceRow = FACES[name];
	const words = row.words.split(' ');
	const [field, usual] = row.seconds;
	return {
		...row,
		complaint(body: Body, encoding: Encoding): Complaint | undefined {
			if (!row.encodings.includes(encoding)) return row.wrongEncoding;
			const shape = z.object(row.shape(body));
			const { error } = (row.isStrict ? shape.strict() : shape.passthrough()).safeParse(body);
			const [issue] = error?.issues ?? [];
			if (!issue) return undefined;
			const wrong = issue.code === 'unrecognized_keys' ? issue.keys[0] : issue.path[0];
			const message = `Invalid value for '${String(wrong)}': ${issue.message}`;
			return complaint(...row.invalid, message, String(wrong));
		},
		wordOf: (stage: Stage) => String(words[STAGES.indexOf(stage)]),
		secondsOf(body: Body): number {
			const given = body[field] ?? body.duration;
			const seconds = Number(given ?? usual);
			return seconds > 0 || given === undefined ? seconds : usual;
		},
		hookOf: ({ callback_url: hook }: Body) => (row.hasHook ? hook : undefined),
		videoOf: (facts: Readonly<Record<string, unknown>>) => filled(row.video, facts),
		errorOf: (said: Complaint) => filled(row.error, { ...said }),
	};
}
export type Face = ReturnType<typeof faceOf>;
