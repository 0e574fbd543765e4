/** One function an endpoint. Each makes one request and reads its answer; none repeats or waits. */
import {
	canStandInPath,
	plainTaskId,
	readAccepted,
	readCharacter,
	readListing,
	readModelIds,
	readQuota,
	readTask,
	readUploadedFile,
	UPLOAD_PART,
	type Accepted,
	type Character,
	type JsonRecord,
	type Quota,
	type Task,
	type UploadedFile,
} from './contract';
import type { Gateway } from './credential';
import { failureIn, isWebPage, verdictOn, type Answer } from './failedAnswer';
import { adviceOnPoll, invalidInput, messageOf, SoraFailure, type FailureFacts } from './failures';
import { excerpt } from './printable';
import { refusalIn } from './refusals';
import { TIMEOUTS } from './timeouts';
import { callGateway, ConnectionLost } from './transport';

const isOk = (answer: Answer) => answer.status >= 200 && answer.status < 300;

/** Gateways that have answered as one does: their base URL is right. */
const known = new WeakSet<Gateway>();
const ASK_FOR_IT = 'Other requests to this gateway work: ask it whether it offers this one.';

/** The gateway has nothing at this address, or a page for a browser. */
const isLacking = ({ category }: SoraFailure, answer: Answer) =>
	category === 'wrong_address' || (category === 'answer_not_understood' && isWebPage(answer));

/** @param advice what the user does where a gateway lacks this endpoint; while others work, the base URL is right */
function explained(
	gateway: Gateway,
	answer: Answer,
	failure: SoraFailure,
	advice = known.has(gateway) ? ASK_FOR_IT : undefined,
): SoraFailure {
	return advice && isLacking(failure, answer) ? failure.about({ advice }) : failure;
}

interface PaidEndpoint<T> {
	path: string;
	timeoutMs: number;
	/** Also of an answer with an error's status: what was accepted was accepted. */
	read: (answer: Answer) => T | undefined;
	/** What it holds that no reader found: an answer that broke off, or one that a reader failed on. */
	readPlainly?: (text: string) => T | undefined;
	/** A free question that only a gateway with this endpoint answers otherwise than with a page. */
	probe?: string;
	/** What the user does where nobody knows whether the request was carried out. */
	adviceWhenUncertain?: string;
	/** What the user does where the gateway has no such endpoint. */
	adviceWhenLacking?: string;
}

/**
 * One attempt at a request that has an effect.
 * @throws {SoraFailure} `nothingBought` where that is certain, and then `repeatable` where another attempt may fare
 * better: there was no connection, or the gateway answered with an explicit 429; else `submission_uncertain`, whose
 * `words` are what the gateway answered
 */
async function submit<T>(
	gateway: Gateway,
	body: JsonRecord | FormData,
	endpoint: PaidEndpoint<T>,
): Promise<T> {
	const { path, timeoutMs, adviceWhenUncertain: advice } = endpoint;
	const uncertain = (facts: FailureFacts) =>
		new SoraFailure('submission_uncertain', { ...facts, advice });
	const answer = await callGateway(gateway, {
		method: 'POST',
		path,
		body,
		timeoutMs,
		isPaid: true,
	}).catch((error: unknown) => {
		throw error instanceof ConnectionLost && error.sent === 'no'
			? error.failure.about({ nothingBought: true, repeatable: 'not-bought' })
			: uncertain({ detail: error instanceof ConnectionLost ? error.reason : messageOf(error) });
	});
	const { result, refusal, detail } = outcomeOf(gateway, answer, endpoint);
	if (result !== undefined) {
		known.add(gateway);
		return result;
	}
	if (refusal) throw refusal;
	const said = { words: saidIn(answer, gateway), httpStatus: answer.status };
	if (await isWebsite(gateway, answer, endpoint.probe)) {
		const detail = 'a web page is there, not the API';
		const facts = { ...said, detail, nothingBought: true, ofOrder: true } as const;
		throw new SoraFailure('wrong_address', facts);
	}
	throw uncertain({ ...said, detail });
}

