import {
	HD_MODEL_IDS,
	looksLikeVideoModel,
	modelRow,
	MODELS,
	patienceMinutes,
	SORA_MODEL_IDS,
	typicalRenderMs,
} from '../../nodes/Sora/gateway/models';

describe('the list of video models', () => {
	it.each([
		...['sora-2', 'sora-2-pro', 'sora', 'openai/sora-2', 'sora_video2-15s'],
		...['veo3.1', 'veo3.1-fast', 'veo3', 'veo2-fast-frames', 'veo-3.1-generate-preview'],
		...['google/veo-3', 'veo3.1-components', 'grok-video-3', 'wan2.6', 'wan2.5-t2v-preview'],
		...['wan2.2-i2v-plus', 'wanx2.1-t2v-turbo', 'Wan-AI/Wan2.1-T2V-14B', 'seedance-1.5-pro'],
		...['doubao-seedance-1-0-pro-250528', 'kling-v2', 'kling-v2-1-master', 'kling-video-o1'],
		...[
			'MiniMax-Hailuo-02',
			'hailuo-2.3',
			'vidu',
			'viduq2-pro',
			'vidu2.0',
			'luma',
			'luma_video_api',
		],
		...['ray-2', 'luma-ray-2-flash', 'runway', 'runwayml-gen4_turbo', 'gen4_turbo', 'gen3a_turbo'],
		...['pika-2.2', 'pixverse-v5', 'hunyuan-video', 'hunyuanvideo', 'cogvideox-3', 'ltx-2'],
		...['mochi-1', 'stable-video-diffusion'],
	])('holds %s', (id) => {
		expect(looksLikeVideoModel(id)).toBe(true);
	});

	it.each([
		...['gpt-4o', 'gpt-4o-image', 'gpt-5', 'gpt-image-1', 'o3-mini', 'dall-e-3', 'sora-image'],
		...['gemini-2.5-flash-image', 'gemini-3-pro', 'claude-sonnet-4-5', 'deepseek-v3', 'qwen3-vl'],
		...[
			'qwen-max',
			'whisper-1',
			'tts-1',
			'gpt-4o-mini-tts',
			'text-embedding-3-large',
			'kling-image',
		],
		...['wanx2.1-t2i-turbo', 'wan2.5-t2i-preview', 'wanx-t2i', 'flux-pro', 'midjourney', 'suno-v5'],
		...['llama-3.2-90b-vision', 'glm-4.6', 'kimi-k2', 'doubao-seedream-4-0', 'gen4_image'],
		...['rayon-7b', 'x-rayleigh', 'wanda-7b', 'wanjuan-chat', 'wanderer-13b', 'veolia-chat'],
		...['xray-chat', 'swan-large', 'taiwan-llm', 'array-coder', 'kokoro-audio', ''],
	])('leaves "%s" out', (id) => {
		expect(looksLikeVideoModel(id)).toBe(false);
	});
});

describe('the rules of the Sora models', () => {
	it('offer what the gateway takes', () => {
		expect(modelRow('sora-2')).toMatchObject({ durations: ['10', '15'], hdDurations: [] });
		expect(modelRow('sora-2-pro')).toMatchObject({
			durations: ['10', '15', '25'],
			hdDurations: ['10', '15'],
		});
		expect(SORA_MODEL_IDS).toStrictEqual(['sora-2', 'sora-2-pro']);
		expect(HD_MODEL_IDS).toStrictEqual(['sora-2-pro']);
	});

	it('offer HD only for durations on offer', () => {
		for (const { durations, hdDurations } of MODELS) {
			expect(durations).toStrictEqual(expect.arrayContaining([...hdDurations]));
		}
	});

	it('say nothing of other models', () => {
		expect(modelRow('veo3.1')).toBeUndefined();
		expect(modelRow('')).toBeUndefined();
	});
});

describe('render times', () => {
	it('grow with the duration and with HD', () => {
		const [ten, fifteen, twentyFive] = ['10', '15', '25'].map((duration) =>
			typicalRenderMs({ duration }),
		);
		expect(ten).toBeLessThan(fifteen ?? 0);
		expect(fifteen).toBeLessThan(twentyFive ?? 0);
		expect(typicalRenderMs({ duration: '10', hd: true })).toBeGreaterThan(ten ?? 0);
		expect(typicalRenderMs()).toBe(typicalRenderMs({ duration: '10' }));
	});

	it.each([
		[undefined, 30],
		[{ duration: '10' }, 30],
		[{ duration: '15', hd: false }, 30],
		[{ duration: '15', hd: true }, 60],
		[{ duration: '25' }, 60],
	])('of %j are waited for %s minutes', (kind, minutes) => {
		expect(patienceMinutes(kind)).toBe(minutes);
		expect(typicalRenderMs(kind)).toBeLessThan(minutes * 60_000);
	});
});
