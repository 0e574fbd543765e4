/**
 * What each model accepts, written from the API's documentation, so that a mistake in the node's own table is refused
 * here. Nothing here may come from that table.
 */
import { z } from 'zod';

export type Body = Record<string, unknown>;
export type Shape = Record<string, z.ZodTypeAny>;

const oneOf = (...words: string[]) =>
	z
		.string()
		.refine((value) => words.includes(value), `must be one of ${words.join(', ')}`)
		.optional();
const text = z.string().optional();
const flag = z.boolean().optional();
/** A switch that is documented as text, but that clients send as a boolean. */
const flagOrText = z.union([z.boolean(), z.enum(['true', 'false'])]).optional();
const whole = (least: number, most: number) => z.number().int().min(least).max(most).optional();
const seconds = (...lengths: number[]) =>
	z
		.number()
		.refine((value) => lengths.includes(value), `must be one of ${lengths.join(', ')}`)
		.optional();

export const isWebAddress = (value: unknown) => /^https?:\/\/[^\s/]+/i.test(String(value));
export const isPicture = (value: unknown) =>
	isWebAddress(value) ||
	/^data:image\/[a-z0-9.+-]+;base64,[A-Za-z0-9+/]+={0,2}$/.test(String(value));
export const webAddress = z.string().refine(isWebAddress, 'is not an http(s) URL').optional();

/** From 1 to 3 seconds; fractions do not subtract exactly. */
export const timestamps = z.string().superRefine((value, { addIssue }) => {
	const [, start, end] = /^(\d+(?:\.\d+)?),(\d+(?:\.\d+)?)$/.exec(value) ?? [];
	const difference = Number(end) - Number(start);
	const message =
		start === undefined
			? `"${value}" is not of the form {start},{end}`
			: 'end - start must be 1 to 3 seconds';
	if (!(difference > 0.999_999 && difference < 3.000_001)) addIssue({ code: 'custom', message });
});

/** How many images, and whether the request may contain them. */
export function pictures(least: number, most: number, { addressesOnly = false } = {}) {
	const one = addressesOnly
		? z.string().refine(isWebAddress, '仅支持图片 URL (only URLs)')
		: z.string().refine(isPicture, 'is neither an http(s) URL nor data:image/...;base64,...');
	const tooFew =
		least === 0 ? 'must not be empty' : `至少需要 ${least} 张图片 (at least ${least} images)`;
	const list = z
		.array(one, { required_error: tooFew })
		.min(Math.max(1, least), tooFew)
		.max(most, `最多支持 ${most} 张图片 (at most ${most} images)`);
	return least === 0 ? list.optional() : list;
}
const noPictures = z.undefined({ invalid_type_error: '该模型不支持图片 (no images)' });
const anySeed = (least = 0) => whole(least, 2_147_483_647);

const sora = {
	aspect_ratio: oneOf('16:9', '9:16'),
	duration: oneOf('10', '15'),
	watermark: flag,
	private: flag,
	character_url: webAddress,
	character_timestamps: timestamps.optional(),
	hd: flag.refine((value) => value !== true, 'is not supported by this model'),
};

const veo = { enhance_prompt: flag, enable_upsample: flag, seed: anySeed(1) };
const shapedVeo = { ...veo, aspect_ratio: oneOf('16:9', '9:16') };

const wan = {
	duration: seconds(5),
	negative_prompt: text,
	prompt_extend: flag,
	watermark: flag,
	seed: anySeed(),
};
const SIZES = {
	'480P': ['832*480', '480*832', '624*624'],
	'720P': ['1280*720', '720*1280', '960*960', '1088*832', '832*1088'],
	'1080P': ['1920*1080', '1080*1920', '1440*1440', '1632*1248', '1248*1632'],
};
const THREE_OF_720P = SIZES['720P'].slice(0, 3);
const wanOfText = (...sizes: string[]) => ({ ...wan, images: noPictures, size: oneOf(...sizes) });
const wanOfFirst = (...resolutions: string[]) => ({
	...wan,
	prompt_extend: flagOrText,
	template: text,
	images: pictures(1, 1),
	resolution: oneOf(...resolutions),
});