/** Whether the same page answers a free question that the API, if it is there, answers in JSON. */
async function isWebsite(gateway: Gateway, answer: Answer, probe?: string): Promise<boolean> {
	if (probe === undefined || !isWebPage(answer)) return false;
	const request = { method: 'GET' as const, path: probe, timeoutMs: TIMEOUTS.poll };
	const other = await callGateway(gateway, request).catch(() => undefined);
	return other !== undefined && other.text === answer.text && isWebPage(other);
}

/** What a paid request's answer says. A reader that fails says nothing of the purchase. */
function outcomeOf<T>(
	gateway: Gateway,
	answer: Answer,
	{ path, read, readPlainly, adviceWhenLacking }: PaidEndpoint<T>,
): { result?: T; refusal?: SoraFailure; detail?: string } {
	try {
		const result = read(answer);
		if (result !== undefined) return { result };
		if (answer.json === undefined && isOk(answer)) {
			return { result: readPlainly?.(answer.text), detail: answer.lost?.reason };
		}
		const { failure, unsold } = failureIn(answer, gateway.conceal, gateway.address + path);
		if (answer.lost || verdictOn(unsold) === 'uncertain') return { detail: answer.lost?.reason };
		const isBusy = failure.category === 'rate_limited';
		return {
			refusal: explained(gateway, answer, failure, adviceWhenLacking).about({
				nothingBought: true,
				ofOrder: true,
				...(isBusy && { repeatable: 'not-bought' }),
			}),
		};
	} catch (error) {
		return { result: readPlainly?.(answer.text), detail: messageOf(error) };
	}
}

/** As much of an answer as may hold a trace of what it was about, in characters. */
const LONGEST_SAID = 1_000;

/** JSON is written anew, since gateways write Chinese as codes. */
function saidIn({ json, text }: Answer, { conceal }: Gateway): string | undefined {
	const isLong = json === undefined || text.length > 50 * LONGEST_SAID;
	return excerpt(isLong ? text : conceal(JSON.stringify(json)), LONGEST_SAID) || undefined;
}

const LACKING = {
	characters: {
		detail: 'characters cannot be created',
		advice: 'Describe who is in the video in the prompt, or show it in a picture.',
	},
	files: {
		detail: 'files cannot be uploaded',
		advice:
			'A picture goes along with the order itself. Put larger files on the web and give their addresses.',
	},
} as const;

/** @throws {SoraFailure} invalid_input, before anything is sent, where the wire has nothing of the kind */
export function offered({ wire }: Pick<Gateway, 'wire'>, what: keyof typeof LACKING): string {
	const path = wire[what];
	if (path !== undefined) return path;
	const { detail, advice } = LACKING[what];
	throw invalidInput(`${detail} where the API Format of the credential is ${wire.label}`, advice);
}

/** Buys a video. @returns its task's ID, and the task itself where the answer holds the finished video */
export async function submitGeneration(gateway: Gateway, body: JsonRecord): Promise<Accepted> {
	const { wire, address: baseUrl } = gateway;
	return await submit(gateway, wire.encoded(body), {
		path: wire.generations,
		timeoutMs: TIMEOUTS.submission,
		read: (answer) => readAccepted(answer.json, { sent: body, baseUrl, isError: !isOk(answer) }),
		readPlainly(text) {
			const taskId = plainTaskId(text, body);
			return taskId === undefined ? undefined : { taskId };
		},
		probe: wire.generation('none'),
	});
}

export const ADVICE_ON_UNCERTAIN_CHARACTER =
	'The character may exist. Look at your gateway before you run it again, or you may get it twice.';

