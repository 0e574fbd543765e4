/** A model as `GET /v1/models` lists it; only those of kind `video` render. */
export interface Model {
	id: string;
	kind: 'video' | 'chat' | 'image' | 'audio' | 'embedding';
	/** Its maker; with `action` also in its tasks. */
	platform: string;
	action: string;
}

const videos = (platform: string, action: string, ...ids: string[]): Model[] =>
	ids.map((id) => ({ id, kind: 'video', platform, action }));

const other = (kind: Model['kind'], platform: string, ...ids: string[]): Model[] =>
	ids.map((id) => ({ id, kind, platform, action: kind }));

/**
 * The catalogue: video models among everything else that such a gateway sells. Without veo3.1-lite, which needs its own
 * key group.
 */
export const MODELS: readonly Model[] = [
	...other('chat', 'openai', 'gpt-4o', 'gpt-4o-mini', 'gpt-5.1', 'o4-mini'),
	...videos('openai', 'sora-video', 'sora-2', 'sora-2-pro'),
	...other('image', 'openai', 'gpt-image-1', 'dall-e-3', 'sora_image'),
	...other('audio', 'openai', 'tts-1', 'whisper-1'),
	...other('embedding', 'openai', 'text-embedding-3-small'),
	...other('chat', 'anthropic', 'claude-sonnet-4-5', 'claude-opus-4-1'),
	...other('chat', 'google', 'gemini-2.5-pro', 'gemini-3-flash'),
	...other('image', 'google', 'nano-banana', 'imagen-4.0-generate'),
	...videos(
		'google',
		'google-videos',
		'veo3.1',
		'veo3.1-fast',
		'veo3.1-pro',
		'veo3.1-components',
		'veo3.1-4k',
		'veo3.1-pro-4k',
		'veo3.1-components-4k',
		'veo3',
		'veo3-fast',
		'veo3-pro',
		'veo3-fast-frames',
		'veo3-pro-frames',
	),
	...other('chat', 'xai', 'grok-4.1'),
	...videos('xai', 'grok-video', 'grok-video-3'),
	...videos(
		'ali',
		'wan-video',
		'wan2.5-t2v-preview',
		'wan2.5-i2v-preview',
		'wan2.2-t2v-plus',
		'wan2.2-i2v-plus',
		'wan2.2-i2v-flash',
		'wanx2.1-kf2v-plus',
		'wan2.6',
		'wan2.6-i2v',
	),
	...other('chat', 'ali', 'qwen3-max'),
	...other('image', 'ali', 'qwen-image'),
	...videos(
		'volcengine',
		'seedance-video',
		'doubao-seedance-1-0-pro-250528',
		'doubao-seedance-1-0-lite-t2v-250428',
		'doubao-seedance-1-0-lite-i2v-250428',
		'seedance-1.5',
		'seedance-1.5-pro',
	),
	...other('image', 'volcengine', 'seedream-4.5'),
	...videos('kuaishou', 'kling-video', 'kling-v2-6'),
	...other('chat', 'deepseek', 'deepseek-v3.2'),
	...other('audio', 'custom', 'suno_music'),
	...other('image', 'custom', 'mj_imagine'),
];

/** A video model without a description, as a test adds it. */
export function addedModel(id: string): Model {
	return { id, kind: 'video', platform: 'custom', action: 'video' };
}
