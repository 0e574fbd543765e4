/** Why a task has failed, wherever a gateway says so. */
import { isSuccessCode, readComplaint } from './complaint';
import { cutWords } from './cut';
import type { JsonRecord } from './json';
import { wordsOf } from './keys';
import { at, isEcho, type View } from './view';

export interface FailureReason {
	/** The gateway's prose, its code in front where that says more; cut to a few KB, and empty where nothing is said. */
	reason: string;
	/** The gateway's code; empty where there is none. */
	code: string;
}

/** Fields that speak of nothing but a failure, in the task object and then in what it lies in. */
export const REASON_PLACES = [
	'fail_reason',
	'failReason',
	'failure_reason',
	'failureReason',
	'fail_msg',
	'failMsg',
	'failure',
	'error.message',
	'error.msg',
	'error.detail',
	'error.raw_message',
	'error',
	'errors',
	'data.fail_reason',
	'data.error.message',
	'data.error',
	'error_message',
	'errorMessage',
	'error_msg',
	'errorMsg',
	'err_msg',
	'errMsg',
	'task_status_msg',
	'status_reason',
] as const;

/** Fields that speak of other things as well: read where none of those says anything, and only of a failed task. */
export const MESSAGE_PLACES = [
	'output.message',
	'data.message',
	'base_resp.status_msg',
	'status_msg',
	'reason',
	'message',
	'msg',
	'detail',
	'description',
] as const;

export const REASON_CODE_PLACES = [
	'fail_code',
	'failCode',
	'failure_code',
	'failureCode',
	'error.code',
	'error_code',
	'errorCode',
	'err_code',
	'errCode',
	'output.code',
	'data.error.code',
	'base_resp.status_code',
	'code',
	'data.code',
] as const;

/** What says no more than that it failed, or that the call went well. */
const SAYS_NOTHING =
	/^(?:|0|success|succeed|succeeded|ok|none|null|nil|undefined|n\/a|false|true|error|fail|failed|failure|\{\}|\[\])$/i;

const SPEAKS_OF_FAILURE =
	/^(?:fail\w*|errors?|err|reject\w*|block\w*|violation|filtered|moderation|exception|rai)$/;
const SPEAKS_OF_REFUSAL = /\b(?:rai|moderation|violation|filtered|reject|block)/;
const SAYS_WHY =
	/^(?:reasons?|messages?|msg|details?|info|desc|description|text|cause|words?|errors?|failure|exception)$/;
const SAYS_CODE = /^(?:codes?|type|key)$/;
const MOST_PARTS = 4;

interface Said {
	words: string;
	code: string;
}

/** What a field says: a text, which may hold JSON, a list of them, or an object with a message. */
function saidIn(value: unknown): Said | undefined {
	if (Array.isArray(value)) {
		const parts = value.slice(0, MOST_PARTS).flatMap((item) => saidIn(item) ?? []);
		const words = parts.map((part) => part.words).join(' ');
		return parts.length ? { words, code: parts[0]?.code ?? '' } : undefined;
	}
	if (typeof value === 'string' && SAYS_NOTHING.test(value.trim().slice(0, 20))) return undefined;
	const complaint = readComplaint(typeof value === 'string' ? { message: value } : value);
	return complaint && { words: complaint.message, code: codeIn(complaint.code) };
}

const codeIn = (value: unknown): string => {
	const code = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
	const isEmpty = isSuccessCode(code) || SAYS_NOTHING.test(code) || /^-?\d{1,2}$/.test(code);
	return isEmpty || code.length > 200 ? '' : code;
};

function firstAt<T>(
	holders: JsonRecord[],
	places: readonly string[],
	read: (value: unknown) => T | undefined,
): T | undefined {
	for (const place of places) {
		for (const holder of holders) {
			const found = read(at(holder, place));
			if (found) return found;
		}
	}
	return undefined;
}

/** A field somewhere in the task that is called after a failure. */
function searched<T>(
	view: View,
	task: JsonRecord,
	ending: RegExp,
	read: (value: unknown) => T | undefined,
): { name: string; found: T } | undefined {
	const isFitting = (name: string) => {
		const words = wordsOf(name);
		return words.some((word) => SPEAKS_OF_FAILURE.test(word)) && ending.test(words.at(-1) ?? '');
	};
	for (const record of view.recordsIn(task)) {
		for (const [name, value] of Object.entries(record)) {
			const found = isFitting(name) && !isEcho(name) ? read(value) : undefined;
			if (found) return { name, found };
		}
	}
	return undefined;
}

/** Whether the task itself says that something failed, in a field that is there for nothing else. */
export const hasReason = (view: View, task: JsonRecord): boolean =>
	firstAt([task], REASON_PLACES, saidIn) !== undefined ||
	searched(view, task, SAYS_WHY, saidIn) !== undefined;

/** Why the task has failed. @param task a record of the view, of which it is known that it has failed */
export function reasonOf(view: View, task: JsonRecord): FailureReason {
	const holders = [task, ...view.around(task)];
	const documented = firstAt(holders, REASON_PLACES, saidIn);
	const guess = documented ? undefined : searched(view, task, SAYS_WHY, saidIn);
	const telling = documented ?? guess?.found;
	const general = telling?.words ? undefined : firstAt(holders, MESSAGE_PLACES, saidIn);
	const words = telling?.words || (general?.words ?? '');
	const code =
		telling?.code ||
		general?.code ||
		firstAt(holders, REASON_CODE_PLACES, codeIn) ||
		searched(view, task, SAYS_CODE, codeIn)?.found ||
		// `raiMediaFilteredReasons` says more by its name than by its words.
		(guess && SPEAKS_OF_REFUSAL.test(wordsOf(guess.name).join(' ')) ? guess.name : '');
	const saysMore = code !== '' && !words.toLowerCase().includes(code.toLowerCase());
	return { reason: cutWords(saysMore ? [code, words].filter(Boolean).join(': ') : words), code };
}
