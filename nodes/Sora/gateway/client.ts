/** One function per endpoint. Each makes one request and reads its answer; none retries or waits. */
import { readCharacter, type Character } from './answers/character';
import { readUploadedFile, type UploadedFile } from './answers/file';
import { plainTaskId } from './answers/ids';
import { isRecord, type JsonRecord } from './answers/json';
import { readQuota, type Quota } from './answers/quota';
import { readAccepted, readTask, type Accepted, type Task } from './answers/task';
import { textOf } from './answers/view';
import { isUnconnected } from './connectionLost';
import { contentAddress, type Gateway } from './credential';
import { failureIn, isOk, isWebPage, type Answer } from './failedAnswer';
import { adviceOnPoll, invalidInput, SoraFailure, type FailureFacts } from './failures';
import { excerpt } from './printable';
import { refusalIn } from './refusals';
import { canStandInPath } from './taskId';
import { TIMEOUTS } from './timeouts';
import { callGateway, type GatewayCall } from './transport';

/** Endpoints that not every gateway has, and what to do without them. */
const OPTIONAL = {
	characters: {
		lacks: 'cannot create characters',
		advice: 'Describe who is in the video in the prompt, or show it in a picture.',
	},
	files: {
		lacks: 'does not accept file uploads',
		advice:
			'A small picture needs no upload: it is sent with the order itself. Put larger files on the web and give their addresses.',
	},
	quota: {
		lacks: 'seems not to report what an API key has left',
		advice: "Check the gateway's own website instead.",
	},
} as const;

/** @throws {SoraFailure} invalid_input, before anything is sent, if the wire has no such endpoint */
export function offered({ wire }: Gateway, what: keyof typeof OPTIONAL): string {
	const path = wire[what];
	if (path !== undefined) return path;
	const { lacks, advice } = OPTIONAL[what];
	throw invalidInput(`a gateway with the API Format ${wire.label} ${lacks}`, advice);
}

interface Endpoint<T> extends GatewayCall {
	read: (json: unknown, answer: Answer) => T | undefined;
	/** Set for an endpoint that not every gateway has. */
	optional?: keyof typeof OPTIONAL;
}

/** A reader that throws has found nothing. */
function attempted<T>(read: () => T): T | undefined {
	try {
		return read();
	} catch {
		return undefined;
	}
}

function failureOf(gateway: Gateway, answer: Answer, { path, optional }: Endpoint<unknown>) {
	const found = failureIn(answer, gateway.conceal, gateway.address + path);
	const { category } = found.failure;
	const hasNothingThere =
		category === 'wrong_address' || (category === 'answer_not_understood' && isWebPage(answer));
	if (!optional || !hasNothingThere) return { ...found, isMissing: false };
	const { lacks, advice } = OPTIONAL[optional];
	const failure = found.failure.about({ advice: `This gateway ${lacks}. ${advice}` });
	return { ...found, failure, isMissing: true };
}

interface PaidEndpoint<T> extends Endpoint<T> {
	/** Finds the result in an answer that was cut off or that `read` threw on. */
	readPlainly?: (text: string) => T | undefined;
	/** Path of a free GET that tells the API from a website: a website answers it with the same page. */
	probe?: string;
}

/**
 * One attempt at a request with side effects. An answer with an error status is searched for a result too: what was
 * accepted was accepted.
 * @throws {SoraFailure} with `nothingBought` if that is certain, and `repeatable` if a retry can help: there was no
 * connection, or the gateway answered with an explicit 429. Otherwise `submission_uncertain`, with the gateway's answer
 * in `words`
 */
async function submit<T>(gateway: Gateway, endpoint: PaidEndpoint<T>): Promise<T> {
	const { read, readPlainly, probe } = endpoint;
	const answer = await callGateway(gateway, { ...endpoint, isPaid: true }).catch(
		(error: unknown) => {
			if (isUnconnected(error)) {
				throw error.about({ nothingBought: true, repeatable: 'not-bought' });
			}
			const { detail } = (error as SoraFailure).facts;
			throw new SoraFailure('submission_uncertain', { detail });
		},
	);
	const { json, text, status, lost } = answer;
	const outcome = attempted(() => ({ found: read(json, answer) }));
	if (outcome?.found !== undefined) return outcome.found;
	if (!outcome || (json === undefined && (isOk(answer) || lost !== undefined))) {
		const found = attempted(() => readPlainly?.(text));
		if (found !== undefined) return found;
	}
	const isWhole = outcome !== undefined && lost === undefined;
	const found = isWhole ? attempted(() => failureOf(gateway, answer, endpoint)) : undefined;
	const refused: FailureFacts = { nothingBought: true, ofOrder: true };
	if (found?.isRefusal) {
		const isBusy = found.failure.category === 'rate_limited';
		throw found.failure.about({ ...refused, ...(isBusy && { repeatable: 'not-bought' }) });
	}
	const facts = { words: wordsIn(answer, gateway), httpStatus: status };
	if (await isWebsite(gateway, answer, probe)) {
		const detail = 'a website answered instead of the API';
		throw new SoraFailure('wrong_address', { ...facts, ...refused, detail });
	}
	throw new SoraFailure('submission_uncertain', { ...facts, detail: lost });
}

