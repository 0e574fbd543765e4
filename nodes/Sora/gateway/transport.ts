/**
 * The one place where HTTP leaves the node. The key is added by n8n's credential, only for the base URL's
 * origin; redirects are never followed here, so it cannot travel along one. Every answer is read as a stream, under a
 * deadline and a limit of our own.
 */
import {
	NodeApiError,
	type IExecuteFunctions,
	type IHttpRequestOptions,
	type IN8nHttpFullResponse,
	type JsonObject,
} from 'n8n-workflow';

import { endBody, ignoreErrors, isStream, textOf } from './body';
import { answerWithin, ConnectionLost, connectionLost, PROXY_REFUSED } from './connectionLost';
import { parseJson, type JsonRecord } from './contract';
import { CREDENTIAL_TYPE, type Gateway, type GatewayContext } from './credential';
import type { Answer } from './failedAnswer';
import { LIMITS } from './timeouts';

export { ConnectionLost } from './connectionLost';

/**
 * A signal that ends with others, after a time, or on request. It must be ended at last, or the others
 * hold on to it. The time is that of the wall clock, since n8n's own time-out counts idle time only.
 */
export class Ending {
	private readonly controller = new AbortController();
	private readonly limit: AbortSignal;
	private readonly others: AbortSignal[];
	private late = false;

	/** @param afterMs of real time */
	constructor(afterMs: number, ...others: Array<AbortSignal | undefined>) {
		this.limit = AbortSignal.timeout(afterMs);
		this.limit.addEventListener('abort', this.endLate, { once: true });
		this.others = others.filter((other) => other !== undefined);
		for (const other of this.others) {
			if (other.aborted) this.end();
			else other.addEventListener('abort', this.end, { once: true });
		}
	}

	get signal(): AbortSignal {
		return this.controller.signal;
	}

	/** Time was up, before anything else ended it. */
	get isLate(): boolean {
		return this.late;
	}

	/** From here on it takes the time that it needs. */
	dropLimit(): void {
		this.limit.removeEventListener('abort', this.endLate);
	}

	readonly end = (): void => {
		this.dropLimit();
		for (const other of this.others) other.removeEventListener('abort', this.end);
		this.controller.abort();
	};

	private readonly endLate = (): void => {
		this.late = !this.signal.aborted;
		this.end();
	};
}

/** Resolves after a time, or when the signal ends. */
export async function elapsed(ms: number, signal?: AbortSignal): Promise<void> {
	if (signal?.aborted) return;
	await new Promise<void>((resolve) => {
		const limit = AbortSignal.timeout(ms);
		const done = () => {
			limit.removeEventListener('abort', done);
			signal?.removeEventListener('abort', done);
			resolve();
		};
		limit.addEventListener('abort', done, { once: true });
		signal?.addEventListener('abort', done, { once: true });
	});
}

interface OutgoingRequest {
	method: 'GET' | 'POST';
	url: string;
	/** The key goes along; only for the gateway's own origin. */
	withKey: boolean;
	headers: Record<string, string>;
	body?: JsonRecord | FormData;
	/** A certificate that cannot be verified is let pass. */
	ignoresCertificate?: boolean;
	/** Ends the request, whatever it is doing, and its answer. */
	ending: Ending;
	/** For n8n's own time-out. */
	timeoutMs: number;
}

/** An answer whose body has not been read. */
export interface Reply {
	status: number;
	headers: JsonRecord;
	/** A stream; anything may stand in its place where n8n itself answers, in its evaluations. */
	body: unknown;
}

/** n8n puts its own signal in the place of a request's where a credential goes along: this one hands it ours. */
function withSignal(context: GatewayContext, signal: AbortSignal): IExecuteFunctions {
	return Object.create(context, {
		getExecutionCancelSignal: { value: () => signal },
	}) as IExecuteFunctions;
}

/** What remains for n8n to end a request by itself, which tells more than we know: whether it was sent at all. */
const LAST_WORDS_MS = 250;

