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

import { endBody, ignoreErrors, textOf } from './body';
import { answerWithin, connectionLost, noAnswer, proxyRefused } from './connectionLost';
import { parseJson, type JsonRecord } from './contract';
import { CREDENTIAL_TYPE, type Gateway, type GatewayContext } from './credential';
import type { Answer } from './failedAnswer';
import { LIMITS } from './timeouts';

/** Made once: without a reason, every abort builds an exception with its stack. */
const OVER = new Error('over');

/**
 * A signal that ends with others, after a time, or on request. The time is that of the wall clock, since n8n's own
 * time-out counts idle time only.
 */
export class Ending {
	private readonly own = new AbortController();
	private readonly limit: AbortSignal;
	private late = false;
	readonly signal: AbortSignal;

	/** @param afterMs of real time */
	constructor(afterMs: number, ...others: Array<AbortSignal | undefined>) {
		this.signal = AbortSignal.any([this.own.signal, ...others.filter((other) => !!other)]);
		this.limit = AbortSignal.timeout(afterMs);
		this.limit.addEventListener('abort', this.endLate, { once: true });
	}

	/** Time was up, before anything else ended it. */
	get isLate(): boolean {
		return this.late;
	}

	/** From here on it takes the time that it needs. */
	dropLimit(): void {
		this.limit.removeEventListener('abort', this.endLate);
	}

	end(): void {
		this.dropLimit();
		this.own.abort(OVER);
	}

	private readonly endLate = (): void => {
		this.late = !this.signal.aborted;
		this.end();
	};
}

const ended = async (signal: AbortSignal): Promise<void> =>
	await new Promise<void>((resolve) => {
		if (signal.aborted) resolve();
		else signal.addEventListener('abort', () => resolve(), { once: true });
	});

/** Resolves after a time, or when the signal ends. */
export async function elapsed(ms: number, signal?: AbortSignal): Promise<void> {
	const wait = new Ending(ms, signal);
	await ended(wait.signal);
	wait.end();
}

