/** One function an endpoint. Each makes one request and reads its answer; none repeats or waits. */
import {
	isCancelledStatus,
	parseJson,
	readAcceptedTaskId,
	readCharacter,
	readComplaint,
	readModelIds,
	readTask,
	readUploadedFile,
	ROUTES,
	UPLOAD_PART,
	type Character,
	type JsonRecord,
	type Task,
	type UploadedFile,
} from './contract';
import {
	classifyFailedTask,
	excerpt,
	messageOf,
	recognise,
	redacted,
	SoraFailure,
	type RecognisedBy,
} from './failures';
import { TIMEOUTS } from './timeouts';
import { callGateway, ConnectionLost, type Answer, type Gateway } from './transport';
import { verdictOn } from './verdict';

/** Longest Retry-After that is believed: a proxy's "tomorrow" must not hold an execution. */
const LONGEST_RETRY_AFTER_MS = 15 * 60_000;

/** Seconds or an HTTP date. @returns milliseconds from `now`, or `undefined` */
export function retryAfterMs(header: unknown, now: number): number | undefined {
	if (typeof header !== 'string' || !header.trim()) return undefined;
	const seconds = Number(header);
	const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
	return Number.isFinite(wait) && wait > 0 ? Math.min(wait, LONGEST_RETRY_AFTER_MS) : undefined;
}

/** What an answer tells of that does not hold what was asked for. */
interface FailedAnswer {
	failure: SoraFailure;
	/** The gateway's own JSON says that something is wrong. */
	explicit: boolean;
	recognisedBy: RecognisedBy;
	/** All that was said, the code included. */
	words: string;
	location: string;
}

function failureIn(answer: Answer, json: unknown): FailedAnswer {
	const complaint = readComplaint(json);
	const plain = complaint ? '' : excerpt(answer.text);
	const isRedirect = answer.status >= 300 && answer.status < 400;
	const { category, by } = isRedirect
		? ({ category: 'redirected', by: 'status' } as const)
		: recognise(complaint, answer.status >= 400 ? answer.status : undefined, plain);
	const words = complaint ? redacted(complaint.message || complaint.code) : plain;
	const location = isRedirect ? String(answer.headers.location ?? '') : '';
	const failure = new SoraFailure(category, {
		words: words || undefined,
		detail: location ? `it points to ${excerpt(location.split('?')[0] ?? '')}` : undefined,
		httpStatus: answer.status,
		retryAfterMs: retryAfterMs(answer.headers['retry-after'], Date.now()),
	});
	return {
		failure,
		explicit: complaint !== undefined,
		recognisedBy: by,
		words: complaint ? `${complaint.code} ${complaint.message}` : plain,
		location,
	};
}

const isOk = (answer: Answer) => answer.status >= 200 && answer.status < 300;

interface PaidRequest<T> {
	path: string;
	timeoutMs: number;
	/** Also of an answer with an error's status: what was accepted was accepted. */
	read: (answer: unknown, isError: boolean) => T | undefined;
	/** What the user does where nobody knows whether the request was carried out. */
	adviceWhenUncertain?: string;
}

/**
 * One attempt at a request that has an effect.
 * @throws {SoraFailure} `nothingBought` where that is certain, and then `repeatable` where another attempt may fare
 * better: there was no connection, or the gateway answered with an explicit 429; else `submission_uncertain`
 */
async function submit<T>(
	gateway: Gateway,
	body: JsonRecord,
	{ path, timeoutMs, read, adviceWhenUncertain }: PaidRequest<T>,
): Promise<T> {
	const uncertain = (facts: { words?: string; detail?: string; httpStatus?: number }) =>
		new SoraFailure('submission_uncertain', { ...facts, advice: adviceWhenUncertain });
	let answer: Answer;
	try {
		answer = await callGateway(gateway, { method: 'POST', path, body, timeoutMs });
	} catch (error) {
		throw lostSubmission(error, uncertain);
	}
	const json = parseJson(answer.text);
	const result = read(json, !isOk(answer));
	if (result !== undefined) return result;

	const { status } = answer;
	const told = failureIn(answer, json);
	const { failure } = told;
	const verdict = verdictOn({
		...told,
		status,
		category: failure.category,
		movedAsAWhole: pathOf(told.location) === pathOf(gateway.address + path),
	});
	if (verdict === 'uncertain') throw uncertain({ words: failure.facts.words, httpStatus: status });
	const isBusy = status === 429 && failure.category === 'rate_limited';
	throw failure.about({ nothingBought: true, ...(isBusy && { repeatable: 'not-bought' }) });
}

const pathOf = (address: string) =>
	URL.canParse(address, 'https://relative.invalid')
		? new URL(address, 'https://relative.invalid').pathname
		: undefined;

