import { SHAPES } from './schemas';

/** A model as `GET /v1/models` lists it; only those of kind `video` render. */
export interface Model {
	id: string;
	kind: 'video' | 'chat' | 'image' | 'audio' | 'embedding';
	/** Its maker; with `action` also in its tasks. */
	platform: string;
	action: string;
}

/** Whose models they are, by how their IDs begin. */
const MAKERS: Array<[ids: RegExp, platform: string, action: string]> = [
	[/^sora/, 'openai', 'sora-video'],
	[/^veo/, 'google', 'google-videos'],
	[/^grok/, 'xai', 'grok-video'],
	[/^wan/, 'ali', 'wan-video'],
	[/seedance/, 'volcengine', 'seedance-video'],
	[/^kling/, 'kuaishou', 'kling-video'],
];

/** A video model, documented or not. */
export function videoModel(id: string): Model {
	const [, platform, action] = MAKERS.find(([ids]) => ids.test(id)) ?? [id, 'custom', 'video'];
	return { id, kind: 'video', platform, action };
}

const other = (kind: Model['kind'], platform: string, ...ids: string[]): Model[] =>
	ids.map((id) => ({ id, kind, platform, action: kind }));

/** Sold without a documentation of their own. */
const UNDESCRIBED = ['wan2.6', 'wan2.6-i2v', 'seedance-1.5', 'seedance-1.5-pro', 'kling-v2-6'];

/**
 * The catalogue: video models among everything else that such a gateway sells. Without veo3.1-lite, which needs its own
 * key group.
 */
export const MODELS: readonly Model[] = [
	...other('chat', 'openai', 'gpt-4o', 'gpt-5.1', 'o4-mini'),
	...other('image', 'openai', 'gpt-image-1', 'sora_image'),
	...[...Object.keys(SHAPES), ...UNDESCRIBED].filter((id) => id !== 'veo3.1-lite').map(videoModel),
	...other('audio', 'openai', 'tts-1', 'whisper-1'),
	...other('embedding', 'openai', 'text-embedding-3-small'),
	...other('image', 'google', 'nano-banana', 'imagen-4.0-generate'),
	...other('image', 'ali', 'qwen-image'),
	...other('audio', 'custom', 'suno_music'),
];
