/** Why a task has failed, wherever a gateway says so. */
import { complaintOf, isSuccessCode, type Complaint } from './complaint';
import { cutWords } from './cut';
import { find, type Part, type Field, type Rank } from './view';

interface FailureReason {
	/** The gateway's prose, its code in front where that says more; cut to a few KB, and empty where nothing is said. */
	reason: string;
	/** The gateway's code; empty where there is none. */
	code: string;
}

/** What says no more than that it failed, or that the call went well. */
const SAYS_NOTHING =
	/^(?:|0|success|succeed|succeeded|ok|stop|done|completed?|finished|none|null|nil|undefined|n\/a|false|true|error|fail|failed|failure|\{\}|\[\])$/i;

const OF_FAILURE =
	/\b(?:fail\w*|errors?|err|reject\w*|block\w*|refus\w*|violation|filtered|moderation|exception|rai)\b/;
const OF_REFUSAL = /\b(?:rai|moderation|violation|filtered|reject|block)/;
const SAYS_WHY =
	/\b(?:reasons?|messages?|msg|details?|info|desc|description|text|cause|words?|errors?|failure|exception)$/;

/** Fields that speak of nothing but a failure; `fail_reason` is the documented one. */
const TELLING: Rank = ({ words, isEcho }) => {
	if (isEcho || !OF_FAILURE.test(words) || !SAYS_WHY.test(words)) return undefined;
	return words.startsWith('fail') ? 0 : 1;
};
/** Fields that speak of other things as well: read only of a task that has ended. */
const GENERAL: Rank = ({ words, isEcho }) =>
	!isEcho &&
	/^(?:(?:task|status|video|finish|stop) )*(?:message|msg|reason|details?|description)$/.test(words)
		? 0
		: undefined;
const CODES: Rank = ({ words }) => {
	if (OF_FAILURE.test(words) && /\b(?:codes?|type|key)$/.test(words)) return 0;
	return /^(?:status )?code$/.test(words) ? 1 : undefined;
};

const MOST_PARTS = 4;

/** What a field says: a text, which may hold JSON, a list of them, or an object with a message. */
function saidIn(value: unknown): Complaint | undefined {
	if (Array.isArray(value)) {
		const said = value.slice(0, MOST_PARTS).flatMap((item) => saidIn(item) ?? []);
		const message = said.map((part) => part.message).join(' ');
		return said[0] && { message, code: said[0].code };
	}
	if (typeof value === 'string' && SAYS_NOTHING.test(value.trim().slice(0, 20))) return undefined;
	const said = complaintOf(value);
	return said && { ...said, code: codeIn(said.code) ?? '' };
}

function codeIn(value: unknown): string | undefined {
	const code = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
	const isEmpty = isSuccessCode(code) || SAYS_NOTHING.test(code) || /^-?\d{1,2}$/.test(code);
	return isEmpty || code.length > 200 ? undefined : code;
}

const withName = (value: unknown, { words, name }: Field) => {
	const said = saidIn(value);
	// `raiMediaFilteredReasons` says more by its name than by its words.
	return said && { ...said, code: said.code || (OF_REFUSAL.test(words) ? name : '') };
};

/** Whether the task itself says that something failed, in a field that is there for nothing else. */
export const hasReason = (task: Part): boolean => find(task.all, TELLING, saidIn) !== undefined;

/** Why the task has failed. @param task of which it is known that it has ended */
export function reasonOf(task: Part): FailureReason {
	const places = [...task.all, ...task.around];
	const telling = find(places, TELLING, withName);
	const general = telling?.message ? undefined : find(places, GENERAL, saidIn);
	const words = telling?.message || (general?.message ?? '');
	const code = telling?.code || general?.code || (find(places, CODES, codeIn) ?? '');
	const saysMore = code !== '' && !words.toLowerCase().includes(code.toLowerCase());
	return { reason: cutWords(saysMore ? [code, words].filter(Boolean).join(': ') : words), code };
}
