import type { IDataObject } from 'n8n-workflow';

import { CREATE, GENERATE, GET, itemsWith, useGateway } from './gateway';
import { time } from './time';

const gateway = useGateway({ renderSeconds: 20 });
const bought = () => gateway.simulator.books.purchases;
let presses = 0;

/** Somebody presses the button in the editor: each press is an execution of its own. */
const press = async (parameters: IDataObject, more: Parameters<typeof gateway.run>[1] = {}) =>
	await gateway.run(parameters, { mode: 'manual', executionId: `press-${++presses}`, ...more });
const video = (prompt: string, more: IDataObject = {}) => ({ ...GENERATE, prompt, ...more });
const hintsOf = ({ run }: Awaited<ReturnType<typeof press>>) =>
	(run.data.resultData.runData.Sora?.at(-1)?.hints ?? []).map(({ message }) => message).join(' ');

describe('the same press again', () => {
	it('reuses the video that the node bought, and says so', async () => {
		const first = await press(video('A boat'));
		const second = await press(video('A boat'));
		const third = await press(video('A boat'));
		expect(bought()).toHaveLength(1);
		expect(first.json('Sora')[0]).not.toHaveProperty('reused');
		for (const again of [second, third]) {
			expect(again.json('Sora')[0]).toMatchObject({ task_id: bought()[0]?.taskId, reused: true });
			expect(again.items('Sora')[0]?.binary?.data?.mimeType).toBe('video/mp4');
			expect(hintsOf(again)).toMatch(/Nothing was bought.*less than a minute ago/);
			expect(hintsOf(again)).toContain(bought()[0]?.taskId);
			expect(hintsOf(again)).toContain('set "When Testing in the Editor" to "Always Buy"');
		}
		expect(hintsOf(first)).toBe(`1 video bought: task ${bought()[0]?.taskId}.`);
	});

	it('buys where the request is another one', async () => {
		await press(video('A bird'));
		await press(video('Another bird'));
		expect(bought()).toHaveLength(2);
	});

	it('keeps equal items apart, and gives each of them its own video again', async () => {
		const ideas = { items: itemsWith('idea', ['A fish', 'A fish', 'A fish']) };
		const first = await press(video('={{ $json.idea }}'), ideas);
		const second = await press(video('={{ $json.idea }}'), ideas);
		expect(bought()).toHaveLength(3);
		const ids = (result: typeof first) => result.json('Sora').map(({ task_id }) => task_id);
		expect(new Set(ids(first)).size).toBe(3);
		expect(ids(second).sort()).toEqual(ids(first).sort());
	});

	it('takes a running task up after Stop', async () => {
		gateway.simulator.set({ renderSeconds: 400 });
		await press(video('A tortoise'), {
			onStart: (stop) => void time.when(() => bought().length > 0).then(stop),
		});
		const again = await press(video('A tortoise'));
		expect(again.json('Sora')[0]).toMatchObject({
			task_id: bought()[0]?.taskId,
			status: 'SUCCESS',
		});
		expect(bought()).toHaveLength(1);
	});

	it('fetches the file that could not be downloaded, and buys nothing', async () => {
		gateway.simulator.set({ downloadFault: 'notFound404' });
		const failed = await press(video('A snail'));
		expect(failed.error).toBeDefined();
		gateway.simulator.set({ downloadFault: undefined });
		const again = await press(video('A snail'));
		expect(again.items('Sora')[0]?.binary?.data).toBeDefined();
		expect(bought()).toHaveLength(1);
	});

	it('buys nothing where nobody knows whether the press before it did, until it is told to', async () => {
		gateway.simulator.set({ submitFault: 'resetAfter:1' });
		await press(video('A ghost'));
		const again = await press(video('A ghost'));
		expect(again.error?.message).toMatch(/^Submission uncertain.*earlier test/);
		expect(again.error?.description).toContain('Always Buy');
		expect(bought()).toHaveLength(1);
		await press(video('A ghost', { whenTesting: 'buy' }));
		expect(bought()).toHaveLength(2);
	});

	it('sends whoever may have a character to look for it, and names the way to another one', async () => {
		const parameters = { ...CREATE, source: 'url', url: 'https://clips.example/ghost.mp4' };
		gateway.simulator.set({ characterFault: 'resetAfter:1' });
		await press(parameters);
		const again = await press(parameters);
		expect(again.error?.description).toMatch(/^The character may exist.*to "Always Buy"/);
		expect(again.error?.description).not.toContain('task');
	});

	it('buys a new video where the one before failed at the gateway for a reason that may pass', async () => {
		gateway.simulator.set({ outcome: 'renderError' });
		await press(video('A flop'));
		gateway.simulator.set({ outcome: 'success' });
		const again = await press(video('A flop'));
		expect(again.json('Sora')[0]).toMatchObject({ task_id: bought()[1]?.taskId });
	});

	it('reuses a character too', async () => {
		const parameters = { ...CREATE, source: 'url', url: 'https://clips.example/cat.mp4' };
		const first = await press(parameters);
		const second = await press(parameters);
		expect(second.json('Sora')[0]).toEqual({ ...first.json('Sora')[0], reused: true });
		expect(gateway.simulator.requests.filter(({ route }) => route === 'character')).toHaveLength(1);
	});
});