const ERROR_STATUSES = Array.from({ length: 200 }, (_, index) => 400 + index);
/** n8n would refresh the credential and send the request once more. */
const REFRESHED = 401;

/** Hosts before n8n 2.34 drop what an error was made of, and with it the answer. */
const keepsCauses = (context: GatewayContext) =>
	(new NodeApiError(context.getNode(), new Error('probe') as unknown as JsonObject)
		.cause as unknown) !== undefined;

/**
 * A proxy that refuses the tunnel to the gateway answers in its place, and n8n gives its answer for the gateway's.
 * Only the error that n8n makes of an answer tells of the connection, so that errors are asked for where it matters.
 */
const tellsOfConnection = ({ url, method, withKey }: OutgoingRequest, context: GatewayContext) =>
	withKey && method === 'POST' && /^https:/i.test(url) && keepsCauses(context);

/**
 * Sends one request and returns the answer whatever its status.
 * @throws {ConnectionLost} when there was no answer
 */
async function send(context: GatewayContext, request: OutgoingRequest): Promise<Reply> {
	const { ending } = request;
	const options: IHttpRequestOptions = {
		method: request.method,
		url: request.url,
		body: request.body as IHttpRequestOptions['body'],
		headers: request.headers,
		timeout: request.timeoutMs,
		encoding: 'stream',
		returnFullResponse: true,
		ignoreHttpStatusErrors: tellsOfConnection(request, context)
			? { ignore: true, except: ERROR_STATUSES.filter((status) => status !== REFRESHED) }
			: true,
		disableFollowRedirect: true,
		...(request.ignoresCertificate && { skipSslCertificateValidation: true }),
		agentOptions: { timeout: Math.min(LIMITS.connect, request.timeoutMs) },
		abortSignal: ending.signal,
	};
	const sending = request.withKey
		? context.helpers.httpRequestWithAuthentication.call(
				withSignal(context, ending.signal),
				CREDENTIAL_TYPE,
				options,
			)
		: context.helpers.httpRequest(options);
	const reply = Promise.resolve(sending).then(replyOf, replyWithin);
	const end = afterTheEnd(ending.signal);
	try {
		return fromGateway(await Promise.race([reply, end.reached]), request.url);
	} catch (error) {
		// What comes when nobody waits for it any more is ended.
		reply.then(({ body }) => endBody(body)).catch(() => undefined);
		throw connectionLost(error, ending.isLate);
	} finally {
		end.dismiss();
	}
}

/** Rejects some moments after the signal has ended, for hosts that do not end a request on abort. */
function afterTheEnd(signal: AbortSignal) {
	let dismiss = () => {};
	const reached = new Promise<never>((_, reject) => {
		const wait = () => {
			void elapsed(LAST_WORDS_MS).then(() => reject(new ConnectionLost('no answer', 'maybe')));
		};
		signal.addEventListener('abort', wait, { once: true });
		if (signal.aborted) wait();
		dismiss = () => signal.removeEventListener('abort', wait);
	});
	return { reached, dismiss: () => dismiss() };
}

interface FreshReply extends Reply {
	/** It came over TLS; `undefined` where n8n does not tell. */
	isSecure: boolean | undefined;
}

/** Whether a request or an answer of Node's has a connection with TLS. */
function isSecure(exchange: unknown): boolean | undefined {
	const { socket } = (exchange ?? {}) as { socket?: { encrypted?: boolean } | null };
	return socket ? socket.encrypted === true : undefined;
}