interface OutgoingRequest {
	url: string;
	/** The key goes along; only for the gateway's own origin. */
	withKey: boolean;
	headers: Record<string, string>;
	/** Sent with POST; without one it is a GET. */
	body?: JsonRecord | FormData;
	/** A certificate that cannot be verified is accepted. */
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

/** n8n replaces the signal of a request that carries a credential by the execution's: this one hands it ours. */
function withSignal(context: GatewayContext, signal: AbortSignal): IExecuteFunctions {
	return Object.create(context, {
		getExecutionCancelSignal: { value: () => signal },
	}) as IExecuteFunctions;
}

/** n8n would refresh the credential after a 401 and send the request once more. */
const ERROR_STATUSES = Array.from({ length: 200 }, (_, index) => 400 + index).filter(
	(status) => status !== 401,
);

/** Hosts before n8n 2.34 drop what an error was made of, and with it the answer. */
const keepsCauses = (context: GatewayContext) =>
	(new NodeApiError(context.getNode(), new Error('probe') as unknown as JsonObject)
		.cause as unknown) !== undefined;

/**
 * A proxy that refuses the tunnel to the gateway answers in its place, and n8n gives its answer for the gateway's.
 * Only the error that n8n makes of an answer knows the connection, so errors are requested where it matters.
 */
const showsConnection = ({ url, body, withKey }: OutgoingRequest, context: GatewayContext) =>
	withKey && body !== undefined && /^https:/i.test(url) && keepsCauses(context);

/**
 * Sends one request and returns the answer whatever its status.
 * @throws {SoraFailure} of a lost connection when there was no answer
 */
async function send(context: GatewayContext, request: OutgoingRequest): Promise<Reply> {
	const { url, headers, body, withKey, timeoutMs, ending } = request;
	const options: IHttpRequestOptions = {
		method: body === undefined ? 'GET' : 'POST',
		url,
		body: body as IHttpRequestOptions['body'],
		headers,
		timeout: timeoutMs,
		encoding: 'stream',
		returnFullResponse: true,
		ignoreHttpStatusErrors: showsConnection(request, context)
			? { ignore: true, except: ERROR_STATUSES }
			: true,
		disableFollowRedirect: true,
		...(request.ignoresCertificate && { skipSslCertificateValidation: true }),
		agentOptions: { timeout: Math.min(LIMITS.connect, timeoutMs) },
		abortSignal: ending.signal,
	};
	const sending = withKey
		? context.helpers.httpRequestWithAuthentication.call(
				withSignal(context, ending.signal),
				CREDENTIAL_TYPE,
				options,
			)
		: context.helpers.httpRequest(options);
	const reply = Promise.resolve(sending).then(
		({ statusCode, headers: received, body: stream }: IN8nHttpFullResponse) =>
			replyOf(url, statusCode, received as JsonRecord, stream, stream),
		(error: unknown) => {
			const within = answerWithin(error);
			if (!within) throw error;
			const { status, headers: received, data } = within.answer;
			return replyOf(url, Number(status), received as JsonRecord, data, within.request);
		},
	);
	const over = new AbortController();
	try {
		const answer = await Promise.race([reply, afterTheEnd(ending.signal, over.signal)]);
		if (answer) return answer;
		throw noAnswer();
	} catch (error) {
		// An answer that nobody waits for any more is ended.
		reply.then(({ body: late }) => endBody(late)).catch(() => undefined);
		throw connectionLost(error, ending.isLate);
	} finally {
		over.abort(OVER);
	}
}

/** Time for n8n to end a request by itself: its error shows whether the request was sent at all. */
const LAST_WORDS_MS = 250;

/** Resolves some moments after the signal has ended, for hosts that do not end a request on abort. */
async function afterTheEnd(signal: AbortSignal, over: AbortSignal): Promise<undefined> {
	await ended(AbortSignal.any([signal, over]));
	if (!over.aborted) await elapsed(LAST_WORDS_MS, over);
}

const PROXY_AUTHENTICATION_REQUIRED = 407;

/**
 * @param exchange a request or an answer of Node's, as far as n8n hands one over
 * @throws {SoraFailure} `unreachable` where a proxy answered, so that the gateway has seen nothing
 */
function replyOf(
	url: string,
	status: number,
	headers: JsonRecord,
	body: unknown,
	exchange: unknown,
): Reply {
	ignoreErrors(body);
	const { socket } = (exchange ?? {}) as { socket?: { encrypted?: boolean } | null };
	// The gateway's own answer comes over TLS.
	const isTunnelRefused = url.startsWith('https:') && socket && socket.encrypted !== true;
	if (isTunnelRefused || status === PROXY_AUTHENTICATION_REQUIRED) {
		endBody(body);
		throw proxyRefused(status);
	}
	return { status, headers: withWholeLocation(headers), body };
}

/** Node gives headers as bytes; an address keeps those that are not ASCII, whatever alphabet they are of. */
function withWholeLocation({ location, ...headers }: JsonRecord): JsonRecord {
	if (typeof location !== 'string') return headers;
	const escaped = (byte: string) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`;
	return { ...headers, location: location.replace(/[\x80-\xff]/g, escaped) };
}

/** A page's head may be long; in characters. */
const LONGEST_EXCERPT_SOURCE = 64 * 1024;

const cancelSignalOf = (context: GatewayContext): AbortSignal | undefined =>
	(context as Partial<IExecuteFunctions>).getExecutionCancelSignal?.();

/** A call to the gateway itself, with the key. */
export interface GatewayCall {
	/** One of the wire's routes. */
	path: string;
	/** Sent with POST; without one it is a GET. */
	body?: JsonRecord | FormData;
	/** Until the whole answer is there. */
	timeoutMs: number;
	/**
	 * Goes on when the execution is stopped, and gives what had come of an answer that broke off: what it has bought must
	 * become known.
	 */
	isPaid?: boolean;
}

/** @throws {SoraFailure} of a lost connection when there was no answer */
export async function callGateway(gateway: Gateway, call: GatewayCall): Promise<Answer> {
	const { context, address, conceal, ignoresCertificates } = gateway;
	const { path, body, timeoutMs, isPaid = false } = call;
	const ending = new Ending(timeoutMs, isPaid ? undefined : cancelSignalOf(context));
	try {
		const reply = await send(context, {
			body,
			timeoutMs,
			url: address + path,
			withKey: true,
			headers: { Accept: 'application/json', ...(!body && { 'Cache-Control': 'no-cache' }) },
			ignoresCertificate: ignoresCertificates,
			ending,
		});
		const { status, headers } = reply;
		const contentType = String(headers['content-type'] ?? '');
		const { text, isCut, lost } = await textOf(reply.body, LIMITS.answer, contentType);
		if (lost !== undefined && !isPaid) throw lost as Error;
		return {
			status,
			headers,
			get text() {
				return conceal(text.slice(0, LONGEST_EXCERPT_SOURCE));
			},
			json: isCut || lost !== undefined ? undefined : parseJson(text),
			...(lost !== undefined && { lost: connectionLost(lost, ending.isLate).facts.detail }),
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
		url: url.href,
		withKey: file.withKey && isGatewaysOwn(gateway, url),
		// A video is packed already, and a length that was announced can be checked only as it comes.
		headers: { Accept: '*/*', 'Accept-Encoding': 'identity' },
	});
}
