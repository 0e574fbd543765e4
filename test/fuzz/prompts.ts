/** Properties of prompts, which may be anything typed into a form. */
import fc from 'fast-check';

import { normaliseMentions } from '../../nodes/Sora/prompt/mentions';
import { storyboardPrompt } from '../../nodes/Sora/prompt/storyboard';
import { linearWork, outcomeOf } from './work';

/** Everything that some reader takes for a line break. */
const LINE_ENDS = [...'\n\r\v\f\x85\u2028\u2029\x1c\x1d\x1e', '\r\n'];
const FRAGMENTS: readonly string[] = [
	...'@{}.-_a狗😀 \t\u00a0/:',
	...['@{', '@cat.one', '@{cat.one}', 'cat.one', 'A9', '@@', '@{ @cat.one }', '@{}', '@{@{a}} '],
	...['a@b.example', 'https://a.example/@cat.one'],
	...['Shot 2:', 'duration: 9sec', 'Scene: b', 'Shot 2:\nduration: 9sec\nScene: b', '\ud800'],
	...LINE_ENDS,
];
const prompt = fc
	.array(
		fc.oneof(
			{ weight: 4, arbitrary: fc.constantFrom(...FRAGMENTS) },
			fc.string({ unit: 'binary', maxLength: 5 }),
		),
		{
			maxLength: 40,
		},
	)
	.map((pieces) => pieces.join(''));

const bare = (text: string) => text.replace(/[\s{}@]/g, '');

export const PROMPT_PROPERTIES = {
	'a prompt keeps its words, and grows by no more than blanks around names': fc.asyncProperty(
		prompt,
		async (given) => {
			const sent = await outcomeOf(normaliseMentions, given);
			if (sent === undefined || bare(sent) !== bare(given)) throw new Error(sent);
			if (sent.length > 2 * given.length + 2) throw new Error(`${sent.length} of ${given.length}`);
			// Braces are parsed three levels deep.
			const isDeep = /(?:@\{\s*){4}/.test(given);
			if (!isDeep && normaliseMentions(sent) !== sent) throw new Error(normaliseMentions(sent));
		},
	),
	'no scene adds a line to its storyboard': fc.asyncProperty(
		fc.array(prompt, { minLength: 1, maxLength: 6 }),
		async (scenes) => {
			const shots = scenes.map((scene) => ({ seconds: 2, scene }));
			const sent = await outcomeOf(storyboardPrompt, shots);
			const lines = sent?.split(new RegExp(LINE_ENDS.join('|'))).length ?? 0;
			if (lines !== scenes.length * 4 - 1) throw new Error(`${lines} lines`);
		},
	),
	'twice the text is about twice the work': linearWork(
		{
			normaliseMentions,
			storyboardPrompt: (scene) => storyboardPrompt([{ seconds: 2, scene }]),
		},
		FRAGMENTS,
	),
} as const;
