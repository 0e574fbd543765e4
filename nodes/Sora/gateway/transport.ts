/**
 * The one place where HTTP leaves the node. The key is added by n8n's credential, only for the base URL's
 * origin; redirects are never followed here, so it cannot travel along one.
 */
import type {
	IExecuteFunctions,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
	IN8nHttpFullResponse,
	IWebhookFunctions,
} from 'n8n-workflow';

import type { JsonRecord } from './contract';
import { excerpt, SoraFailure } from './failures';

export const CREDENTIAL_TYPE = 'soraApi';

/** What the gateway's rooms need of n8n: any context that can send and knows the credential. */
export type GatewayContext = Pick<
	IExecuteFunctions | ILoadOptionsFunctions | IWebhookFunctions,
	'helpers' | 'getCredentials' | 'getNode'
>;

/** A gateway as the credential describes it. */
export interface Gateway {
	context: GatewayContext;
	/** Base URL: origin and path prefix, without a slash at the end. */
	address: string;
	/** Takes the key out of what the gateway says: some quote it back. */
	conceal(text: string): string;
}

/** A shorter key would be found in innocent words; no gateway gives such keys. */
const SHORTEST_KEY = 8;

/** @throws {SoraFailure} invalid_input where the credential's base URL cannot be used */
export async function openGateway(context: GatewayContext): Promise<Gateway> {
	const { baseUrl, apiKey } = await context.getCredentials<{ baseUrl?: unknown; apiKey?: unknown }>(
		CREDENTIAL_TYPE,
	);
	const key = typeof apiKey === 'string' ? apiKey.trim() : '';
	return {
		context,
		address: checkedBaseUrl(baseUrl),
		conceal: (text) => (key.length < SHORTEST_KEY ? text : text.replaceAll(key, '***')),
	};
}

/** @throws {SoraFailure} invalid_input unless it is an http(s) URL without user, query or fragment */
export function checkedBaseUrl(baseUrl: unknown): string {
	const typed = typeof baseUrl === 'string' ? baseUrl.trim() : '';
	const url = URL.canParse(typed) ? new URL(typed) : undefined;
	const wrong = (detail: string) =>
		new SoraFailure('invalid_input', {
			detail: `the base URL of the Sora API credential ${detail}`,
			advice:
				'Open the Sora API credential and enter the address of your gateway, such as https://gateway.example.com. Nothing was sent.',
		});
	if (!typed) throw wrong('is empty');
	if (!url || !/^https?:$/.test(url.protocol)) throw wrong('is no http or https address');
	if (url.username || url.password) throw wrong('holds a user name or password');
	if (url.search || url.hash) throw wrong('holds a "?" or "#"');
	return url.origin + url.pathname.replace(/\/+$/, '');
}

interface OutgoingRequest {
	method: 'GET' | 'POST';
	url: string;
	/** The key goes along; only for the gateway's own origin. */
	withKey: boolean;
	body?: JsonRecord | FormData;
	timeoutMs: number;
	responseType: 'text' | 'stream';
	abortSignal?: AbortSignal;
}

/** Node's and OpenSSL's words for a connection that never came to be. */
const NOT_CONNECTED = new Set([
	'ENOTFOUND',
	'EAI_AGAIN',
	'EAI_FAIL',
	'ECONNREFUSED',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'EHOSTDOWN',
	'ENETDOWN',
	'EADDRNOTAVAIL',
]);
/** System calls that come before a connection exists; whatever fails in them was not sent. */
const BEFORE_CONNECTION = new Set(['getaddrinfo', 'connect']);
const TLS_CODE =
	/^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|EPROTO)/;

const REASONS: Record<string, string> = {
	ENOTFOUND: 'its host name is not known',
	EAI_AGAIN: 'its host name could not be looked up',
	EAI_FAIL: 'its host name could not be looked up',
	ECONNREFUSED: 'it refused the connection',
	EHOSTUNREACH: 'there is no route to it',
	ENETUNREACH: 'there is no route to it',
	ETIMEDOUT: 'there was no answer in time',
	ECONNABORTED: 'there was no answer in time',
	ECONNRESET: 'the connection was cut',
	EPIPE: 'the connection was cut',
	EPROTO: 'it does not speak https there',
	CERT_HAS_EXPIRED: 'its certificate has expired',
	DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
	SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is self-signed',
	ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate belongs to another host',
};

