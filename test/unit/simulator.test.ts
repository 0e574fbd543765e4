import { readDirective, readScenario, ScenarioError } from '../simulator/scenario';
import { FAULT_NAMES, FAULTS, startSimulator } from '../simulator/simulator';
import type { Simulator } from '../simulator/simulator';
import { checkGenerate } from '../simulator/validate';
import { until } from '../until';
import { VirtualTime } from '../virtualTime';

describe('the scenario', () => {
	it('names unknown fields and what it would accept', () => {
		const message = (scenario: object) => (readScenario(scenario) as ScenarioError).message;
		expect(message({ speed: 3 })).toMatch(/unknown name speed \(known: renderSeconds,/);
		expect(message({ outcome: 'sad' })).toMatch(/^outcome: must be one of success, moderation/);
		expect(message({ pollFault: 'html999' })).toContain('html502');
		expect(readScenario({ renderSeconds: -1 })).toBeInstanceOf(ScenarioError);
		expect(readScenario({ pollFault: 'html502:0' })).toBeInstanceOf(ScenarioError);
		expect(readDirective('[[slow]]')).toBeInstanceOf(ScenarioError);
	});
});

const PICTURE = 'https://example.com/a.png';
const pictures = (count: number) => Array.from({ length: count }, () => PICTURE);

// The rows of the models are held to the same pages in modelsRows.test.ts.
it.each<[unknown, object, string]>([
	[undefined, {}, 'model is required'],
	['sora-2', { prompt: ' ' }, 'prompt is required'],
	['sora-2', { duration: 10 }, 'VideoRequest.duration of type string'],
	['sora-2', { hd: true }, 'is not supported'],
	['sora-2', { images: [PICTURE, 'data:video/mp4;base64,AAAA'] }, 'images[1]: is neither'],
	['sora-2', { character_timestamps: '1,4.5' }, 'end - start must be 1 to 3 seconds'],
	['veo3.1', { duration: 8 }, 'duration is not a parameter of veo3.1'],
	['veo3.1', { images: pictures(3) }, 'at most 2 images'],
	['grok-video-3', { duration: 20, resolution: '1080P' }, 'resolution must be 720P'],
])('the check of an order refuses %s with %j', (model, more, reason) => {
	expect(checkGenerate({ model, prompt: 'A boat', ...more })).toContain(reason);
});

describe('a fault on the paid POST', () => {
	const time = new VirtualTime();
	let simulator: Simulator;

	beforeAll(async () => {
		simulator = await startSimulator({ clock: time, seed: 7 });
	});
	afterEach(() => simulator.reset());
	afterAll(async () => {
		await simulator.close();
		time.close();
	});

	const generate = async (signal?: AbortSignal) =>
		await fetch(`${simulator.url}/v2/videos/generations`, {
			method: 'POST',
			headers: {
				authorization: `Bearer ${simulator.apiKey}`,
				'content-type': 'application/json',
			},
			body: JSON.stringify({ model: 'sora-2', prompt: 'A duck' }),
			redirect: 'manual',
			...(signal && { signal }),
		});

	/** The client gives up when the stand-in has dealt with its request, which is at no certain time. */
	async function generateAndLeave(): Promise<Response> {
		const leave = new AbortController();
		const request = generate(leave.signal);
		request.catch(() => undefined);
		await until(() => simulator.requests[0]?.body !== undefined);
		leave.abort();
		return await request;
	}

	it.each(FAULT_NAMES)(
		'%s sells what it says, and ends when its count is used up',
		async (fault) => {
			simulator.set({ submitFault: `${fault}:1` });
			const request = /^hang|^trickle/.test(fault) ? generateAndLeave() : generate();
			const answer = await request.catch(() => undefined);
			await answer?.text().catch(() => undefined);
			const sold = FAULTS[fault].takesEffect ? 1 : 0;
			expect(simulator.books.purchases).toHaveLength(sold);
			// Where a line for people names the status, it is the one that comes.
			const [, status] = /^(\d{3}) /.exec(FAULTS[fault].says) ?? [];
			if (status) expect(answer?.status).toBe(Number(status));
			expect((await generate()).status).toBe(200);
			expect(simulator.books.purchases).toHaveLength(sold + 1);
		},
	);
});
