/** What a gateway says when it refuses, in whatever shape, however deeply one gateway wraps another's words. */
import { cutWords } from './cut';
import { isRecord, relayedJson, type JsonRecord } from './json';

/** A refusal, unwrapped from its shapes. */
export interface Complaint {
	/** Machine-readable word, `model_not_found` say; empty where there is none. */
	code: string;
	/** The gateway's words, verbatim but for what is beyond a few KB; empty where there are none. */
	message: string;
}

/** Where a complaint has its words, the first decides; `error` is an object as a rule and then has the same fields. */
export const MESSAGE_NAMES = [
	'message',
	'error',
	'msg',
	'detail',
	'error_message',
	'errorMessage',
	'error_msg',
	'errorMsg',
	'err_msg',
	'errMsg',
	'errmsg',
	'error_description',
	'status_msg',
	'reason',
	'description',
] as const;

export const CODE_NAMES = [
	'code',
	'error_code',
	'errorCode',
	'err_code',
	'errCode',
	'errcode',
	'status_code',
] as const;

/** Objects in which a complaint may stand, beside `error`. */
const INNER = ['base_resp', 'errors', 'detail'] as const;

const LONGEST_CODE = 200;
const SUCCESS_CODES = /^(?:|success|succeed|succeeded|ok|0|200)$/i;
export const isSuccessCode = (code: string) => SUCCESS_CODES.test(code.trim());

/** Deepest nesting seen in logs is three: gateways relay each other's errors as JSON in a string. */
const NESTING = 6;

/** A text, or the first of a list of them. */
const textOf = (value: unknown): string | undefined => {
	const first: unknown = Array.isArray(value) ? value[0] : value;
	return typeof first === 'string' && first !== '' ? first : undefined;
};

const codeOf = (record: JsonRecord): string => {
	for (const name of CODE_NAMES) {
		const value = record[name];
		const code = typeof value === 'number' ? String(value) : textOf(value);
		if (code) return cutWords(code, LONGEST_CODE, 0);
	}
	return '';
};

const messageOf = (record: JsonRecord): string => {
	for (const name of MESSAGE_NAMES) {
		const text = textOf(record[name]);
		if (text) return text;
	}
	return '';
};

/** The first object in a list: validators give a list of what they miss. */
const firstRecord = (value: unknown): JsonRecord | undefined => {
	const first: unknown = Array.isArray(value) ? value[0] : value;
	return isRecord(first) ? first : undefined;
};

function innerOf(record: JsonRecord): JsonRecord | undefined {
	if (isRecord(record.error) && Object.keys(record.error).length > 0) return record.error;
	if (messageOf(record)) return undefined;
	return INNER.map((name) => firstRecord(record[name])).find((inner) => inner !== undefined);
}

function complaintIn(record: JsonRecord, depth: number): Complaint | undefined {
	if (depth > NESTING) return undefined;
	const inside = innerOf(record);
	if (inside) return complaintIn(inside, depth + 1);
	const code = codeOf(record);
	const message = messageOf(record);
	if (isSuccessCode(message) && isSuccessCode(code)) return undefined;
	const relayed = relayedJson(message);
	const inner = relayed && complaintIn(relayed, depth + 1);
	// An HTTP status relayed as the code says less than the word that the outer layer found for it.
	return inner
		? { ...inner, code: /\D/.test(inner.code) ? inner.code : code }
		: { code, message: cutWords(message) };
}

/**
 * Reads an error, however deeply one shape wraps the other.
 * @returns `undefined` where the answer is no complaint
 */
export function readComplaint(answer: unknown): Complaint | undefined {
	if (!isRecord(answer)) return undefined;
	const complaint = complaintIn(answer, 0);
	if (!complaint) return undefined;
	const isExplicit = isRecord(answer.error) || !isSuccessCode(codeOf(answer));
	const saysSuccess = CODE_NAMES.some((name) => name in answer);
	return isExplicit || typeof answer.error === 'string' || !saysSuccess ? complaint : undefined;
}
