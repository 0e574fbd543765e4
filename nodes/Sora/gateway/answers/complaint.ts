/** A gateway's complaint in any shape: the refusal of a request, or why a task has failed. */
import { cutWords } from './cut';
import {
	find,
	firstOf,
	named,
	Part,
	textOf,
	viewOf,
	writtenOf,
	type Field,
	type Rank,
} from './view';

export interface Complaint {
	/** The error code, such as `model_not_found`; empty if there is none. */
	code: string;
	/** The gateway's words, verbatim but cut to a few KB; empty if there are none. */
	message: string;
}

const MESSAGE = named(
	/^message$/,
	/^(?:error|errors|msg)$/,
	/^details?$/,
	/^(?:err|error|status|raw|ret) ?(?:message|msg|description|detail)$/,
	/^(?:reason|description)$/,
);
const CODE = named(/^code$/, /^(?:err|error|status|ret) ?code$/);
const INSIDE = /^(?:errors?|base resp|detail|message|msg)$/;

const LONGEST_CODE = 200;
/** Matches a code or a message. */
export const SUCCESS = /^\s*(?:|success|succeed|succeeded|ok|0|200)\s*$/i;

const codeIn = (value: unknown) => writtenOf(value) || undefined;

/** An object called `error` first, then texts, then other objects. */
const SAYS_IT: Rank = (field) => {
	const { words, text } = field;
	const isObject = text === undefined && firstOf(field.value) instanceof Part;
	if (!isObject) return MESSAGE(field);
	return INSIDE.test(words) ? (words === 'error' ? -1 : 10) : undefined;
};

const MAX_COMPLAINTS = 4;

/** The complaint in a field: a text, an object with one, or a list; relayed errors may be deeply nested. */
function complaintIn(value: unknown, { text }: { text?: string } = {}): Complaint | undefined {
	if (Array.isArray(value)) {
		const all = value.slice(0, MAX_COMPLAINTS).flatMap((item) => complaintIn(item) ?? []);
		const message = cutWords(all.map((each) => each.message).join(' '));
		if (all[0]) return { code: all[0].code, message };
	}
	if (value instanceof Part) {
		const own = cutWords(find([value], CODE, codeIn) ?? '', LONGEST_CODE, 0);
		const { code = '', message = '' } = find([value], SAYS_IT, complaintIn) ?? {};
		// An HTTP status relayed as the code says less than the outer layer's word for it.
		const best = [code, own].find((word) => /\D/.test(word)) ?? (code || own);
		if (message || !SUCCESS.test(best)) return { code: best, message };
	}
	const message = textOf(text ?? value);
	return SUCCESS.test(message) ? undefined : { code: '', message: cutWords(message) };
}

const isGiven = (value: unknown): boolean =>
	value instanceof Part
		? value.fields.some((field) => isGiven(field.value))
		: !/^(?:|0|ok|success|succeeded|none|null)$/i.test(writtenOf(value));

/** Whether an answer is an error rather than a task that may contain one. */
export const isError = ({ fields }: Part): boolean =>
	fields.some(
		({ words, value }) =>
			(words === 'error' || (words === 'errors' && Array.isArray(value))) &&
			isGiven(firstOf(value)),
	);

/** A status in place of an error: the gateway does not know the task, or not yet. */
const NO_TASK =
	/^(?:(?:task|job|video)[ _]?)?(?:does[ _])?not[ _]?(?:found|exists?)$|^任务不存在$/i;
export const saysNoTask = (status: unknown): boolean => NO_TASK.test(textOf(status));

/** Reads an error, however deeply it is wrapped. @returns `undefined` if the answer is not a complaint */
export function readComplaint(answer: unknown): Complaint | undefined {
	const root = viewOf(answer);
	// What has a state is a task that has failed.
	const refused = root?.all.find(
		(part) => part.isOpen && isError(part) && !part.fields.some(({ words }) => words === 'status'),
	);
	const complaint = root && (complaintIn(root) ?? complaintIn(refused));
	const word =
		root && (find([root], CODE, codeIn) ?? find([root], named(/^(?:message|msg)$/), codeIn));
	const hasNoTask = root?.all.some((part) => part.isOpen && saysNoTask(part.original.status));
	if (hasNoTask && !complaint?.message) return { code: 'task_not_found', message: '' };
	const hasSucceeded = root && SUCCESS.test(word ?? '-') && !isError(root);
	return hasSucceeded ? undefined : complaint;
}

