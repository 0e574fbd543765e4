/** What a gateway says when it refuses, in whatever shape, however deeply one gateway wraps another's words. */
import { cutWords } from './cut';
import { relayedJson } from './json';
import { find, firstOf, named, Part, textOf, viewOf, type Field } from './view';

/** A refusal, unwrapped from its shapes. */
export interface Complaint {
	/** Machine-readable word, `model_not_found` say; empty where there is none. */
	code: string;
	/** The gateway's words, verbatim but for what is beyond a few KB; empty where there are none. */
	message: string;
}

const ERROR = named(/^error$/);
const MESSAGE = named(
	/^message$/,
	/^(?:error|errors|msg)$/,
	/^details?$/,
	/^(?:err|error|status|raw) ?(?:message|msg|description|detail)$/,
	/^(?:reason|description)$/,
);
const CODE = named(/^code$/, /^(?:err|error|status) ?code$/);
/** Objects with the words of a complaint; `error` comes before any text. */
const INSIDE = named(/^(?:errors?|base resp|detail|message|msg)$/);

const LONGEST_CODE = 200;
const SUCCESS = /^(?:|success|succeed|succeeded|ok|0|200)$/i;
export const isSuccessCode = (code: string) => SUCCESS.test(code.trim());

/** Deepest nesting seen in logs is three: gateways relay each other's errors as JSON in a string. */
const NESTING = 6;

const wordsIn = (value: unknown, { text }: Pick<Field, 'text'> = {}) =>
	textOf(text ?? firstOf(value)) || undefined;

const objectIn = (value: unknown) => {
	const one = firstOf(value);
	return one instanceof Part && one.fields.length > 0 ? one : undefined;
};

const codeIn = (value: unknown) => (typeof value === 'number' ? String(value) : wordsIn(value));

/** What an object of an answer complains of. */
function complaintIn(part: Part, depth = 0): Complaint | undefined {
	if (depth > NESTING) return undefined;
	const own = cutWords(find([part], CODE, codeIn) ?? '', LONGEST_CODE, 0);
	const error = find([part], ERROR, objectIn);
	const words = error ? '' : (find([part], MESSAGE, wordsIn) ?? '');
	const inside = error ?? (words ? viewOf(relayedJson(words)) : find([part], INSIDE, objectIn));
	const inner = inside && complaintIn(inside, depth + 1);
	// An HTTP status relayed as the code says less than the word that the outer layer found for it.
	if (inner) return { ...inner, code: /\D/.test(inner.code) || !/\D/.test(own) ? inner.code : own };
	return isSuccessCode(words) && isSuccessCode(own)
		? undefined
		: { code: own, message: cutWords(words) };
}

/** What a value complains of: an object with words, or a text, which may relay another's. */
export function complaintOf(value: unknown): Complaint | undefined {
	if (value instanceof Part) return complaintIn(value);
	const message = textOf(value);
	const relayed = viewOf(relayedJson(message));
	const inner = relayed && complaintIn(relayed, 1);
	return inner ?? (message ? { code: '', message: cutWords(message) } : undefined);
}

/**
 * Reads an error, however deeply one shape wraps the other.
 * @returns `undefined` where the answer is no complaint
 */
export function readComplaint(answer: unknown): Complaint | undefined {
	const root = viewOf(answer);
	const complaint = root && complaintIn(root);
	if (!complaint) return undefined;
	const code = find([root], CODE, codeIn);
	const saysError =
		find([root], ERROR, (value, field) => objectIn(value) ?? wordsIn(value, field)) !== undefined;
	return code !== undefined && isSuccessCode(code) && !saysError ? undefined : complaint;
}
