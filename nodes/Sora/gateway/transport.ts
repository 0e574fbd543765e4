/**
 * The one place where HTTP leaves the node. n8n's credential adds the key, only for the base URL's origin; redirects
 * are never followed here, so the key cannot leak along one. Every response is read as a stream, under our own deadline
 * and size limit.
 */
import {
	NodeApiError,
	type IExecuteFunctions,
	type IHttpRequestOptions,
	type IN8nHttpFullResponse as FullResponse,
	type JsonObject,
} from 'n8n-workflow';

import { parseJson, type JsonRecord } from './answers/json';
import { endBody, ignoreErrors, textOf } from './body';
import { answerWithin, connectionLost } from './connectionLost';
import { CREDENTIAL_TYPE, type Gateway, type GatewayContext } from './credential';
import type { Answer } from './failedAnswer';
import { SoraFailure } from './failures';
import { LIMITS } from './timeouts';

/** Created once: without a reason, every abort builds an exception with a stack trace. */
const ENDED = new Error('ended');

/**
 * A signal that aborts with another, after a time, or on request. Uses wall-clock time, since n8n's own time-out counts
 * only idle time. Listens itself, since every request has one and `AbortSignal.any` is slower.
 */
export class Ending {
	/** The time was up before anything else aborted it. */
	isLate = false;
	private readonly own = new AbortController();
	readonly signal = this.own.signal;
	private readonly limit: AbortSignal;

	/** @param afterMs of real time */
	constructor(
		afterMs: number,
		private readonly outer?: AbortSignal,
	) {
		this.limit = AbortSignal.timeout(afterMs);
		this.limit.addEventListener('abort', this.endLate);
		outer?.addEventListener('abort', this.end);
		if (outer?.aborted) this.end();
	}

	/** Removes the time limit. */
	dropLimit(): void {
		this.limit.removeEventListener('abort', this.endLate);
	}

	readonly end = (): void => {
		this.dropLimit();
		this.outer?.removeEventListener('abort', this.end);
		this.own.abort(ENDED);
	};

	private readonly endLate = (): void => {
		this.isLate = !this.signal.aborted;
		this.end();
	};
}

/** Whether an address is on the gateway's own origin, where the key may go. */
export const isGatewaysOwn = ({ address }: Gateway, url: URL): boolean =>
	url.origin === new URL(address).origin;

interface OutgoingRequest {
	/** Sends the key, but only to the gateway's own origin. */
	withKey: boolean;
	headers: Record<string, string>;
	/** Sent with POST; without a body the request is a GET. */
	body?: JsonRecord | FormData;
	/** Accepts a certificate that cannot be verified. */
	ignoresCertificate?: boolean;
	/** Aborts the request at any stage, its body included. */
	ending: Ending;
	/** For n8n's own time-out. */
	timeoutMs: number;
}

/** A response whose body has not been read. */
export interface Reply {
	status: number;
	headers: JsonRecord;
	/** A stream; n8n's evaluations mock requests, so it may be anything there. */
	body: unknown;
}

/** After a 401, n8n would refresh the credential and send the request again. */
const ERROR_STATUSES = Array.from({ length: 200 }, (_, index) => 400 + index).filter(
	(status) => status !== 401,
);

/** n8n before 2.34 drops an error's cause, and the response with it. */
const keepsCauses = (context: GatewayContext) =>
	(new NodeApiError(context.getNode(), new Error('probe') as unknown as JsonObject)
		.cause as unknown) !== undefined;

/**
 * Sends one request and returns the response, whatever its status.
 * @throws {SoraFailure} of a lost connection if there was no response
 */
