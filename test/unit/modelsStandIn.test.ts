/** The stand-in's own knowledge of the models, against what the API's pages say. */
import { MODELS } from '../simulator/models';
import { describes } from '../simulator/schemas';
import { startSimulator, type Simulator } from '../simulator/simulator';
import { checkGenerate } from '../simulator/validate';

const PICTURE = 'https://example.com/a.png';
const DATA_URI = 'data:image/png;base64,AAAA';
const pictures = (count: number) => Array.from({ length: count }, () => PICTURE);
const check = (model: string, more: object) => checkGenerate({ model, prompt: 'A boat', ...more });

describe('the stand-in takes', () => {
	it.each<[string, object]>([
		['veo3.1', { aspect_ratio: '9:16', enhance_prompt: true, images: [DATA_URI, PICTURE] }],
		['veo3.1-components', { images: pictures(3) }],
		['veo2', {}],
		['grok-video-3', { ratio: '2:3', duration: 30, resolution: '720P', images: pictures(7) }],
		['wan2.5-t2v-preview', { size: '1280*720', duration: 10, audio: false }],
		['wan2.5-i2v-preview', { resolution: '480P', images: [DATA_URI], prompt_extend: 'false' }],
		['wanx2.1-kf2v-plus', { images: pictures(2), resolution: '720P' }],
		['doubao-seedance-1-0-pro-250528', { ratio: 'adaptive', camerafixed: true, duration: 10 }],
		['grok-video-3', { never_heard_of: 1 }],
		['veo3.1', { notify_hook: 'https://example.com/hook' }],
		['veo3.2-fast', { ratio: '5:4', duration: '7', images: pictures(9) }],
		['constructor', { ratio: '5:4' }],
	])('%s with %j', (model, more) => {
		expect(check(model, more)).toBeUndefined();
	});
});

describe('the stand-in refuses', () => {
	it.each<[string, object, string]>([
		['veo3.1', { duration: 8 }, 'duration is not a parameter of veo3.1'],
		['veo3.1', { ratio: '16:9' }, 'ratio is not a parameter'],
		['veo3.1', { aspect_ratio: '1:1' }, 'invalid parameter aspect_ratio'],
		['veo3.1', { enhance_prompt: 'true' }, 'VideoRequest.enhance_prompt of type bool'],
		['veo3.1', { images: pictures(3) }, 'at most 2 images'],
		['veo3', { images: pictures(1) }, 'no images'],
		['veo3.1-components', {}, 'at least 1 images'],
		['veo2', { aspect_ratio: '16:9' }, 'aspect_ratio is not a parameter'],
		['grok-video-3', { aspect_ratio: '16:9' }, 'aspect_ratio is not a parameter'],
		['grok-video-3', { duration: '10' }, 'VideoRequest.duration of type int'],
		['grok-video-3', { duration: 20, resolution: '1080P' }, 'resolution must be 720P'],
		['grok-video-3', { duration: 6, resolution: '1080P' }, 'duration must be 10 or 15'],
		['grok-video-3', { resolution: '720p' }, 'invalid parameter resolution'],
		['grok-video-3', { images: [DATA_URI] }, 'only URLs'],
		['wan2.2-t2v-plus', { size: '1280*720' }, 'invalid parameter size'],
		['wan2.2-t2v-plus', { size: '1920x1080' }, 'invalid parameter size'],
		['wan2.2-t2v-plus', { aspect_ratio: '16:9' }, 'aspect_ratio is not a parameter'],
		['wan2.2-t2v-plus', { duration: 10 }, 'must be one of 5'],
		['wan2.2-i2v-flash', { resolution: '1080P', images: pictures(1) }, 'resolution'],
		['wan2.2-i2v-flash', {}, 'at least 1 images'],
		['wanx2.1-kf2v-plus', { images: pictures(1) }, 'at least 2 images'],
		['doubao-seedance-1-0-pro-250528', { camera_fixed: true }, 'camera_fixed is not a parameter'],
		['doubao-seedance-1-0-pro-250528', { resolution: '720P' }, 'invalid parameter resolution'],
		['doubao-seedance-1-0-pro-250528', { seed: -1 }, 'invalid parameter seed'],
	])('%s with %j', (model, more, reason) => {
		expect(check(model, more)).toContain(reason);
	});
});

describe('the stand-in over HTTP', () => {
	let simulator: Simulator;
	beforeAll(async () => {
		simulator = await startSimulator({ seed: 1 });
	});
	afterAll(async () => await simulator.close());
	const post = async (body: object) =>
		await fetch(`${simulator.url}/v2/videos/generations`, {
			method: 'POST',
			headers: {
				authorization: `Bearer ${simulator.apiKey}`,
				'content-type': 'application/json',
			},
			body: JSON.stringify({ prompt: 'A boat', ...body }),
		});

	it('answers what does not fit with 400 and a reason, and sells nothing', async () => {
		const answer = await post({ model: 'grok-video-3', aspect_ratio: '16:9' });
		expect(answer.status).toBe(400);
		expect(await answer.json()).toEqual({
			code: 'invalid_request',
			message: expect.stringContaining('aspect_ratio is not a parameter of grok-video-3'),
			data: null,
		});
		expect(simulator.books.purchases).toEqual([]);
	});

	it('sells what fits', async () => {
		const answer = await post({ model: 'wan2.2-t2v-plus', size: '1080*1920' });
		expect(answer.status).toBe(200);
		expect(simulator.books.purchases).toHaveLength(1);
	});

	it('lists most models that it describes, and lacks one as gateways do', () => {
		const ids = MODELS.filter(({ kind }) => kind === 'video').map(({ id }) => id);
		expect(ids.filter(describes).length).toBeGreaterThan(20);
		expect(ids).not.toContain('veo3.1-lite');
	});
});
