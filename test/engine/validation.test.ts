import type { IDataObject } from 'n8n-workflow';

import { CREATE, GENERATE, GET, itemsWith, useGateway } from './gateway';

const gateway = useGateway();

/** By an expression, which bypasses the panel. */
const byExpression = (value: unknown) => `={{ ${JSON.stringify(value)} }}`;

const generate = (parameters: IDataObject) => ({ ...GENERATE, prompt: 'A boat', ...parameters });
const clip = (parameters: IDataObject) => ({
	...CREATE,
	url: 'https://example.com/cat.mp4',
	...parameters,
});
const pro = { __rl: true, mode: 'id', value: 'sora-2-pro' };

const REFUSED: Array<[string, IDataObject, RegExp]> = [
	['no prompt', generate({ prompt: '   ' }), /"Prompt" is empty/],
	[
		'a prompt that is no text',
		generate({ prompt: byExpression({ a: 1 }) }),
		/"Prompt" must be text/,
	],
	[
		'no model',
		generate({ model: { __rl: true, mode: 'id', value: '={{ "" }}' } }),
		/"Model" is empty/,
	],
	[
		'25 seconds for sora-2',
		generate({ duration: byExpression('25') }),
		/"Duration" must be 10 or 15/,
	],
	[
		'HD for sora-2, by an expression for the model',
		generate({ model: { __rl: true, mode: 'id', value: '={{ "sora-2" }}' }, hd: true }),
		/"HD" is not offered by Sora 2/,
	],
	[
		'HD at 25 seconds',
		generate({ model: pro, duration: byExpression('25'), hd: true }),
		/"HD" has no effect at 25 seconds/,
	],
	[
		'an aspect ratio nobody offers',
		generate({ aspectRatio: byExpression('4:3') }),
		/"Aspect Ratio"/,
	],
	[
		'an image that is no address',
		generate({ options: { imageUrls: ['cat.png'] } }),
		/"Image URLs"/,
	],
	[
		'an extra body that is no JSON',
		generate({ options: { extraBody: '{ seed: ' } }),
		/"Extra Body"/,
	],
	['an extra body that is a list', generate({ options: { extraBody: '[1]' } }), /"Extra Body"/],
	[
		'an extra body that carries a key',
		generate({ options: { extraBody: byExpression({ Authorization: 'Bearer x' }) } }),
		/"Extra Body" must not hold "Authorization"/,
	],
	[
		'an extra body that takes the prompt away',
		generate({ options: { extraBody: '{ "prompt": "" }' } }),
		/"Extra Body".*"prompt"/,
	],
	[
		'a character clip of 4 seconds',
		generate({
			options: {
				characterUrl: 'https://example.com/cat.mp4',
				characterStartSecond: 1,
				characterEndSecond: 5,
			},
		}),
		/"Character Clip To Second" must be 1 to 3 seconds after/,
	],
	['seconds without a clip', generate({ options: { characterEndSecond: 2 } }), /"Character Clip"/],
	['a hook that is no address', generate({ options: { notifyHook: 'later' } }), /"Notify Hook"/],
	['no time to wait', generate({ options: { maxWaitMinutes: 0 } }), /"Max Wait \(Minutes\)"/],
	[
		'an interval that is no number',
		generate({ options: { pollInterval: byExpression('x') } }),
		/"Poll/,
	],
	['no task ID', { ...GET, taskId: byExpression('') }, /"Task ID" is empty/],
	['no video URL', clip({ url: '' }), /"Video URL" is empty/],
	['a video URL that is no address', clip({ url: 'cat.mp4' }), /"Video URL" must be an http/],
	[
		'a range of half a second',
		clip({ startSecond: 1, endSecond: 1.5 }),
		/"End Second".*but is 0.5/,
	],
	['a range of 4 seconds', clip({ startSecond: 1, endSecond: 5 }), /"End Second".*but is 4/],
	['a range that ends before it starts', clip({ startSecond: 3, endSecond: 1 }), /but is -2/],
	[
		'a negative second',
		clip({ startSecond: byExpression(-1), endSecond: 1 }),
		/"Start Second".*negative/,
	],
	[
		'a second that is no number',
		clip({ startSecond: byExpression('soon') }),
		/"Start Second" must be a number/,
	],
	[
		'both character sources, by an expression',
		clip({ source: '={{ "url" }}', fromTask: 'video_1' }),
		/"Video URL" is the source, but "Task ID" is filled too/,
	],
	[
		'neither character source, by an expression',
		{ ...CREATE, source: '={{ "task" }}', url: '', fromTask: '' },
		/"Task ID" is empty/,
	],
	[
		'a source nobody offers',
		{ ...CREATE, source: '={{ "tape" }}', url: 'https://example.com/cat.mp4' },
		/"Source" must be one of/,
	],
	[
		'both character sources, through the extra body',
		clip({ options: { extraBody: '{ "from_task": "video_1" }' } }),
		/exactly one/,
	],
];

describe('bad input is refused before any request', () => {
	it.each(REFUSED)(
		'refuses %s, naming the parameter and the item',
		async (_, parameters, words) => {
			const { error } = await gateway.run(parameters, { items: itemsWith('any', [1, 2]) });
			expect(error?.message).toMatch(words);
			expect(error?.message).toContain('[item 1]');
			expect(error?.description).toBeTruthy();
			expect(gateway.simulator.requests).toEqual([]);
		},
	);

	it('buys nothing for the good items while one of them is bad', async () => {
		const { error } = await gateway.run(
			{ ...GENERATE, prompt: '={{ $json.idea }}' },
			{ items: itemsWith('idea', ['one', 'two', '']) },
		);
		expect(error?.message).toMatch(/"Prompt" is empty \[item 3\]/);
		expect(gateway.simulator.requests).toEqual([]);
	});

	it('serves the good items under Continue On Fail', async () => {
		const { json, error } = await gateway.run(
			{ ...GENERATE, prompt: '={{ $json.idea }}', downloadVideo: false },
			{
				items: itemsWith('idea', ['one', '', 'three']),
				node: { onError: 'continueRegularOutput' },
			},
		);
		expect(error).toBeUndefined();
		expect(json('Done').map(({ prompt, category }) => prompt ?? category)).toEqual([
			'one',
			'invalid_input',
			'three',
		]);
		expect(gateway.simulator.books.purchases).toHaveLength(2);
	});

	it.each([
		['', /is empty/],
		['gateway example.com', /no http or https address/],
		['ftp://gateway.example.com', /no http or https address/],
		['https://user:word@gateway.example.com', /user name or password/],
		['https://gateway.example.com/?a=1', /"\?" or "#"/],
	])('refuses the base URL %j', async (baseUrl, words) => {
		const { error } = await gateway.run(generate({}), {
			credential: { apiKey: gateway.simulator.apiKey, baseUrl },
		});
		expect(error?.message).toMatch(words);
		expect(error?.message).toMatch(/base URL/);
		expect(gateway.simulator.requests).toEqual([]);
	});

	it.each(['/', '///', '  ', '/v1', '/v2/', '//V1//'])(
		'takes a base URL with %j at its end',
		async (ending) => {
			const { error } = await gateway.run(generate({ waiting: 'none' }), {
				credential: { apiKey: gateway.simulator.apiKey, baseUrl: gateway.simulator.url + ending },
			});
			expect(error).toBeUndefined();
			expect(gateway.simulator.books.purchases).toHaveLength(1);
		},
	);
});
