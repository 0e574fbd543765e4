/** What a gateway complains of, in whatever shape: refusing a request, or telling why a task has failed. */
import { cutWords } from './cut';
import { find, firstOf, named, Part, textOf, viewOf, type Field, type Rank } from './view';

export interface Complaint {
	/** Machine-readable word, `model_not_found` say; empty where there is none. */
	code: string;
	/** The gateway's words, verbatim but for what is beyond a few KB; empty where there are none. */
	message: string;
}

const MESSAGE = named(
	/^message$/,
	/^(?:error|errors|msg)$/,
	/^details?$/,
	/^(?:err|error|status|raw) ?(?:message|msg|description|detail)$/,
	/^(?:reason|description)$/,
);
const CODE = named(/^code$/, /^(?:err|error|status) ?code$/);
const INSIDE = /^(?:errors?|base resp|detail|message|msg)$/;

const LONGEST_CODE = 200;
/** Of a code or a message. */
export const SUCCESS = /^\s*(?:|success|succeed|succeeded|ok|0|200)\s*$/i;

const textIn = (value: unknown, { text }: Pick<Field, 'text'> = {}) =>
	textOf(text ?? firstOf(value)) || undefined;

const objectIn = (value: unknown) => {
	const one = firstOf(value);
	return one instanceof Part && one.fields.length > 0 ? one : undefined;
};

const codeIn = (value: unknown) => (typeof value === 'number' ? String(value) : textIn(value));

/** An object called `error` before any text, texts before other objects. */
const SAYS_IT: Rank = (field, part) => {
	const { words, value, text } = field;
	if (words === 'error' && text === undefined && objectIn(value)) return -1;
	if (textIn(value, field)) return MESSAGE(field, part);
	return INSIDE.test(words) && objectIn(value) ? 10 : undefined;
};

/** What an object of an answer complains of; gateways relay each other's errors, so that may lie deep. */
function complaintIn(part: Part): Complaint | undefined {
	const own = cutWords(find([part], CODE, codeIn) ?? '', LONGEST_CODE, 0);
	const said = find([part], SAYS_IT, (_, field) => field);
	const inside = objectIn(said?.value);
	const inner = inside && complaintIn(inside);
	// An HTTP status relayed as the code says less than the word that the outer layer found for it.
	if (inner) return { ...inner, code: /\D/.test(inner.code) || !/\D/.test(own) ? inner.code : own };
	const message = (said && textIn(said.value, said)) ?? '';
	return SUCCESS.test(message) && SUCCESS.test(own)
		? undefined
		: { code: own, message: cutWords(message) };
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
	const error = find(
		[root],
		named(/^error$/),
		(value, field) => objectIn(value) ?? textIn(value, field),
	);
	return code !== undefined && SUCCESS.test(code) && error === undefined ? undefined : complaint;
}

/** What says no more than that it failed, or that the call went well. */
const SAYS_NOTHING =
	/^(?:|0|success|succeed|succeeded|ok|stop|done|completed?|finished|none|null|nil|undefined|n\/a|false|true|error|fail|failed|failure|\{\}|\[\])$/i;

const OF_FAILURE =
	/\b(?:fail\w*|errors?|err|reject\w*|block\w*|refus\w*|violation|filtered|moderation|exception|rai)\b/;
/** An object that is there for nothing but a failure. */
const REJECTION = /^(?:reject\w*|refus\w*|violations?|block\w*)$/;
const OF_REFUSAL = /\b(?:rai|moderation|violation|filtered|reject|block)/;
const SAYS_WHY =
	/\b(?:reasons?|messages?|msg|details?|info|desc|description|text|cause|words?|errors?|failure|exception)$/;
const MAY_SAY_WHY =
	/^(?:(?:task|status|video|finish|stop) )*(?:message|msg|reason|details?|description)$/;

/** Fields that speak of nothing but a failure; `fail_reason` is the documented one. */
const TELLING: Rank = ({ words, isEcho }, part) => {
	const isOfFailure = OF_FAILURE.test(words) || REJECTION.test(part.field?.words ?? '');
	if (isEcho || !isOfFailure || !SAYS_WHY.test(words)) return undefined;
	return words.startsWith('fail') ? 0 : 1;
};
/** Fields that speak of other things as well: read only of a task that has ended. */
const GENERAL: Rank = ({ words, isEcho }) => (!isEcho && MAY_SAY_WHY.test(words) ? 0 : undefined);
const FAILURE_CODE: Rank = ({ words }) => {
	if (OF_FAILURE.test(words) && /\b(?:codes?|type|key)$/.test(words)) return 0;
	return /^(?:status )?code$/.test(words) ? 1 : undefined;
};

const MOST_REASONS = 4;

function failureCodeIn(value: unknown): string | undefined {
	const code = typeof value === 'number' ? String(value) : textOf(value);
	const isEmpty = SUCCESS.test(code) || SAYS_NOTHING.test(code) || /^-?\d{1,2}$/.test(code);
	return isEmpty || code.length > LONGEST_CODE ? undefined : code;
}

/** What a field says: a text, an object with a message, or a list of them. */
function reasonIn(value: unknown, { text }: Pick<Field, 'text'> = {}): Complaint | undefined {
	if (Array.isArray(value)) {
		const said = value.slice(0, MOST_REASONS).flatMap((item) => reasonIn(item) ?? []);
		return said[0] && { code: said[0].code, message: said.map(({ message }) => message).join(' ') };
	}
	const complaint = value instanceof Part ? complaintIn(value) : undefined;
	if (complaint) return { ...complaint, code: failureCodeIn(complaint.code) ?? '' };
	const message = textOf(text ?? value);
	return SAYS_NOTHING.test(message) ? undefined : { code: '', message: cutWords(message) };
}

const withName = (value: unknown, field: Field) => {
	const said = reasonIn(value, field);
	// `raiMediaFilteredReasons` says more by its name than by its words.
	return said && { ...said, code: said.code || (OF_REFUSAL.test(field.words) ? field.name : '') };
};

/** Whether the task itself says that something failed, in a field that is there for nothing else. */
export const hasReason = (task: Part): boolean => find(task.all, TELLING, reasonIn) !== undefined;

/**
 * Why a task that has ended has failed: the gateway's prose with its code in front where that says more, and the code;
 * empty where nothing is said.
 */
export function reasonOf(task: Part): { reason: string; code: string } {
	const places = [...task.all, ...task.around];
	const telling = find(places, TELLING, withName);
	const general = telling?.message ? undefined : find(places, GENERAL, reasonIn);
	const words = telling?.message || (general?.message ?? '');
	const code = telling?.code || general?.code || (find(places, FAILURE_CODE, failureCodeIn) ?? '');
	const saysMore = code !== '' && !words.toLowerCase().includes(code.toLowerCase());
	return { reason: cutWords(saysMore ? [code, words].filter(Boolean).join(': ') : words), code };
}