/** Node gives headers as bytes; an address keeps those that are not ASCII, whatever alphabet they are of. */
function withWholeLocation({ ...headers }: JsonRecord): JsonRecord {
	const { location } = headers;
	if (typeof location !== 'string') return headers;
	const escaped = location.replace(
		/[\x80-\xff]/g,
		(byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`,
	);
	return { ...headers, location: escaped };
}

const replyOf = (response: unknown): FreshReply => {
	const { statusCode, headers, body } = response as IN8nHttpFullResponse;
	ignoreErrors(body);
	return {
		status: statusCode,
		headers: withWholeLocation(headers as JsonRecord),
		body,
		isSecure: isStream(body) ? isSecure(body) : undefined,
	};
};

/** The answer that an error holds. @throws the error where it holds none */
function replyWithin(error: unknown): FreshReply {
	const within = answerWithin(error);
	if (!within) throw error;
	const { status, headers, data } = within.answer;
	ignoreErrors(data);
	return {
		status: Number(status),
		headers: withWholeLocation(headers as JsonRecord),
		body: data,
		isSecure: isSecure(within.request),
	};
}

const PROXY_AUTHENTICATION_REQUIRED = 407;

/** @throws {ConnectionLost} where a proxy answered, so that the gateway has seen nothing */
function fromGateway(reply: FreshReply, url: string): Reply {
	const isTunnelRefused = url.startsWith('https:') && reply.isSecure === false;
	if (!isTunnelRefused && reply.status !== PROXY_AUTHENTICATION_REQUIRED) return reply;
	endBody(reply.body);
	throw new ConnectionLost(PROXY_REFUSED, 'no', `HTTP ${reply.status}`);
}

/** A page's head may be long; in characters. */
const LONGEST_EXCERPT_SOURCE = 64 * 1024;

const cancelSignalOf = (context: GatewayContext): AbortSignal | undefined =>
	'getExecutionCancelSignal' in context && typeof context.getExecutionCancelSignal === 'function'
		? context.getExecutionCancelSignal()
		: undefined;

/**
 * A call to the gateway itself, with the key.
 * @param call.path one of the wire's routes
 * @param call.timeoutMs until the whole answer is there
 * @param call.isPaid goes on when the execution is stopped, and gives what had come of an answer that broke off: what
 *   it has bought must become known
 */
export async function callGateway(
	{ context, address, conceal, ignoresCertificates }: Gateway,
	call: Pick<OutgoingRequest, 'method' | 'body' | 'timeoutMs'> & { path: string; isPaid?: boolean },
): Promise<Answer> {
	const { path, isPaid = false, ...request } = call;
	const ending = new Ending(call.timeoutMs, isPaid ? undefined : cancelSignalOf(context));
	try {
		const { status, headers, body } = await send(context, {
			...request,
			url: address + path,
			withKey: true,
			headers: {
				Accept: 'application/json',
				...(call.method === 'GET' && { 'Cache-Control': 'no-cache' }),
			},
			ignoresCertificate: ignoresCertificates,
			ending,
		});
		const { text, isCut, lost } = await textOf(body, LIMITS.answer);
		if (lost !== undefined && !isPaid) throw lost as Error;
		return {
			status,
			headers,
			get text() {
				return conceal(text.slice(0, LONGEST_EXCERPT_SOURCE));
			},
			json: isCut || lost !== undefined ? undefined : parseJson(text),
			...(lost !== undefined && { lost: connectionLost(lost, ending.isLate) }),
		};
	} catch (error) {
		throw connectionLost(error, ending.isLate);
	} finally {
		ending.end();
	}
}

/** Whether an address is on the gateway's own origin, where the key may go. */
export const isGatewaysOwn = ({ address }: Gateway, url: URL): boolean =>
	url.origin === new URL(address).origin;

/**
 * Opens a file for reading.
 * @param file.withKey only for the gateway's own origin; elsewhere the key does not go, whatever is asked for
 * @param file.ending ends the request and the body
 */
export async function openFile(
	gateway: Gateway,
	url: URL,
	file: Pick<OutgoingRequest, 'withKey' | 'ignoresCertificate' | 'ending' | 'timeoutMs'>,
): Promise<Reply> {
	return await send(gateway.context, {
		...file,
		method: 'GET',
		url: url.href,
		withKey: file.withKey && isGatewaysOwn(gateway, url),
		// A video is packed already, and a length that was announced can be checked only as it comes.
		headers: { Accept: '*/*', 'Accept-Encoding': 'identity' },
	});
}