const seedance = {
	ratio: oneOf('16:9', '9:16', '1:1', '4:3', '3:4', '21:9', '9:21', 'adaptive', 'keep_ratio'),
	duration: seconds(5, 10),
	resolution: oneOf('480p', '720p', '1080p'),
	camerafixed: flag,
	watermark: flag,
	seed: anySeed(),
};

const each = (models: string, shape: Shape, images: z.ZodTypeAny) =>
	Object.fromEntries(models.split(' ').map((model) => [model, { ...shape, images }]));

/** Of `POST /v2/videos/generations`, besides the fields of all models. */
export const SHAPES: Record<string, Shape> = {
	'sora-2': sora,
	'sora-2-pro': { ...sora, duration: oneOf('10', '15', '25'), hd: flag },
	// Always 8 seconds. Only the third generation has an aspect ratio.
	...each('veo3.1 veo3.1-fast veo3.1-pro veo3.1-4k veo3.1-pro-4k', shapedVeo, pictures(0, 2)),
	...each('veo3.1-components veo3.1-components-4k', shapedVeo, pictures(1, 3)),
	...each('veo3.1-lite', shapedVeo, pictures(0, 3)),
	...each('veo3 veo3-fast veo3-pro', shapedVeo, noPictures),
	...each('veo3-fast-frames veo3-pro-frames', shapedVeo, pictures(1, 1)),
	...each('veo2 veo2-fast', veo, noPictures),
	...each('veo2-pro', veo, pictures(0, 1)),
	...each('veo2-fast-frames', veo, pictures(1, 2)),
	...each('veo2-fast-components', veo, pictures(1, 3)),
	'grok-video-3': {
		ratio: oneOf('16:9', '9:16', '1:1', '3:2', '2:3'),
		// The documentation has 5, 10 and 15; clients send anything from 6 to 30.
		duration: whole(5, 30),
		resolution: oneOf('480P', '720P', '1080P'),
		seed: anySeed(1),
		images: pictures(0, 7, { addressesOnly: true }),
	},
	'wan2.5-t2v-preview': {
		...wanOfText(...Object.values(SIZES).flat()),
		duration: seconds(5, 10),
		audio: flag,
		audio_url: webAddress,
	},
	'wan2.2-t2v-plus': wanOfText(...SIZES['480P'], ...SIZES['1080P']),
	'wanx2.1-t2v-turbo': wanOfText(...SIZES['480P'], ...THREE_OF_720P),
	'wanx2.1-t2v-plus': wanOfText(...THREE_OF_720P),
	'wan2.5-i2v-preview': {
		...wan,
		prompt_extend: flagOrText,
		images: pictures(1, 1),
		resolution: oneOf('480P', '720P', '1080P'),
		duration: seconds(5, 10),
		audio: flagOrText,
		audio_url: webAddress,
	},
	'wan2.2-i2v-plus': wanOfFirst('480P', '1080P'),
	'wan2.2-i2v-flash': wanOfFirst('480P', '720P'),
	'wanx2.1-i2v-turbo': wanOfFirst('480P', '720P'),
	'wanx2.1-i2v-plus': wanOfFirst('720P'),
	'wanx2.1-kf2v-plus': { ...wan, resolution: oneOf('720P'), images: pictures(2, 2) },
	...each('doubao-seedance-1-0-pro-250528', seedance, pictures(0, 1)),
	...each('doubao-seedance-1-0-lite-t2v-250428', seedance, noPictures),
	...each('doubao-seedance-1-0-lite-i2v-250428', seedance, pictures(1, 2)),
};

/** Rules that concern several fields. */
export const TOGETHER: Record<string, (body: Body) => string | undefined> = {
	'sora-2-pro': ({ hd, duration }) =>
		hd === true && duration === '25' ? 'hd is not supported with duration 25' : undefined,
	'grok-video-3': ({ duration = 10, resolution = '720P' }) =>
		Number(duration) > 15 && resolution !== '720P'
			? `duration ${String(duration)} 仅支持 720P (resolution must be 720P)`
			: undefined,
};