/** Whether the same page also answers a free request that the API would answer in JSON. */
async function isWebsite(gateway: Gateway, answer: Answer, probe?: string): Promise<boolean> {
	if (probe === undefined || !isWebPage(answer)) return false;
	const call = { path: probe, timeoutMs: TIMEOUTS.poll };
	const other = await callGateway(gateway, call).catch(() => undefined);
	return other !== undefined && other.text === answer.text && isWebPage(other);
}

/** In characters; long enough to hold a clue to the purchase. */
const LONGEST_WORDS = 1_000;

/** Reserializes JSON, since gateways escape Chinese. */
function wordsIn({ json, text }: Answer, { conceal }: Gateway): string | undefined {
	const isShort = json !== undefined && text.length <= 50 * LONGEST_WORDS;
	const written = isShort ? attempted(() => conceal(JSON.stringify(json))) : undefined;
	return excerpt(written ?? text, LONGEST_WORDS) || undefined;
}

/** Buys a video. @returns the task's ID, and the task itself if the answer already holds the finished video */
export async function submitGeneration(gateway: Gateway, body: JsonRecord): Promise<Accepted> {
	const { wire, address: baseUrl } = gateway;
	return await submit(gateway, {
		path: wire.generations,
		body: wire.encoded?.(body) ?? body,
		timeoutMs: TIMEOUTS.submission,
		read: (json, answer) => readAccepted(json, { sent: body, baseUrl, isError: !isOk(answer) }),
		readPlainly(text) {
			const taskId = plainTaskId(text, body);
			return taskId === undefined ? undefined : { taskId };
		},
		probe: wire.generation('none'),
	});
}

/** Creates a character. The gateway may take minutes to answer. */
export async function createCharacter(gateway: Gateway, body: JsonRecord): Promise<Character> {
	return await submit(gateway, {
		path: offered(gateway, 'characters'),
		body,
		timeoutMs: TIMEOUTS.character,
		read: readCharacter,
		optional: 'characters',
	});
}

/** Statuses below 500 that only mean "not now". */
const NOT_NOW = [408, 425];

const mayPass = ({ row, category, facts: { httpStatus = 0 } }: SoraFailure) =>
	httpStatus >= 500 ||
	NOT_NOW.includes(httpStatus) ||
	row.kind === 'outage' ||
	category === 'answer_not_understood';

interface FreeEndpoint<T> extends Endpoint<T> {
	/** Adds what the endpoint knows about a failure. */
	about?: (failure: SoraFailure) => FailureFacts;
}

/**
 * One attempt at a request that costs nothing.
 * @throws {SoraFailure} `repeatable` if a retry can help: a page, a redirect or an odd status comes from a proxy and
 * may be transient. What the gateway itself says in JSON, such as an unknown task, is `explicit` and final
 */
async function ask<T>(gateway: Gateway, endpoint: FreeEndpoint<T>): Promise<T> {
	const failed = (failure: SoraFailure, mayRepeat: boolean) =>
		failure.about({ ...endpoint.about?.(failure), ...(mayRepeat && { repeatable: 'free' }) });
	const answer = await callGateway(gateway, endpoint).catch((lost: SoraFailure) => {
		throw failed(lost, true);
	});
	const result = isOk(answer) ? attempted(() => endpoint.read(answer.json, answer)) : undefined;
	if (result !== undefined) return result;
	const { failure, isMissing } = failureOf(gateway, answer, endpoint);
	const isFinal = isMissing || (failure.facts.explicit === true && !mayPass(failure));
	throw failed(failure, !isFinal);
}

/**
 * Polls a character that the gateway makes asynchronously. Free of charge; throws as `ask` does.
 * @returns the character, or its task if that has failed
 */
