/** A model as `GET /v1/models` lists it; only those of kind `video` render. */
export interface Model {
	id: string;
	kind: 'video' | 'chat' | 'image' | 'audio' | 'embedding';
	/** Who made it; with `action` also in its tasks. */
	platform: string;
	action: string;
	/** What a second of video takes from the key's quota. */
	unitsPerSecond: number;
}

const video = (id: string, platform: string, action: string, unitsPerSecond: number): Model => ({
	id,
	kind: 'video',
	platform,
	action,
	unitsPerSecond,
});

const other = (kind: Model['kind'], platform: string, ...ids: string[]): Model[] =>
	ids.map((id) => ({ id, kind, platform, action: kind, unitsPerSecond: 0 }));

/**
 * The catalogue: video models scattered among everything else such a gateway sells. It lacks veo3.1-lite, which
 * needs a group of its own.
 */
export const MODELS: readonly Model[] = [
	...other('chat', 'openai', 'gpt-4o', 'gpt-4o-mini', 'gpt-5.1', 'o4-mini'),
	video('sora-2', 'openai', 'sora-video', 5000),
	video('sora-2-pro', 'openai', 'sora-video', 15000),
	...other('image', 'openai', 'gpt-image-1', 'dall-e-3', 'sora_image'),
	...other('audio', 'openai', 'tts-1', 'whisper-1'),
	...other('embedding', 'openai', 'text-embedding-3-small'),
	...other('chat', 'anthropic', 'claude-sonnet-4-5', 'claude-opus-4-1'),
	...other('chat', 'google', 'gemini-2.5-pro', 'gemini-3-flash'),
	...other('image', 'google', 'nano-banana', 'imagen-4.0-generate'),
	video('veo3.1', 'google', 'google-videos', 20000),
	video('veo3.1-fast', 'google', 'google-videos', 8000),
	video('veo3.1-pro', 'google', 'google-videos', 40000),
	video('veo3.1-components', 'google', 'google-videos', 20000),
	video('veo3.1-4k', 'google', 'google-videos', 30000),
	video('veo3.1-pro-4k', 'google', 'google-videos', 60000),
	video('veo3.1-components-4k', 'google', 'google-videos', 30000),
	video('veo3', 'google', 'google-videos', 20000),
	video('veo3-fast', 'google', 'google-videos', 8000),
	video('veo3-pro', 'google', 'google-videos', 40000),
	video('veo3-fast-frames', 'google', 'google-videos', 8000),
	video('veo3-pro-frames', 'google', 'google-videos', 40000),
	...other('chat', 'xai', 'grok-4.1'),
	video('grok-video-3', 'xai', 'grok-video', 4000),
	video('wan2.5-t2v-preview', 'ali', 'wan-video', 3000),
	video('wan2.5-i2v-preview', 'ali', 'wan-video', 3000),
	video('wan2.2-t2v-plus', 'ali', 'wan-video', 2000),
	video('wan2.2-i2v-plus', 'ali', 'wan-video', 2000),
	video('wan2.2-i2v-flash', 'ali', 'wan-video', 1000),
	video('wanx2.1-kf2v-plus', 'ali', 'wan-video', 2000),
	video('wan2.6', 'ali', 'wan-video', 3000),
	video('wan2.6-i2v', 'ali', 'wan-video', 3000),
	...other('chat', 'ali', 'qwen3-max'),
	...other('image', 'ali', 'qwen-image'),
	video('doubao-seedance-1-0-pro-250528', 'volcengine', 'seedance-video', 3500),
	video('doubao-seedance-1-0-lite-t2v-250428', 'volcengine', 'seedance-video', 2000),
	video('doubao-seedance-1-0-lite-i2v-250428', 'volcengine', 'seedance-video', 2000),
	video('seedance-1.5', 'volcengine', 'seedance-video', 3500),
	video('seedance-1.5-pro', 'volcengine', 'seedance-video', 6000),
	...other('image', 'volcengine', 'seedream-4.5'),
	video('kling-v2-6', 'kuaishou', 'kling-video', 7000),
	...other('chat', 'deepseek', 'deepseek-v3.2'),
	...other('audio', 'custom', 'suno_music'),
	...other('image', 'custom', 'mj_imagine'),
];

/** A video model nobody described, as a test adds it. */
export function addedModel(id: string): Model {
	return video(id, 'custom', 'video', 5000);
}