export async function send(
	gateway: Gateway,
	url: URL,
	{ withKey, headers, body, ignoresCertificate, ending, timeoutMs }: OutgoingRequest,
): Promise<Reply> {
	const { context } = gateway;
	const { helpers } = context;
	// n8n replaces the signal of an authenticated request with the execution's, so this context carries ours.
	const endingContext = Object.create(context, {
		getExecutionCancelSignal: { value: () => ending.signal },
	}) as IExecuteFunctions;
	const isSecure = url.protocol === 'https:';
	const carriesKey = withKey && isGatewaysOwn(gateway, url);
	// A proxy that refuses to tunnel to the gateway answers in its place, and n8n reports that as the gateway's answer.
	// Only the error that n8n makes of a response knows the connection, so errors are requested where that matters.
	const showsConnection = carriesKey && isSecure && body !== undefined && keepsCauses(context);
	const options: IHttpRequestOptions = {
		method: body === undefined ? 'GET' : 'POST',
		url: url.href,
		body: body as IHttpRequestOptions['body'],
		headers,
		timeout: timeoutMs,
		encoding: 'stream',
		returnFullResponse: true,
		ignoreHttpStatusErrors: showsConnection ? { ignore: true, except: ERROR_STATUSES } : true,
		disableFollowRedirect: true,
		...(ignoresCertificate && { skipSslCertificateValidation: true }),
		agentOptions: { timeout: Math.min(LIMITS.connect, timeoutMs) },
		abortSignal: ending.signal,
	};
	try {
		const sent = carriesKey
			? helpers.httpRequestWithAuthentication.call(endingContext, CREDENTIAL_TYPE, options)
			: helpers.httpRequest(options);
		const { statusCode: status, headers: received, body: stream } = (await sent) as FullResponse;
		return checked({ status, headers: received, body: stream }, isSecure, stream);
	} catch (error) {
		const within = answerWithin(error);
		if (!within) throw connectionLost(error, ending.isLate);
		const { status, headers: received, data } = within.answer;
		const reply = { status: Number(status), headers: received as JsonRecord, body: data };
		return checked(reply, isSecure, within.request);
	}
}

const PROXY_AUTHENTICATION_REQUIRED = 407;

/**
 * @param exchange Node's request or response, as far as n8n exposes one
 * @throws {SoraFailure} `unreachable` if a proxy answered, so the gateway saw nothing
 */
function checked({ status, headers, body }: Reply, isSecure: boolean, exchange: unknown): Reply {
	ignoreErrors(body);
	const { socket } = (exchange ?? {}) as { socket?: { encrypted?: boolean } | null };
	// The gateway's own response comes over TLS.
	const isTunnelRefused = isSecure && socket && socket.encrypted !== true;
	if (isTunnelRefused || status === PROXY_AUTHENTICATION_REQUIRED) {
		endBody(body);
		const detail = `a proxy on the way to it refused (HTTP ${status})`;
		throw new SoraFailure('unreachable', { detail });
	}
	// Node gives headers as Latin-1; the raw bytes of an address are percent-encoded, whatever its charset.
	const escaped = (byte: string) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`;
	const location = String(headers.location ?? '').replace(/[\x80-\xff]/g, escaped);
	return { status, headers: location ? { ...headers, location } : headers, body };
}

/** In characters; an HTML page may have a long head. */
const LONGEST_EXCERPT_SOURCE = 64 * 1024;

/** A call to the gateway itself, with the key. */
export interface GatewayCall {
	/** One of the wire's routes. */
	path: string;
	/** Sent with POST; without a body the request is a GET. */
	body?: JsonRecord | FormData;
	/** Until the whole response has arrived. */
	timeoutMs: number;
	/**
	 * Not cancelled with the execution, and returns the partial text of a broken response: what it bought must become
	 * known.
	 */
	isPaid?: boolean;
}

/** @throws {SoraFailure} of a lost connection if there was no response */
export async function callGateway(
	gateway: Gateway,
	{ path, body, timeoutMs, isPaid = false }: GatewayCall,
): Promise<Answer> {
	const { context, address, conceal, ignoresCertificates: ignoresCertificate } = gateway;
	const stop = (context as Partial<IExecuteFunctions>).getExecutionCancelSignal?.();
	const ending = new Ending(timeoutMs, isPaid ? undefined : stop);
	const headers = { Accept: 'application/json', ...(!body && { 'Cache-Control': 'no-cache' }) };
	const request = { withKey: true, headers, body, ignoresCertificate, ending, timeoutMs };
	try {
		const reply = await send(gateway, new URL(address + path), request);
		const contentType = String(reply.headers['content-type'] ?? '');
		const { text, isCut, lost } = await textOf(reply.body, LIMITS.answer, contentType);
		if (lost !== undefined && !isPaid) throw lost as Error;
		return {
			status: reply.status,
			headers: reply.headers,
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