/** Creates a character; the gateway answers when it is done, which may take minutes. */
export async function createCharacter(gateway: Gateway, body: JsonRecord): Promise<Character> {
	return await submit(gateway, body, {
		path: offered(gateway, 'characters'),
		timeoutMs: TIMEOUTS.character,
		read: ({ json }) => readCharacter(json),
		adviceWhenUncertain: ADVICE_ON_UNCERTAIN_CHARACTER,
		adviceWhenLacking:
			'This gateway creates no characters. Describe who is in the video in the prompt, or show it in a picture.',
	});
}

/**
 * What became of a character that the gateway makes in its own time. Free of charge; throws as `ask` does.
 * @returns its task, where that has failed
 */
export async function pollCharacter(
	gateway: Gateway,
	{ id, taskId }: Pick<Character, 'id' | 'taskId'>,
): Promise<{ character?: Character; failed?: Task }> {
	const ownPath = `${offered(gateway, 'characters')}/${encodeURIComponent(id)}`;
	const askAt = async (path: string) =>
		await ask(
			gateway,
			{ method: 'GET', path, timeoutMs: TIMEOUTS.poll },
			{
				read(json) {
					const task = readTask(json, taskId || id);
					if (task?.phase === 'failed') return { failed: task };
					const character = readCharacter(json);
					return character && { character };
				},
			},
		);
	const ofTask = gateway.wire.generation(taskId || id);
	// Nobody says which of its routes a gateway knows it by.
	return taskId ? await askAt(ofTask) : await askAt(ownPath).catch(async () => await askAt(ofTask));
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
	/** What the user does where the gateway has no such endpoint, which is not tried again then. */
	adviceWhenLacking?: string;
}

/** What a reader that fails makes of an answer is nothing. */
function attempted<T>(read: () => T): T | undefined {
	try {
		return read();
	} catch {
		return undefined;
	}
}

/**
 * One attempt at a request that costs nothing.
 * @throws {SoraFailure} repeatable where another attempt may fare better
 */
async function ask<T>(
	gateway: Gateway,
	request: Parameters<typeof callGateway>[1],
	{ read, about = (failure) => failure, passes = mayPass, adviceWhenLacking }: Question<T>,
): Promise<T> {
	const answer = await callGateway(gateway, request).catch((error: unknown) => {
		throw error instanceof ConnectionLost
			? about(error.failure).about({ repeatable: 'free' })
			: (error as Error);
	});
	const result = isOk(answer) ? attempted(() => read(answer.json)) : undefined;
	if (result !== undefined) {
		known.add(gateway);
		return result;
	}
	const { failure } = failureIn(answer, gateway.conceal);
	const told = about(explained(gateway, answer, failure, adviceWhenLacking));
	const isOver = adviceWhenLacking !== undefined && isLacking(failure, answer);
	throw !isOver && passes(failure) ? told.about({ repeatable: 'free' }) : told;
}

/**
 * One poll of a task. Throws as `ask` does: a page, a redirect or an odd status is of what stands in between and may pass;
 * what the gateway itself says in JSON, that it does not know the task say, is `explicit` and not repeatable.
 * @param limitMs what is left for it, in real time; it takes no longer than any poll may
 * @param sent the body of its order, where it is known: which stages were asked for
 */
export async function pollTask(
	gateway: Gateway,
	taskId: string,
	limitMs: number = TIMEOUTS.poll,
	sent?: JsonRecord,
): Promise<Task> {
	if (!canStandInPath(taskId)) throw unusableTaskId(taskId);
	return await ask(
		gateway,
		{
			method: 'GET',
			path: gateway.wire.generation(taskId),
			timeoutMs: Math.max(SHORTEST_POLL_MS, Math.min(limitMs, TIMEOUTS.poll)),
		},
		{
			read: (json) => onWire(gateway, readTask(json, taskId, { baseUrl: gateway.address, sent })),
			about: (failure) =>
				failure.about({
					taskId,
					ofPoll: true,
					advice: adviceOnPoll(failure.category, known.has(gateway)),
				}),
			passes: (failure) => !failure.facts.explicit || mayPass(failure),
		},
	);
}