function lostSubmission(
	error: unknown,
	uncertain: (facts: { detail: string }) => SoraFailure,
): SoraFailure {
	if (!(error instanceof ConnectionLost)) return uncertain({ detail: messageOf(error) });
	return error.sent === 'no'
		? error.failure.about({ nothingBought: true, repeatable: 'not-bought' })
		: uncertain({ detail: error.reason });
}

/** Buys a video. @returns the task's ID */
export async function submitGeneration(gateway: Gateway, body: JsonRecord): Promise<string> {
	return await submit(gateway, body, {
		path: ROUTES.generations,
		timeoutMs: TIMEOUTS.submission,
		read: (answer) => readAcceptedTaskId(answer),
	});
}

export const ADVICE_ON_UNCERTAIN_CHARACTER =
	'The character may exist. Look at your gateway before you run it again, or you may get it twice.';

/** Creates a character; the gateway answers when it is done, which may take minutes. */
export async function createCharacter(gateway: Gateway, body: JsonRecord): Promise<Character> {
	return await submit(gateway, body, {
		path: ROUTES.characters,
		timeoutMs: TIMEOUTS.character,
		read: (answer) => readCharacter(answer),
		adviceWhenUncertain: ADVICE_ON_UNCERTAIN_CHARACTER,
	});
}

/** Failures that say nothing of what was asked for. */
const PASSING = new Set([
	'rate_limited',
	'gateway_trouble',
	'gateway_silent',
	'answer_not_understood',
	'unreachable',
	'tls_failed',
]);

/**
 * One attempt at a request that costs nothing.
 * @param read gives `undefined` for an answer that is none
 * @param about adds what the failure is about
 * @throws {SoraFailure} repeatable where another attempt may fare better
 */
async function ask<T>(
	gateway: Gateway,
	request: Parameters<typeof callGateway>[1],
	read: (json: unknown) => T | undefined,
	about: (failure: SoraFailure) => SoraFailure = (failure) => failure,
): Promise<T> {
	let answer: Answer;
	try {
		answer = await callGateway(gateway, request);
	} catch (error) {
		throw error instanceof ConnectionLost
			? about(error.failure).about({ repeatable: 'free' })
			: (error as Error);
	}
	const json = parseJson(answer.text);
	const result = isOk(answer) ? read(json) : undefined;
	if (result !== undefined) return result;
	const failure = about(failureIn(answer, json).failure);
	const mayPass = answer.status >= 500 || PASSING.has(failure.category);
	throw mayPass ? failure.about({ repeatable: 'free' }) : failure;
}

/** One poll of a task. Throws as `ask` does: no other attempt can fare better where the key is refused or the task unknown. */
export async function pollTask(gateway: Gateway, taskId: string): Promise<Task> {
	return await ask(
		gateway,
		{ method: 'GET', path: ROUTES.generation(taskId), timeoutMs: TIMEOUTS.poll },
		(json) => readTask(json, taskId),
		(failure) => failure.about({ taskId }),
	);
}

/** Why a task that the gateway calls failed has failed. */
export function taskFailure(task: Task): SoraFailure {
	return new SoraFailure(classifyFailedTask(task.failReason, isCancelledStatus(task.status)), {
		task,
		words: task.failReason ? redacted(task.failReason) : undefined,
	});
}

const UPLOAD_ADVICE: Partial<Record<string, string>> = {
	request_too_large: 'Use a smaller file, or put it on the web and give its address instead.',
	wrong_address:
		'This gateway may not take files. Put the file on the web and give its address instead. If nothing else works either, check the base URL in the Sora API credential.',
};

/** Sends a file up. Free of charge, so that it may be repeated; throws as `ask` does. */
export async function uploadFile(
	gateway: Gateway,
	{ name, mimeType, content }: { name: string; mimeType: string; content: Blob },
): Promise<UploadedFile> {
	const body = new FormData();
	body.append(UPLOAD_PART, content.slice(0, content.size, mimeType), name);
	return await ask(
		gateway,
		{ method: 'POST', path: ROUTES.files, body, timeoutMs: TIMEOUTS.upload },
		readUploadedFile,
		(failure) => {
			const { detail, advice } = failure.facts;
			return failure.about({
				detail: `"${name}" was not uploaded${detail ? `: ${detail}` : ''}`,
				advice: UPLOAD_ADVICE[failure.category] ?? advice,
			});
		},
	);
}

/** IDs of all models that the key may use. Free of charge; throws as `ask` does. */
export async function listModelIds(gateway: Gateway): Promise<string[]> {
	return await ask(
		gateway,
		{ method: 'GET', path: ROUTES.models, timeoutMs: TIMEOUTS.models },
		readModelIds,
	);
}
