import type { IDataObject } from 'n8n-workflow';

import { CREATE, GENERATE, itemsWith, useGateway } from './gateway';

const gateway = useGateway();

const board = (shots: IDataObject[], more: IDataObject = {}) => ({
	...GENERATE,
	promptType: 'storyboard',
	shots: { shot: shots },
	waiting: 'none',
	...more,
});
const three = [
	{ durationSeconds: 3.3, scene: 'A cup on a table' },
	{ durationSeconds: 3.3, scene: '=Steam rises，{{ $json.mention }}，smiles' },
	{ durationSeconds: 3.4, scene: 'The logo' },
];
const model = (value: string) => ({ model: { __rl: true, mode: 'list', value } });

describe('a storyboard on the engine', () => {
	it('becomes the prompt, and its sum the duration', async () => {
		await gateway.run({ ...CREATE, url: 'https://example.com/cat.mp4' });
		const mention = `@${gateway.simulator.books.characters[0]?.username}`;
		const { error, json } = await gateway.run(board(three), {
			items: itemsWith('mention', [mention]),
		});
		expect(error).toBeUndefined();
		const prompt =
			'Shot 1:\nduration: 3.3sec\nScene: A cup on a table\n\n' +
			`Shot 2:\nduration: 3.3sec\nScene: Steam rises， ${mention} ，smiles\n\n` +
			'Shot 3:\nduration: 3.4sec\nScene: The logo';
		expect(gateway.simulator.books.purchases[0]?.body).toEqual({
			model: 'sora-2',
			prompt,
			aspect_ratio: '16:9',
			duration: '10',
		});
		expect(json('Done')[0]?.prompt).toBe(prompt);
	});

	it('may be in HD, and last 25 seconds without', async () => {
		const shot = (durationSeconds: number) => [{ durationSeconds, scene: 'A boat' }];
		await gateway.run(board(shot(15), { ...model('sora-2-pro'), hd: true }));
		await gateway.run(board(shot(25), model('sora-2-pro')));
		expect(gateway.simulator.books.purchases.map(({ seconds, hd }) => [seconds, hd])).toEqual([
			[15, true],
			[25, false],
		]);
	});

	it('is as long as it likes with a model whose rules are not known', async () => {
		await gateway.run(board(three.slice(0, 1), model('veo3.1-fast')));
		expect(gateway.simulator.books.purchases[0]?.body).not.toHaveProperty('duration');
	});

	it.each([
		['no shots', [], /"Shots" is empty/],
		['a wrong sum', three.slice(1), /add up to 6.7 seconds.*Sora 2 has 10 or 15 seconds/],
		['no scene', [{ durationSeconds: 10, scene: ' ' }], /"Scene, shot 1" is empty/],
		['no length', [{ durationSeconds: '', scene: 'A boat' }], /"Duration \(Seconds\), shot 1" is/],
		['a length of 0', [{ durationSeconds: 0, scene: 'A boat' }], /greater than 0/],
	])('is refused with %s, before anything is sent', async (_, shots, words) => {
		const { error } = await gateway.run(board(shots));
		expect(error?.message).toMatch(words);
		expect(gateway.simulator.requests).toEqual([]);
	});

	it('leaves the fields of the other prompt type alone', async () => {
		await gateway.run(board(three, { prompt: 'Not this', duration: '15' }));
		await gateway.run({ ...board([]), promptType: 'text', prompt: 'A boat' });
		expect(gateway.simulator.books.purchases.map(({ body }) => body.duration)).toEqual([
			'10',
			'10',
		]);
		expect(gateway.simulator.books.purchases[1]?.prompt).toBe('A boat');
	});
});
