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
import { classify, classifyFailedTask, excerpt, redacted, SoraFailure } from './failures';
import { TIMEOUTS } from './timeouts';
import { callGateway, ConnectionLost, type Answer, type Gateway } from './transport';

/** Longest Retry-After that is believed: a proxy's "tomorrow" must not hold an execution. */
const LONGEST_RETRY_AFTER_MS = 15 * 60_000;

/** Seconds or an HTTP date. @returns milliseconds from `now`, or `undefined` */
export function retryAfterMs(header: unknown, now: number): number | undefined {
	if (typeof header !== 'string' || !header.trim()) return undefined;
	const seconds = Number(header);
	const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
	return Number.isFinite(wait) && wait > 0 ? Math.min(wait, LONGEST_RETRY_AFTER_MS) : undefined;
}

/** The failure that an answer tells of, and whether the gateway said so in so many words. */
function failureIn(answer: Answer, json: unknown): { failure: SoraFailure; explicit: boolean } {
	const complaint = readComplaint(json);
	const plain = complaint ? '' : excerpt(answer.text);
	const category =
		answer.status >= 300 && answer.status < 400
			? 'redirected'
			: classify(complaint, answer.status >= 400 ? answer.status : undefined, plain);
	const words = complaint ? redacted(complaint.message || complaint.code) : plain;
	const location = category === 'redirected' ? String(answer.headers.location ?? '') : '';
	const explicit = complaint !== undefined;
	const failure = new SoraFailure(category, {
		words: words || undefined,
		detail: location ? `it points to ${excerpt(location.split('?')[0] ?? '')}` : undefined,
		httpStatus: answer.status,
		retryAfterMs: retryAfterMs(answer.headers['retry-after'], Date.now()),
		...(explicit && category !== 'redirected' && { explicit }),
	});
	return { failure, explicit };
}

const isOk = (answer: Answer) => answer.status >= 200 && answer.status < 300;

interface Submission<T> {
	path: string;
	timeoutMs: number;
	read: (answer: unknown) => T | undefined;
	/** What the user does where nobody knows whether the request was carried out. */
	adviceWhenUncertain?: string;
}

/**
 * One attempt at a request that has an effect.
 * @throws {SoraFailure} repeatable where nothing can have been bought: no connection, or an explicit 429
 */
async function submit<T>(
	gateway: Gateway,
	body: JsonRecord,
	{ path, timeoutMs, read, adviceWhenUncertain }: Submission<T>,
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
	const result = isOk(answer) ? read(json) : undefined;
	if (result !== undefined) return result;

	const { failure, explicit } = failureIn(answer, json);
	const refused =
		(answer.status >= 300 && answer.status < 500) ||
		(explicit && !['gateway_trouble', 'answer_not_understood'].includes(failure.category));
	if (refused) {
		const isBusy = answer.status === 429 && failure.category === 'rate_limited';
		throw failure.about({ nothingBought: true, ...(isBusy && { repeatable: 'not-bought' }) });
	}
	throw uncertain({ words: failure.facts.words, httpStatus: answer.status });
}

function lostSubmission(
	error: unknown,
	uncertain: (facts: { detail: string }) => SoraFailure,
): Error {
	if (!(error instanceof ConnectionLost)) return error as Error;
	return error.sent === 'no'
		? error.failure.about({ nothingBought: true, repeatable: 'not-bought' })
		: uncertain({ detail: error.reason });
}

/** Buys a video. @returns the task's ID */
export async function submitGeneration(gateway: Gateway, body: JsonRecord): Promise<string> {
	return await submit(gateway, body, {
		path: ROUTES.generations,
		timeoutMs: TIMEOUTS.submission,
		read: readAcceptedTaskId,
	});
}

export const ADVICE_ON_UNCERTAIN_CHARACTER =
	'The character may exist. Look at your gateway before you run it again, or you may get it twice.';

/** Creates a character; the gateway answers when it is done, which may take minutes. */
export async function createCharacter(gateway: Gateway, body: JsonRecord): Promise<Character> {
	return await submit(gateway, body, {
		path: ROUTES.characters,
		timeoutMs: TIMEOUTS.character,
		read: readCharacter,
		adviceWhenUncertain: ADVICE_ON_UNCERTAIN_CHARACTER,
	});
}

/** Statuses below 500 that say "not now" and nothing else. */
const NOT_NOW = new Set([408, 425]);

const mayPass = ({ row, facts: { httpStatus = 0 } }: SoraFailure) =>
	httpStatus >= 500 || NOT_NOW.has(httpStatus) || row.passing === true;

interface Question<T> {
	/** Gives `undefined` for an answer that is none. */
	read: (json: unknown) => T | undefined;
	/** Adds what the failure is about. */
	about?: (failure: SoraFailure) => SoraFailure;
	/** Whether another attempt may fare better. */
	passes?: (failure: SoraFailure) => boolean;
}

/**
 * One attempt at a request that costs nothing.
 * @throws {SoraFailure} repeatable where another attempt may fare better
 */
async function ask<T>(
	gateway: Gateway,
	request: Parameters<typeof callGateway>[1],
	{ read, about = (failure) => failure, passes = mayPass }: Question<T>,
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
	throw passes(failure) ? failure.about({ repeatable: 'free' }) : failure;
}

/**
 * One poll of a task. Throws as `ask` does: a page, a redirect or an odd status is of what stands in between and may pass;
 * what the gateway itself says in JSON, that it does not know the task say, is `explicit` and not repeatable.
 */
export async function pollTask(gateway: Gateway, taskId: string): Promise<Task> {
	return await ask(
		gateway,
		{ method: 'GET', path: ROUTES.generation(taskId), timeoutMs: TIMEOUTS.poll },
		{
			read: (json) => readTask(json, taskId, gateway.address),
			about: (failure) => failure.about({ taskId }),
			passes: (failure) => !failure.facts.explicit || mayPass(failure),
		},
	);
}

/** Why a task that the gateway calls failed has failed. */
export function taskFailure(task: Task): SoraFailure {
	const { failReason, failCode, status } = task;
	return new SoraFailure(
		classifyFailedTask(failReason, isCancelledStatus(status), failCode, status),
		{
			task,
			words: failReason ? redacted(failReason) : undefined,
		},
	);
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
		{
			read: readUploadedFile,
			about: (failure) => {
				const { detail, advice } = failure.facts;
				return failure.about({
					detail: `"${name}" was not uploaded${detail ? `: ${detail}` : ''}`,
					advice: UPLOAD_ADVICE[failure.category] ?? advice,
				});
			},
		},
	);
}

/** IDs of all models that the key may use. Free of charge; throws as `ask` does. */
export async function listModelIds(gateway: Gateway): Promise<string[]> {
	return await ask(
		gateway,
		{ method: 'GET', path: ROUTES.models, timeoutMs: TIMEOUTS.models },
		{ read: readModelIds },
	);
}