/** Says only that it failed, or that the call succeeded. */
const SAYS_NOTHING =
	/^(?:|0|success|succeed|succeeded|ok|stop|done|completed?|finished|none|null|nil|undefined|n\/a|false|true|error|fail|failed|failure|\{\}|\[\])$/i;

const OF_FAILURE =
	/\b(?:fail\w*|errors?|err|reject\w*|block\w*|refus\w*|violation|filtered|moderation|exception|rai)\b/;
/** An object that exists only to report a failure. */
const REJECTION = /^(?:reject\w*|refus\w*|violations?|block\w*|content filter)$/;
const OF_REFUSAL = /\b(?:rai|moderation|violation|filtered|reject|block)/;
const SAYS_WHY =
	/\b(?:reasons?|messages?|msg|details?|info|desc|description|text|cause|words?|errors?|failure|exception)$/;
const MAY_SAY_WHY =
	/^(?:(?:task|status|video|finish|stop) )*(?:message|msg|reason|details?|description)$/;

/** Fields that only report failures; `fail_reason` is the documented one. */
const TELLING: Rank = ({ words, isEcho, part }) => {
	const isOfFailure = OF_FAILURE.test(words) || REJECTION.test(part.field?.words ?? '');
	if (isEcho || !isOfFailure || !SAYS_WHY.test(words)) return undefined;
	return words.startsWith('fail') ? 0 : 1;
};
/** Fields with other uses as well: read only for a task that has ended. */
const GENERAL: Rank = ({ words, isEcho }) => (!isEcho && MAY_SAY_WHY.test(words) ? 0 : undefined);
const FAILURE_CODE: Rank = ({ words }) => {
	if (OF_FAILURE.test(words) && /\b(?:codes?|type|key)$/.test(words)) return 0;
	return /^(?:status )?code$/.test(words) ? 1 : undefined;
};

function failureCodeIn(value: unknown): string | undefined {
	const code = writtenOf(value);
	const isEmpty = SUCCESS.test(code) || SAYS_NOTHING.test(code) || /^-?\d{1,2}$/.test(code);
	return isEmpty || code.length > LONGEST_CODE ? undefined : code;
}

function reasonIn(value: unknown, field: Field): Complaint | undefined {
	const said = complaintIn(value, field);
	const isObject = firstOf(value) instanceof Part && said?.message !== field.text?.trim();
	if (!said || (!isObject && SAYS_NOTHING.test(said.message))) return undefined;
	return { ...said, code: failureCodeIn(said.code) ?? '' };
}

const withName = (value: unknown, field: Field) => {
	const said = reasonIn(value, field);
	// The name `raiMediaFilteredReasons` says more than its content.
	return said && { ...said, code: said.code || (OF_REFUSAL.test(field.words) ? field.name : '') };
};

/**
 * Why a task has failed, if it has ended: the gateway's prose, preceded by its code if that says more; empty if nothing
 * is said. It is telling if it comes from a field of the task that only reports failures.
 */
export function reasonOf(task: Part) {
	const places = [...task.all, ...task.around];
	const own = find(task.all, TELLING, withName);
	const telling = own ?? find(task.around, TELLING, withName);
	const general = telling?.message ? undefined : find(places, GENERAL, reasonIn);
	const words = telling?.message || (general?.message ?? '');
	const code = telling?.code || general?.code || (find(places, FAILURE_CODE, failureCodeIn) ?? '');
	const saysMore = code !== '' && !words.toLowerCase().includes(code.toLowerCase());
	return {
		reason: cutWords(saysMore ? [code, words].filter(Boolean).join(': ') : words),
		code,
		isTelling: own !== undefined,
	};
}