/** A request that ended without an answer. `sent` tells whether it may have reached the gateway. */
export class ConnectionLost extends Error {
	constructor(
		readonly code: string,
		readonly sent: 'no' | 'maybe',
		/** What was thrown, where no code tells: the trouble may be n8n's own. */
		private readonly said = '',
	) {
		super(code);
	}

	/** The system's code in words; n8n would replace a message that holds the code itself. */
	get reason(): string {
		const unknown = this.said
			? `n8n reports "${this.said}"`
			: 'the connection ended without an answer';
		return REASONS[this.code] ?? unknown;
	}

	get failure(): SoraFailure {
		const isTls = TLS_CODE.test(this.code);
		return new SoraFailure(
			isTls ? 'tls_failed' : this.sent === 'no' ? 'unreachable' : 'gateway_silent',
			{
				detail: isTls
					? (REASONS[this.code] ?? 'its certificate could not be verified')
					: this.reason,
			},
		);
	}
}

/** n8n wraps what axios threw, once or twice; the system's error is somewhere along the causes. */
function errorChain(error: unknown): JsonRecord[] {
	const chain: JsonRecord[] = [];
	for (const queue = [error]; queue.length && chain.length < 12; ) {
		const next = queue.shift();
		if (typeof next !== 'object' || next === null || chain.includes(next as JsonRecord)) continue;
		const link = next as JsonRecord;
		chain.push(link);
		queue.push(link.cause, link.errorResponse, ...(Array.isArray(link.errors) ? link.errors : []));
	}
	return chain;
}

/** Hosts before n8n 2.34 drop the cause and keep its code where an HTTP status goes otherwise. */
const codeOf = ({ code, httpCode }: JsonRecord): string =>
	[code, httpCode].find(
		(found): found is string => typeof found === 'string' && /\D/.test(found),
	) ?? '';

function connectionLost(error: unknown): ConnectionLost {
	const chain = errorChain(error);
	const early = chain.find(
		(link) =>
			NOT_CONNECTED.has(codeOf(link)) ||
			TLS_CODE.test(codeOf(link)) ||
			BEFORE_CONNECTION.has(String(link.syscall)),
	);
	if (early) return new ConnectionLost(codeOf(early), 'no');
	const code = chain.map(codeOf).find(Boolean);
	const said = code ? '' : excerpt(String(chain[0]?.message ?? ''));
	return new ConnectionLost(code ?? 'no answer', 'maybe', said);
}

/**
 * Sends one request and returns the answer whatever its status.
 * @throws {ConnectionLost} when there was no answer
 */
async function send(
	context: GatewayContext,
	request: OutgoingRequest,
): Promise<IN8nHttpFullResponse> {
	const options: IHttpRequestOptions = {
		method: request.method,
		url: request.url,
		body: request.body as IHttpRequestOptions['body'],
		headers: request.withKey ? { Accept: 'application/json' } : {},
		timeout: request.timeoutMs,
		encoding: request.responseType,
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
		disableFollowRedirect: true,
		abortSignal: request.abortSignal,
	};
	try {
		return (await (request.withKey
			? context.helpers.httpRequestWithAuthentication.call(
					context as IExecuteFunctions,
					CREDENTIAL_TYPE,
					options,
				)
			: context.helpers.httpRequest(options))) as IN8nHttpFullResponse;
	} catch (error) {
		throw connectionLost(error);
	}
}

export interface Answer {
	status: number;
	headers: JsonRecord;
	text: string;
}

/** A call to the gateway itself, with the key. @param call.path one of the contract's routes */
export async function callGateway(
	{ context, address, conceal }: Gateway,
	call: Pick<OutgoingRequest, 'method' | 'body' | 'timeoutMs'> & { path: string },
): Promise<Answer> {
	const answer = await send(context, {
		...call,
		url: address + call.path,
		withKey: true,
		responseType: 'text',
	});
	const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? '');
	return {
		status: answer.statusCode,
		headers: answer.headers as JsonRecord,
		text: conceal(text),
	};
}

/** Opens a file for reading, without the key: results lie on other hosts. */
export async function openFile(
	context: GatewayContext,
	url: string,
	limits: { timeoutMs: number; abortSignal: AbortSignal },
): Promise<IN8nHttpFullResponse> {
	return await send(context, {
		method: 'GET',
		url,
		withKey: false,
		responseType: 'stream',
		...limits,
	});
}
