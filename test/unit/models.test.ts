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

const VIDEO_MODELS = `
	sora-2 sora-2-pro sora openai/sora-2 sora_video2-15s veo3.1 veo3.1-fast veo3
	veo2-fast-frames veo-3.1-generate-preview google/veo-3 veo3.1-components grok-video-3 wan2.6
	wan2.5-t2v-preview wan2.2-i2v-plus wanx2.1-t2v-turbo Wan-AI/Wan2.1-T2V-14B seedance-1.5-pro
	doubao-seedance-1-0-pro-250528 kling-v2 kling-v2-1-master kling-video-o1 MiniMax-Hailuo-02
	hailuo-2.3 vidu viduq2-pro vidu2.0 luma luma_video_api ray-2 luma-ray-2-flash runway
	runwayml-gen4_turbo gen4_turbo gen3a_turbo pika-2.2 pixverse-v5 hunyuan-video hunyuanvideo
	cogvideox-3 ltx-2 mochi-1 stable-video-diffusion`;
const OTHER_MODELS = `
	gpt-4o gpt-4o-image gpt-5 gpt-image-1 o3-mini dall-e-3 sora-image gemini-2.5-flash-image
	gemini-3-pro claude-sonnet-4-5 deepseek-v3 qwen3-vl qwen-max whisper-1 tts-1 gpt-4o-mini-tts
	text-embedding-3-large kling-image wanx2.1-t2i-turbo wan2.5-t2i-preview wanx-t2i flux-pro
	midjourney suno-v5 llama-3.2-90b-vision glm-4.6 kimi-k2 doubao-seedream-4-0 gen4_image
	rayon-7b x-rayleigh wanda-7b wanjuan-chat wanderer-13b veolia-chat xray-chat swan-large
	taiwan-llm array-coder kokoro-audio`;
it.each([
	[true, VIDEO_MODELS],
	[false, OTHER_MODELS],
])('looks like a video model: %s for %s', (isVideo, ids) => {
	const list = ids.trim().split(/\s+/);
	expect(list.filter((id) => looksLikeVideoModel(id) !== isVideo)).toEqual([]);
});

it.each([
	['SORA-2', 'sora-2'],
	['Veo 3.1 Fast', 'veo3.1-fast'],
	['VEO3.1', 'veo3.1'],
	['grok-video', 'grok-video'],
	['openai/sora-2', 'openai/sora-2'],
	['Sora-3', 'Sora-3'],
])('%s is ordered as %s', (called, id) => {
	expect(rowOf(called).id).toBe(id);
});

describe('the models to choose from', () => {
	const listed = ['gpt-4o', 'hunyuan-video', 'veo3.1', 'veo2', 'sora-2', 'a-video-1', 'veo3.1'];
	const offered = ROWS.filter((row) => row.listed).map(({ id }) => id);

	it('are those in the table that the gateway lists, those it does not list, and its others', () => {
		const entries = modelList(listed);
		const unlisted = offered.filter((id) => !listed.includes(id));
		expect(entries.map(({ value }) => value)).toEqual([
			...['sora-2', 'veo3.1', 'veo2', ...unlisted],
			...['a-video-1', 'hunyuan-video'],
		]);
		expect(entries[0]?.name).toBe('Sora 2');
		expect(entries[3]?.name).toMatch(/, not listed by your gateway$/);
		expect(entries.at(-1)).toEqual({ value: 'hunyuan-video', name: 'hunyuan-video' });
		expect(modelList([]).map(({ value }) => value)).toEqual(offered);
	});

	it('are named up to five in an error, those with a row first', () => {
		expect(videoModelsAmong(listed)).toEqual([
			...['sora-2', 'veo3.1', 'veo2', 'a-video-1', 'hunyuan-video'],
		]);
		expect(videoModelsAmong(offered)).toHaveLength(5);
		expect(videoModelsAmong(['gpt-4o'])).toEqual([]);
	});

	it.each([
		['sora-2', '10 or 15 s, landscape or portrait, text or up to 4 images'],
		['sora-2-pro', '10, 15 or 25 s, landscape or portrait, optional HD, text or up to 4 images'],
		['veo3.1-fast', '8 s, landscape or portrait, text or first and last frame'],
		['veo3', '8 s, landscape or portrait, text only'],
		[
			'grok-video-3',
			'6 to 30 s, landscape, portrait or square, up to 1080p, text or up to 7 images',
		],
		['wanx2.1-kf2v-plus', '5 s, 720p, first and last frame'],
	])('describe what %s makes: %s', (id, description) => {
		expect(modelList([id])[0]).toEqual({ value: id, name: rowOf(id).name, description });
	});

	it('describe other formats’ models only by their maker or the list', () => {
		expect([
			...videoModelList(['sora-2', 'kling-v3.0-t2v']),
			...listedEntries([{ id: 'a/video-1', name: 'Video 1' }]),
		]).toEqual([
			{ value: 'kling-v3.0-t2v', name: 'kling-v3.0-t2v' },
			{ value: 'sora-2', name: 'sora-2', description: '4, 8 or 12 s, text or first frame' },
			{ value: 'a/video-1', name: 'Video 1', description: 'text or images' },
		]);
	});
});

it.each([
	[undefined, 30],
	[{ duration: '10' }, 30],
	[{ duration: '15', hd: true }, 60],
	[{ duration: '25' }, 60],
	[{ storyboard: true }, 60],
])('a render of %j is given %s minutes', (kind, minutes) => {
	expect(patienceMinutes(kind)).toBe(minutes);
});
