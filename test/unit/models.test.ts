import {
	listedEntries,
	looksLikeVideoModel,
	modelList,
	patienceMinutes,
	rowOf,
	ROWS,
	videoModelList,
	videoModelsAmong,
} from '../../nodes/Sora/gateway/models';

const idsIn = (text: string) => text.trim().split(/\s+/);

describe('the list of video models', () => {
	it.each(
		idsIn(`
		sora-2 sora-2-pro sora openai/sora-2 sora_video2-15s veo3.1 veo3.1-fast veo3
		veo2-fast-frames veo-3.1-generate-preview google/veo-3 veo3.1-components grok-video-3 wan2.6
		wan2.5-t2v-preview wan2.2-i2v-plus wanx2.1-t2v-turbo Wan-AI/Wan2.1-T2V-14B seedance-1.5-pro
		doubao-seedance-1-0-pro-250528 kling-v2 kling-v2-1-master kling-video-o1 MiniMax-Hailuo-02
		hailuo-2.3 vidu viduq2-pro vidu2.0 luma luma_video_api ray-2 luma-ray-2-flash runway
		runwayml-gen4_turbo gen4_turbo gen3a_turbo pika-2.2 pixverse-v5 hunyuan-video hunyuanvideo
		cogvideox-3 ltx-2 mochi-1 stable-video-diffusion
	`),
	)('holds %s', (id) => {
		expect(looksLikeVideoModel(id)).toBe(true);
	});

	it.each([
		'',
		...idsIn(`
		gpt-4o gpt-4o-image gpt-5 gpt-image-1 o3-mini dall-e-3 sora-image gemini-2.5-flash-image
		gemini-3-pro claude-sonnet-4-5 deepseek-v3 qwen3-vl qwen-max whisper-1 tts-1 gpt-4o-mini-tts
		text-embedding-3-large kling-image wanx2.1-t2i-turbo wan2.5-t2i-preview wanx-t2i flux-pro
		midjourney suno-v5 llama-3.2-90b-vision glm-4.6 kimi-k2 doubao-seedream-4-0 gen4_image
		rayon-7b x-rayleigh wanda-7b wanjuan-chat wanderer-13b veolia-chat xray-chat swan-large
		taiwan-llm array-coder kokoro-audio
	`),
	])('leaves "%s" out', (id) => {
		expect(looksLikeVideoModel(id)).toBe(false);
	});
});

describe('the models to choose from', () => {
	const listed = ['gpt-4o', 'hunyuan-video', 'veo3.1', 'veo2', 'sora-2', 'a-video-1', 'veo3.1'];
	const entries = modelList(listed);
	const ids = entries.map(({ value }) => value);

	it('are first those that the gateway lists and the table knows, in its order', () => {
		expect(entries.slice(0, 3).map(({ name }) => name)).toEqual(['Sora 2', 'Veo 3.1', 'Veo 2']);
	});

	it('then those that the table offers, said not to be listed', () => {
		const notListed = entries.filter(({ name }) => name.endsWith(', not listed by your gateway'));
		expect(notListed.map(({ value }) => value)).toEqual(
			ROWS.filter(({ id, listed: offered }) => offered && !listed.includes(id)).map(({ id }) => id),
		);
		expect(ids.slice(3, 3 + notListed.length)).toEqual(notListed.map(({ value }) => value));
	});

	it('then the other video models by their IDs', () => {
		expect(ids.slice(-2)).toEqual(['a-video-1', 'hunyuan-video']);
		expect(entries.at(-1)).toEqual({ value: 'hunyuan-video', name: 'hunyuan-video' });
	});

	it('name none twice, and none that takes no part', () => {
		expect(new Set(ids).size).toBe(ids.length);
		expect(ids).not.toContain('gpt-4o');
		expect(ids).not.toContain('veo2-fast');
	});

	it('are those of the table where the gateway lists nothing', () => {
		expect(modelList([]).map(({ value }) => value)).toEqual(
			ROWS.filter(({ listed: offered }) => offered).map(({ id }) => id),
		);
	});

	it('are named up to five in an error, those with a row first', () => {
		expect(videoModelsAmong(listed)).toEqual([
			...['sora-2', 'veo3.1', 'veo2', 'a-video-1', 'hunyuan-video'],
		]);
		expect(videoModelsAmong(ROWS.map(({ id }) => id))).toHaveLength(5);
		expect(videoModelsAmong(['gpt-4o'])).toEqual([]);
	});

	it.each([
		['sora-2', '10 or 15 s, landscape or portrait, text or up to 4 images'],
		['sora-2-pro', '10, 15 or 25 s, landscape or portrait, optional HD, text or up to 4 images'],
		['veo3.1-fast', '8 s, landscape or portrait, text or first and last frame'],
		['veo3.1-components', '8 s, landscape or portrait, 1 to 3 reference images'],
		['veo3', '8 s, landscape or portrait, text only'],
		[
			'grok-video-3',
			'6 to 30 s, landscape, portrait or square, up to 1080p, text or up to 7 images',
		],
		['wan2.5-i2v-preview', '5 or 10 s, up to 1080p, first frame'],
		['wanx2.1-kf2v-plus', '5 s, 720p, first and last frame'],
		['veo2-fast-frames', '8 s, first frame, or first and last frame'],
	])('say of %s what it makes: %s', (id, description) => {
		expect(modelList([id])[0]).toEqual({ value: id, name: rowOf(id).name, description });
	});

	it('say of a model on OpenAI Videos what it makes, where its maker says so', () => {
		expect(videoModelList(['sora-2', 'kling-v3.0-t2v'])).toEqual([
			{ value: 'kling-v3.0-t2v', name: 'kling-v3.0-t2v' },
			{ value: 'sora-2', name: 'sora-2', description: '4, 8 or 12 s, text or first frame' },
		]);
	});

	it('say nothing of OpenRouter’s models that its list leaves open', () => {
		expect(listedEntries([{ id: 'a/video-1', name: 'Video 1' }])).toEqual([
			{ value: 'a/video-1', name: 'Video 1', description: 'text or images' },
		]);
	});
});

it.each([
	[undefined, 30],
	[{ duration: '10' }, 30],
	[{ duration: '15', hd: false }, 30],
	[{ duration: '15', hd: true }, 60],
	[{ duration: '25' }, 60],
	[{ storyboard: true }, 60],
])('a render of %j is waited for %s minutes', (kind, minutes) => {
	expect(patienceMinutes(kind)).toBe(minutes);
});
