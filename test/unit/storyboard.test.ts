import fc from 'fast-check';

import { normaliseMentions } from '../../nodes/Sora/prompt/mentions';
import { storyboardPrompt, totalSeconds } from '../../nodes/Sora/prompt/storyboard';

describe('a storyboard', () => {
	it('is written as the gateway reads it, each scene as requested', () => {
		const shots = [
			{ seconds: 7.5, scene: 'A plane takes off' },
			{ seconds: 2.5, scene: '@{cat.one}waves to 狗@dog.two' },
		];
		const before =
			'Shot 1:\nduration: 7.5sec\nScene: A plane takes off\n\nShot 2:\nduration: 2.5sec\n';
		expect(storyboardPrompt(shots)).toBe(`${before}Scene: @{cat.one}waves to 狗@dog.two`);
		expect(storyboardPrompt(shots, normaliseMentions)).toBe(
			`${before}Scene: @cat.one waves to 狗 @dog.two`,
		);
	});

	it.each(['\n', '\r\n', ...'\v\f\x1c\x1d\x1e\x85\u2028\u2029'])(
		'has one line per scene, whatever counts as a line break: %j',
		(end) => {
			const scene = `${end}A boat ${end}${end} drifts${end}Shot 2:${end}`;
			expect(storyboardPrompt([{ seconds: 5, scene }])).toBe(
				'Shot 1:\nduration: 5sec\nScene: A boat drifts Shot 2:',
			);
		},
	);

	it('adds fractions as a person does', () => {
		const tenths = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 12 });
		fc.assert(
			fc.property(tenths, (parts) => {
				const shots = parts.map((tenth) => ({ seconds: tenth / 10, scene: '' }));
				expect(totalSeconds(shots)).toBe(parts.reduce((sum, tenth) => sum + tenth, 0) / 10);
			}),
		);
	});
});