describe('Always Buy', () => {
	it('buys at every press', async () => {
		await press(video('A crab', { whenTesting: 'buy' }));
		await press(video('A crab', { whenTesting: 'buy' }));
		expect(bought()).toHaveLength(2);
	});
});

describe('the free sample', () => {
	it('has the shape of a real item, with a file that holds picture and sound, and buys nothing', async () => {
		const real = await press(video('A whale'));
		const sample = await press(video('A whale', { whenTesting: 'sample' }));
		expect(bought()).toHaveLength(1);
		const [item] = sample.items('Sora');
		expect(item?.json).toMatchObject({ sample: true, status: 'SUCCESS', prompt: 'A whale' });
		expect(Object.keys(item?.json ?? {})).toEqual(
			expect.arrayContaining(Object.keys(real.json('Sora')[0] ?? {})),
		);
		expect(item?.binary?.data).toMatchObject({ mimeType: 'video/mp4', fileExtension: 'mp4' });
		const clip = Buffer.from(item?.binary?.data?.data ?? '', 'base64').toString('latin1');
		expect(clip).toContain('vide');
		expect(clip).toContain('soun');
		expect(hintsOf(sample)).toMatch(/Nothing was bought.*sample/);
	});

	it('is as tall as what was asked for', async () => {
		const { json } = await press(video('A tower', { whenTesting: 'sample', aspectRatio: '9:16' }));
		expect(json('Sora')[0]).toMatchObject({ width: 180, height: 320, duration_seconds: 2 });
	});

	it('can be fetched by its task ID while testing, and by nobody else', async () => {
		const parameters = { waiting: 'none', whenTesting: 'sample' };
		const { json } = await press(video('A ship', parameters));
		const taskId = String(json('Sora')[0]?.task_id);
		expect(json('Sora')[0]).toMatchObject({ status: 'SUBMITTED', sample: true });
		const got = await press({ ...GET, taskId, downloadVideo: true });
		expect(got.items('Sora')[0]?.binary?.data).toBeDefined();
		const production = await gateway.run({ ...GET, taskId });
		expect(production.error?.message).toContain('sample');
		expect(gateway.simulator.requests).toHaveLength(0);
	});

	it('gives an invented character, of which no real one can be made', async () => {
		const parameters = { ...CREATE, source: 'task', fromTask: 'sample' };
		const { json } = await press({ ...parameters, whenTesting: 'sample' });
		expect(json('Sora')[0]).toMatchObject({ mention: '@sample.character', sample: true });
		const real = await press(parameters);
		expect(real.error?.message).toContain('no character can come from a sample');
		expect(gateway.simulator.requests).toHaveLength(0);
	});
});

it.each(['reuse', 'sample', 'buy'])(
	'production buys, whatever is chosen (%s)',
	async (whenTesting) => {
		for (const executionId of [`${whenTesting}-1`, `${whenTesting}-2`]) {
			const { json } = await gateway.run(video('A daily boat', { whenTesting }), { executionId });
			expect(json('Sora')[0]).not.toHaveProperty('reused');
			expect(json('Sora')[0]).not.toHaveProperty('sample');
		}
		expect(bought()).toHaveLength(2);
	},
);
