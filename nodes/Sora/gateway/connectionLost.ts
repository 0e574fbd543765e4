/** Judges a request that got no answer: why, and whether it may have reached the gateway. */
import type { JsonRecord } from './answers/json';
import { SoraFailure } from './failures';
import { excerpt } from './printable';

/** Node's messages for a failed connection: n8n before 2.34 keeps nothing else of the error. */
const NOT_CONNECTED =
	/^(?:ENOTFOUND|EAI_\w+|ECONNREFUSED|E(?:HOST|NET)(?:UNREACH|DOWN)|EADDRNOTAVAIL)$/;
/** System calls made before a connection exists; if one of them fails, nothing was sent. */
const BEFORE_CONNECTION = /^(?:getaddrinfo|connect)$/;
const TLS_CODE =
	/^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|EPROTO|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)/;
/** An unknown host name: retrying does not help. */
const LASTING_CODE = /^(?:ENOTFOUND|EAI_FAIL)$/;
/** Messages of Node and of the proxy agent. */
const BEFORE_TLS =
	/disconnected before secure TLS connection|Proxy connection ended before receiving CONNECT/i;

const NO_TIME = 'there was no answer in time';

/** System error codes in words; n8n would replace a message that contains the code itself. */
const REASONS: ReadonlyArray<[code: RegExp, words: string]> = [
	[/^ENOTFOUND$/, 'its host name is not known'],
	[/^EAI_/, 'its host name could not be looked up'],
	[/^ECONNREFUSED$/, 'it refused the connection'],
	[/UNREACH$/, 'there is no route to it'],
	[/^(?:ETIMEDOUT|ECONNABORTED)$/, NO_TIME],
	[/^(?:ECONNRESET|EPIPE)$/, 'the connection was cut'],
	[/^EPROTO$/, 'it does not speak https there'],
	[/EXPIRED$/, 'its certificate has expired'],
	[/SELF_SIGNED/, 'its certificate is self-signed'],
	[/ALTNAME|HOSTNAME/, 'its certificate belongs to another host'],
	[TLS_CODE, 'its certificate could not be verified'],
	[/^/, 'the connection ended without an answer'],
];
const reasonOf = (code: string) => REASONS.find(([pattern]) => pattern.test(code))?.[1] ?? '';

/** The connection failed, so nothing was sent. */
export const isUnconnected = (error: unknown): error is SoraFailure =>
	error instanceof SoraFailure && /^(?:unreachable|tls_failed)$/.test(error.category);

/** No answer came: the request was not sent, or nobody knows whether it was. */
export const isConnectionLost = (error: unknown): error is SoraFailure =>
	isUnconnected(error) || (error instanceof SoraFailure && error.category === 'gateway_silent');

/** n8n wraps what axios threw, once or twice; the system error is somewhere in the chain of causes. */
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

/** n8n before 2.34 drops the cause and keeps its code in the field for the HTTP status. */
const codeOf = ({ code, httpCode }: JsonRecord): string =>
	[code, httpCode].find(
		(found): found is string => typeof found === 'string' && /\D/.test(found),
	) ?? '';

/**
 * Whether Node handed the request to an established connection, that is, to a socket that is neither connecting nor in
 * a TLS handshake. A proxy's tunnel becomes a request's socket only once it is established.
 * @returns `undefined` if this link of the chain has no request
 */
function hasLeft({ request }: JsonRecord): boolean | undefined {
	if (typeof request !== 'object' || request === null || !('socket' in request)) return undefined;
	const { socket } = request as { socket: unknown };
	if (typeof socket !== 'object' || socket === null) return false;
	const { connecting, secureConnecting, _bytesDispatched: handedOver } = socket as JsonRecord;
	// A socket abandoned while connecting no longer says that it was, but it has written nothing.
	return connecting !== true && secureConnecting !== true && handedOver !== 0;
}

const wordsOf = ({ message, messages }: JsonRecord): string =>
	[message, ...(Array.isArray(messages) ? messages : [])].join('\n');

/**
 * @param isLate our own deadline ended the request
 * @returns `unreachable` or `tls_failed` if the request was certainly not sent, otherwise `gateway_silent`
 */
export function connectionLost(error: unknown, isLate = false): SoraFailure {
	if (error instanceof SoraFailure) return error;
	const chain = errorChain(error);
	const codes = chain.map(codeOf).filter(Boolean);
	const [code = ''] = codes;
	const unsent = (detail: string, lasting?: true) =>
		new SoraFailure('unreachable', { detail, lasting });

	const early = chain.find(
		(link) => NOT_CONNECTED.test(codeOf(link)) || BEFORE_CONNECTION.test(String(link.syscall)),
	);
	if (early) return unsent(reasonOf(codeOf(early)), LASTING_CODE.test(codeOf(early)) || undefined);
	const left = chain.map(hasLeft).find((known) => known !== undefined);
	// A server may complain of a certificate after the handshake, too.
	const tls = left === true ? undefined : codes.find((each) => TLS_CODE.test(each));
	if (tls) return new SoraFailure('tls_failed', { detail: reasonOf(tls), lasting: true });
	if (left === false || chain.some((link) => BEFORE_TLS.test(wordsOf(link)))) {
		const isTimeout = isLate || code === 'ECONNABORTED';
		return unsent(isTimeout ? NO_TIME : 'the connection ended before it was secure');
	}
	// An error without a code may be n8n's own.
	const said = code ? '' : excerpt(String(chain[0]?.message ?? ''));
	const detail = isLate ? NO_TIME : said ? `n8n reports "${said}"` : reasonOf(code);
	return new SoraFailure('gateway_silent', { detail });
}

/** The response that axios attached to the error it threw, and its request. */
export function answerWithin(error: unknown): { answer: JsonRecord; request: unknown } | undefined {
	const link = errorChain(error).find(
		({ response }) => typeof response === 'object' && response !== null,
	);
	return link && { answer: link.response as JsonRecord, request: link.request };
}
