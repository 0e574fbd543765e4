/** One function an endpoint. Each makes one request and reads its answer; none repeats or waits. */
import {
	canStandInPath,
	readAcceptedTaskId,
	readTaskIdInError,
	readCharacter,
	readModelIds,
	readQuota,
	readTask,
	readUploadedFile,
	ROUTES,
	UPLOAD_PART,
	type Character,
	type JsonRecord,
	type Quota,
	type Task,
	type UploadedFile,
} from './contract';
import type { Gateway } from './credential';
import { failureIn, verdictOn, type Answer } from './failedAnswer';
import { adviceOnPoll, messageOf, SoraFailure } from './failures';
import { TIMEOUTS } from './timeouts';
import { callGateway, ConnectionLost } from './transport';

const isOk = (answer: Answer) => answer.status >= 200 && answer.status < 300;

interface PaidEndpoint<T> {
	path: string;
	timeoutMs: number;
	/** Also of an answer with an error's status: what was accepted was accepted. */
	read: (answer: unknown, told: { isError: boolean; sent: JsonRecord }) => T | undefined;
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
	{ path, timeoutMs, read, adviceWhenUncertain }: PaidEndpoint<T>,
): Promise<T> {
	const uncertain = (facts: { words?: string; detail?: string; httpStatus?: number }) =>
		new SoraFailure('submission_uncertain', { ...facts, advice: adviceWhenUncertain });
	let answer: Answer;
	try {
		const request = { method: 'POST' as const, path, body, timeoutMs, outlivesStop: true };
		answer = await callGateway(gateway, request);
	} catch (error) {
		throw lostSubmission(error, uncertain);
	}
	const { json } = answer;
	const result = read(json, { isError: !isOk(answer), sent: body });
	if (result !== undefined) return result;

	const { status } = answer;
	const told = failureIn(answer, gateway.conceal);
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
		read: (answer, { isError, sent }) =>
			isError ? readTaskIdInError(answer, sent) : readAcceptedTaskId(answer, sent),
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
	const { json } = answer;
	const result = isOk(answer) ? read(json) : undefined;
	if (result !== undefined) return result;
	const failure = about(failureIn(answer, gateway.conceal).failure);
	throw passes(failure) ? failure.about({ repeatable: 'free' }) : failure;
}

/**
 * One poll of a task. Throws as `ask` does: a page, a redirect or an odd status is of what stands in between and may pass;
 * what the gateway itself says in JSON, that it does not know the task say, is `explicit` and not repeatable.
 * @param limitMs what is left for it, in real time; it takes no longer than any poll may
 */
export async function pollTask(
	gateway: Gateway,
	taskId: string,
	limitMs: number = TIMEOUTS.poll,
): Promise<Task> {
	if (!canStandInPath(taskId)) throw unusableTaskId(taskId);
	return await ask(
		gateway,
		{
			method: 'GET',
			path: ROUTES.generation(taskId),
			timeoutMs: Math.max(SHORTEST_POLL_MS, Math.min(limitMs, TIMEOUTS.poll)),
		},
		{
			read: (json) => readTask(json, taskId, { baseUrl: gateway.address }),
			about: (failure) =>
				failure.about({ taskId, ofPoll: true, advice: adviceOnPoll(failure.category) }),
			passes: (failure) => !failure.facts.explicit || mayPass(failure),
		},
	);
}

/** Enough for an answer that comes at all. */
const SHORTEST_POLL_MS = 500;

/** A task ID that must not be put into an address. @param taskId shown as far as it can be */
export const unusableTaskId = (taskId: string) =>
	new SoraFailure('invalid_input', {
		detail: 'this task ID cannot be used in an address',
		advice:
			'Check the task ID: it is the one that Video > Generate puts out. If the gateway gave it like this, ask the gateway for the video.',
		taskId,
	});

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
			read: (json) => readUploadedFile(json, gateway.address),
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
export async function listModelIds(
	gateway: Gateway,
	timeoutMs: number = TIMEOUTS.models,
): Promise<string[]> {
	return await ask(
		gateway,
		{ method: 'GET', path: ROUTES.models, timeoutMs },
		{ read: readModelIds },
	);
}

/** Gateways differ in what they tell of a key; that one does not is no reason to doubt its address. */
const QUOTA_ADVICE =
	"This gateway may not tell what an API key has left: look into the gateway's own console instead. If nothing else works either, check the base URL in the Sora API credential.";
const NO_QUOTA_TOLD = new Set(['wrong_address', 'answer_not_understood']);

/** What the key may spend. Free of charge; throws as `ask` does. */
export async function getQuota(gateway: Gateway): Promise<Quota> {
	return await ask(
		gateway,
		{ method: 'GET', path: ROUTES.quota, timeoutMs: TIMEOUTS.poll },
		{
			read: readQuota,
			about: (failure) =>
				NO_QUOTA_TOLD.has(failure.category)
					? failure.about({
							detail: 'it was asked for the quota of the API key',
							advice: QUOTA_ADVICE,
						})
					: failure,
		},
	);
}