export async function pollCharacter(
	gateway: Gateway,
	{ id, taskId }: Pick<Character, 'id' | 'taskId'>,
): Promise<{ character?: Character; failed?: Task }> {
	const askAt = async (path: string) =>
		await ask(gateway, {
			path,
			timeoutMs: TIMEOUTS.poll,
			read(json) {
				const task = readTask(json, taskId || id);
				if (task?.phase === 'failed') return { failed: task };
				const character = readCharacter(json);
				return character && { character };
			},
		});
	const ofTask = gateway.wire.generation(taskId || id);
	if (taskId) return await askAt(ofTask);
	// No gateway documents which of its routes knows the character.
	const ownPath = `${offered(gateway, 'characters')}/${encodeURIComponent(id)}`;
	return await askAt(ownPath).catch(async () => await askAt(ofTask));
}

/** Enough time for any gateway that answers at all. */
const SHORTEST_POLL_MS = 500;

/**
 * Polls a task once. Throws as `ask` does.
 * @param limitMs real time left for the poll, capped by the time-out of polls
 * @param sent the body of its order, if known: it tells which stages were requested
 */
export async function pollTask(
	gateway: Gateway,
	taskId: string,
	limitMs: number = TIMEOUTS.poll,
	sent?: JsonRecord,
): Promise<Task> {
	if (!canStandInPath(taskId)) {
		throw invalidInput(
			'this task ID contains characters that cannot be sent',
			'Use the task ID that Video > Generate returned. If the gateway itself gave it like this, ask the gateway for the video.',
		).about({ taskId });
	}
	return await ask(gateway, {
		path: gateway.wire.generation(taskId),
		timeoutMs: Math.max(SHORTEST_POLL_MS, Math.min(limitMs, TIMEOUTS.poll)),
		read(json) {
			const task = readTask(json, taskId, { baseUrl: gateway.address, sent });
			return task && onWire(gateway, task);
		},
		about: ({ category }) => ({ taskId, ofPoll: true, advice: adviceOnPoll(category) }),
	});
}

/** Adds what the wire knows about a task: where its video is if nothing links to it, and the currency of its cost. */
function onWire(gateway: Gateway, task: Task): Task {
	const { phase, videoUrl, failReason, cost: all } = task;
	const own = phase === 'succeeded' && !videoUrl ? contentAddress(gateway, task.id) : undefined;
	// A filter removed the video, so there is no file to download.
	if (own && refusalIn(failReason)) return { ...task, phase: 'failed' };
	const { cost, ...units } = all;
	const isPriced = gateway.wire.currency === 'usd' && cost !== undefined;
	return {
		...task,
		...(own && { videoUrl: own, videoUrls: [own] }),
		...(isPriced && { cost: { cost_usd: cost, ...units } }),
	};
}

/** Uploads a file. Free of charge, so it may be retried; throws as `ask` does. */
export async function uploadFile(
	gateway: Gateway,
	{ name, mimeType, content }: { name: string; mimeType: string; content: Blob },
): Promise<UploadedFile> {
	const body = new FormData();
	body.append('file', content.slice(0, content.size, mimeType), name);
	return await ask(gateway, {
		path: offered(gateway, 'files'),
		body,
		timeoutMs: TIMEOUTS.upload,
		read: (json) => readUploadedFile(json, gateway.address),
		optional: 'files',
		about: ({ category, facts: { detail } }) => ({
			detail: `"${name}" was not uploaded${detail ? `: ${detail}` : ''}`,
			...(category === 'request_too_large' && {
				advice: 'Use a smaller file, or put it on the web and give its address instead.',
			}),
		}),
	});
}

/** The gateway's own list of models, unchanged. Free of charge; throws as `ask` does. */
export async function listModels(
	gateway: Gateway,
	timeoutMs: number = TIMEOUTS.models,
): Promise<JsonRecord[]> {
	return await ask(gateway, {
		path: gateway.wire.models,
		timeoutMs,
		read(json) {
			const list = isRecord(json) ? json.data : undefined;
			return Array.isArray(list) ? list.filter(isRecord) : undefined;
		},
	});
}

/** IDs of all models available to the key, of any kind. Free of charge; throws as `ask` does. */
export const listModelIds = async (gateway: Gateway, timeoutMs?: number): Promise<string[]> =>
	(await listModels(gateway, timeoutMs)).map(({ id }) => textOf(id)).filter(Boolean);

/** The key's quota. Free of charge; throws as `ask` does. */
export async function getQuota(gateway: Gateway): Promise<Quota> {
	const { quotaCurrency: currency } = gateway.wire;
	return await ask(gateway, {
		path: offered(gateway, 'quota'),
		timeoutMs: TIMEOUTS.poll,
		read(json) {
			const quota = readQuota(json);
			return quota && { ...quota, ...(currency && { currency }) };
		},
		optional: 'quota',
		about: () => ({ detail: 'this was the request for the quota of the API key' }),
	});
}