/** What the wire tells of a task beside the answer: where its video lies if nothing links to it, and the unit of its cost. */
function onWire({ contentAddress, wire }: Gateway, task: Task | undefined): Task | undefined {
	if (!task) return undefined;
	const { phase, videoUrl, failReason, cost: all } = task;
	const own = phase === 'succeeded' && !videoUrl ? contentAddress?.(task.id) : undefined;
	// A filter took the video out: there is no file to ask for.
	if (own && refusalIn(failReason)) return { ...task, phase: 'failed' };
	const { cost, ...units } = all;
	const isPriced = wire.currency === 'usd' && cost !== undefined;
	return {
		...task,
		...(own && { videoUrl: own, videoUrls: [own] }),
		...(isPriced && { cost: { cost_usd: cost, ...units } }),
	};
}

/** Enough for an answer that comes at all. */
const SHORTEST_POLL_MS = 500;

/** A task ID that must not be put into an address. @param taskId shown as far as it can be */
const unusableTaskId = (taskId: string) =>
	new SoraFailure('invalid_input', {
		detail: 'this task ID cannot be used in an address',
		advice:
			'Check the task ID: it is the one that Video > Generate returns. If the gateway gave it like this, ask the gateway for the video.',
		taskId,
	});

/** Sends a file up. Free of charge, so that it may be repeated; throws as `ask` does. */
export async function uploadFile(
	gateway: Gateway,
	{ name, mimeType, content }: { name: string; mimeType: string; content: Blob },
): Promise<UploadedFile> {
	const path = offered(gateway, 'files');
	const body = new FormData();
	body.append(UPLOAD_PART, content.slice(0, content.size, mimeType), name);
	return await ask(
		gateway,
		{ method: 'POST', path, body, timeoutMs: TIMEOUTS.upload },
		{
			read: (json) => readUploadedFile(json, gateway.address),
			about: (failure) => {
				const { detail, advice } = failure.facts;
				const isTooLarge = failure.category === 'request_too_large';
				return failure.about({
					detail: `"${name}" was not uploaded${detail ? `: ${detail}` : ''}`,
					advice: isTooLarge
						? 'Use a smaller file, or put it on the web and give its address instead.'
						: advice,
				});
			},
			adviceWhenLacking:
				'This gateway takes no files. A small picture needs no upload: it goes along with the request. Put larger files on the web and give their addresses instead.',
		},
	);
}

/** IDs of all models that the key may use. Free of charge; throws as `ask` does. */
export async function listModelIds(
	gateway: Gateway,
	timeoutMs: number = TIMEOUTS.models,
): Promise<string[]> {
	const request = { method: 'GET' as const, path: gateway.wire.models, timeoutMs };
	return await ask(gateway, request, { read: readModelIds });
}

/** The gateway's video models as it describes them. Free of charge; throws as `ask` does. */
export async function listVideoModels(gateway: Gateway, timeoutMs: number): Promise<unknown[]> {
	const request = { method: 'GET' as const, path: gateway.wire.models, timeoutMs };
	return await ask(gateway, request, { read: readListing });
}

/** What the key may spend. Free of charge; throws as `ask` does. */
export async function getQuota(gateway: Gateway): Promise<Quota> {
	return await ask(
		gateway,
		{ method: 'GET', path: gateway.wire.quota, timeoutMs: TIMEOUTS.poll },
		{
			read(json) {
				const quota = readQuota(json);
				const currency = gateway.wire.quotaCurrency;
				return quota && { ...quota, ...(currency && { currency }) };
			},
			about: (failure) => failure.about({ detail: 'it was asked for the quota of the API key' }),
			adviceWhenLacking:
				"This gateway may not tell what an API key has left: look into the gateway's own console instead.",
		},
	);
}
