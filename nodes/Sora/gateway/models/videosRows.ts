/**
 * Models on OpenAI Videos (`/v1/videos`), where the duration is `seconds`, and aspect ratio and resolution are `size`.
 * Only exceptions have a row; other models are unknown, and nothing that could be sent to them is refused.
 */
import {
	always,
	FIELDS,
	fieldsOf,
	firstFrame,
	GENERIC_FIELDS,
	genericRow,
	IMAGE_ROLES,
	only,
	WIDE_AND_TALL,
	type FieldName,
	type FieldSpecs,
	type ModelRow,
} from './row';
import { WAN_SIZES } from './rows';

interface VideosRow extends Partial<Pick<ModelRow, 'known' | 'images' | 'rules' | 'sizes'>> {
	pattern: RegExp;
	name?: string;
	fields?: FieldSpecs;
}

const HD = { '720p': { '16:9': '1280x720', '9:16': '720x1280' } };
const SECONDS = { wire: 'seconds', asText: true } as const;
const seconds = (...choices: string[]) => ({
	duration: { ...SECONDS, ...only(...choices), default: choices[0] },
});
const SIZE = { aspectRatio: { wire: 'size' }, resolution: { wire: 'size', default: '720p' } };
const inMetadata = (...names: FieldName[]): FieldSpecs =>
	Object.fromEntries(names.map((name) => [name, { wire: `metadata.${FIELDS[name].wire}` }]));
const KLING = { ...SIZE, ...inMetadata('negativePrompt') };
const VIDU = inMetadata('aspectRatio', 'resolution', 'seed');
const WAN_IMAGE = { ...firstFrame(1), as: 'input_reference' } as const;
const HAILUO_IMAGE = { ...firstFrame(0), as: 'metadata.first_frame_image' } as const;
const AS_TEXT = { min: 0, roles: IMAGE_ROLES, as: 'image' } as const;
const known = true as const;
const SORA = { known, fields: { ...SIZE, ...seconds('4', '8', '12') }, images: firstFrame(0) };

/** The first matching pattern wins. `known` rows follow the maker's documentation and refuse anything else. */
const TABLE: readonly VideosRow[] = [
	{ ...SORA, pattern: /^sora-2$/, name: 'Sora 2', sizes: HD },
	{
		...SORA,
		pattern: /^sora-2-pro$/,
		name: 'Sora 2 Pro',
		sizes: { ...HD, '1080p': { '16:9': '1792x1024', '9:16': '1024x1792' } },
	},
	{
		pattern: /^veo-?3[.-]?\d?(-fast|-lite)?-generate/,
		name: 'Veo 3.1',
		known,
		fields: {
			aspectRatio: {
				wire: 'size',
				...only(...WIDE_AND_TALL),
				spelled: HD['720p'],
			},
			resolution: { wire: 'metadata.resolution', choices: ['720p', '1080p', '4k'] },
			...seconds('4', '6', '8'),
		},
		images: firstFrame(0),
		rules: [{ when: ['resolution', '1080p', '4k'], then: ['duration', '8'] }],
	},
	{
		pattern:
			/^(wan-ai|lightricks|tencent|hunyuanvideo|fastvideo|genmo|thudm|zai-org|rhymes-ai)[/-]/i,
		name: 'a model on your own server',
		fields: {
			aspectRatio: { wire: 'size', send: 'always' },
			resolution: { wire: 'size', ...always('480p') },
			duration: { ...GENERIC_FIELDS.duration, ...SECONDS, ...always('5') },
		},
		// The training sizes of Wan, Hunyuan and LTX: multiples of 16.
		sizes: {
			'480p': { '16:9': '832x480', '9:16': '480x832', '1:1': '624x624' },
			'720p': { '16:9': '1280x720', '9:16': '720x1280', '1:1': '960x960' },
		},
		images: firstFrame(0),
	},
	{
		// New API, but for Sora and Veo, and one maintained client of it: settings go into `metadata`, images into a
		// list. LLMGateway sells `seedance-2-0` by `size`.
		pattern:
			/^(?:doubao-seedance|seedance-\d\.|hailuo|minm?ax-h3|flux-3-video|happyhorse|wan-(?:2\.7-spicy|3\.)|zhenzhen-video|(?:kling-(?:v3|o3)|vidu-q3)\S*-(?:[tir]2v|start-end)$)/,
		name: 'a model with settings in metadata',
		fields: {
			...inMetadata('resolution', 'seed', 'negativePrompt'),
			...inMetadata('promptExtend', 'audioUrl', 'watermark'),
			aspectRatio: { wire: 'metadata.ratio' },
			audio: { wire: 'metadata.generate_audio' },
			cameraFixed: { wire: 'metadata.camera_fixed' },
		},
		images: { min: 0, roles: IMAGE_ROLES, as: 'images' },
	},
	// Their makers' own names, behind New API.
	{ pattern: /^kling-v[12]/, fields: KLING, sizes: {}, images: AS_TEXT },
	{ pattern: /^viduq?\d/, fields: VIDU, images: AS_TEXT },
	{ pattern: /^minimax-hailuo/i, fields: SIZE, sizes: {}, images: HAILUO_IMAGE },
	{ pattern: /^jimeng_/, fields: SIZE, sizes: {} },
	{ pattern: /^wanx?2\.[1-6]-t2v/, fields: SIZE, sizes: WAN_SIZES },
	{ pattern: /^wanx?2\.[1-6]-i2v/, fields: { resolution: SIZE.resolution }, images: WAN_IMAGE },
	{
		pattern: /^/,
		fields: { ...SIZE, duration: SECONDS },
		// Whatever the resolution.
		sizes: {},
	},
];

/** What is known about a model on this wire. */
export function videosRow(id: string): ModelRow {
	const { fields = {}, ...row } = TABLE.find(({ pattern }) => pattern.test(id)) as VideosRow;
	return {
		...genericRow(id),
		...row,
		fields: { ...(!row.known && GENERIC_FIELDS), ...fieldsOf(fields) },
	};
}
