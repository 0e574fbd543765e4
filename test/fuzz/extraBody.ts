/** Properties of the Extra Body, which an expression may fill with any input. */
import fc from 'fast-check';

import { extraBodyIn } from '../../nodes/Sora/actions/extraBody';
import {
	characterRequest,
	definingFields,
	generationRequest,
} from '../../nodes/Sora/gateway/contract';
import { SoraFailure } from '../../nodes/Sora/gateway/failures';
import { jsonOf, linearWork, outcomeOf } from './work';

const isRefusal = (error: unknown) =>
	error instanceof SoraFailure &&
	error.category === 'invalid_input' &&
	error.headline.length < 400 &&
	error.headline.includes('Extra Body');

const NAMES = [
	...'model prompt images duration url from_task timestamps notify_hook webhook'.split(' '),
	...['__proto__', 'constructor', 'toJSON', 'api_key', 'Authorization', '', 'seed', 'a.b'],
];
const value = jsonOf(
	fc.oneof(
		fc.string({ unit: 'binary', maxLength: 20 }),
		fc.double(),
		fc.constantFrom(null, true, undefined),
	),
	fc.oneof(fc.constantFrom(...NAMES), fc.string({ maxLength: 6 })),
);

/** As deep as a text of some KB can make it; made when it is used, since it cannot be printed. */
interface Deep {
	open: string;
	close: string;
	levels: number;
	isText: boolean;
}

const deep: fc.Arbitrary<Deep> = fc
	.record({
		open: fc.constantFrom('[', '{"a":'),
		levels: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 30_000 })),
		isText: fc.boolean(),
	})
	.map((one) => ({ ...one, close: one.open === '[' ? ']' : '}' }));

function unfolded(given: unknown): unknown {
	if (typeof given !== 'object' || given === null || !('levels' in given)) return given;
	const { open, close, levels, isText } = given as Deep;
	const text = `{"seed":${open.repeat(levels)}1${close.repeat(levels)}}`;
	return isText ? text : (JSON.parse(text) as unknown);
}

const given = fc.oneof(
	{ weight: 4, arbitrary: value },
	{ weight: 3, arbitrary: value.map((one) => JSON.stringify(one) ?? '') },
	{ weight: 2, arbitrary: deep },
	{ weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);

const extraBodyFrom = (extra: unknown) =>
	extraBodyIn({ value: () => extra, label: () => 'Extra Body' } as never);
const generation = (extra: unknown) =>
	generationRequest({
		model: 'sora-2',
		prompt: 'a boat',
		extra: extraBodyFrom(extra),
	});
const character = (extra: unknown) =>
	characterRequest({
		url: 'https://a.example/c.mp4',
		range: { start: 1, end: 3 },
		extra: extraBodyFrom(extra),
	});

/** All that is made of a body before it is sent. */
function made(build: (extra: unknown) => Record<string, unknown>, extra: unknown) {
	const body = build(extra);
	return { body, sent: JSON.stringify(body), defining: JSON.stringify(definingFields(body)) };
}

const MAX_MORE = 1_000;

export const EXTRA_BODY_PROPERTIES = {
	'a body is made of any Extra Body, or a refusal that names it': fc.asyncProperty(
		fc.constantFrom(generation, character),
		given,
		async (build, folded) => {
			const extra = unfolded(folded);
			const result = await outcomeOf((one: unknown) => made(build, one), extra, isRefusal);
			if (!result) return;
			const { body, sent, defining } = result;
			if (Object.getPrototypeOf(body) !== Object.prototype) throw new Error('another prototype');
			if ('polluted' in {} || 'seed' in {}) throw new Error('every object was changed');
			const size = typeof extra === 'string' ? extra.length : JSON.stringify(extra ?? '').length;
			// Whatever stands in a text is written out at most as `\ufffd`.
			if (sent.length > 6 * size + MAX_MORE) throw new Error(`${sent.length} of ${size}`);
			if (defining.length > sent.length) throw new Error('more defines a video than is sent');
			if (/authorization|api_?key/i.test(Object.keys(body).join(' '))) throw new Error(sent);
		},
	),
	'twice the text is about twice the work': linearWork(
		{ generation: (text) => made(generation, text), character: (text) => made(character, text) },
		[...NAMES.filter(Boolean), '":', '{"a":', '{"webhook":"', ...'{}[]",1 \\'],
	),
} as const;
