/** What becomes of a request that got no answer: why, and whether it may have reached the gateway. */
import type { JsonRecord } from './contract';
import { SoraFailure } from './failures';
import { excerpt } from './printable';

/** Node's words for a connection that never came to be. */
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
	/^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|EPROTO|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)/;
/** What neither a restart nor a minute mends: a name that nobody knows, a certificate, a port without TLS. */
const LASTING_CODE = /^(?:ENOTFOUND|EAI_FAIL)$/;
/** The words of Node and of the agent for proxies, for hosts that keep nothing but the words. */
const BEFORE_TLS =
	/disconnected before secure TLS connection|Proxy connection ended before receiving CONNECT/i;

/** Ours: time was up. */
const LATE = 'ETIMEDOUT';
/** Ours: a proxy answered in the gateway's place. */
export const PROXY_REFUSED = 'PROXY_REFUSED';
/** Ours: the connection ended before it could be used. */
const NOT_SECURED = 'NOT_SECURED';

const REASONS: Record<string, string> = {
	ENOTFOUND: 'its host name is not known',
	EAI_AGAIN: 'its host name could not be looked up',
	EAI_FAIL: 'its host name could not be looked up',
	ECONNREFUSED: 'it refused the connection',
	EHOSTUNREACH: 'there is no route to it',
	ENETUNREACH: 'there is no route to it',
	[LATE]: 'there was no answer in time',
	ECONNABORTED: 'there was no answer in time',
	ECONNRESET: 'the connection was cut',
	EPIPE: 'the connection was cut',
	EPROTO: 'it does not speak https there',
	CERT_HAS_EXPIRED: 'its certificate has expired',
	DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
	SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is self-signed',
	ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate belongs to another host',
	[NOT_SECURED]: 'the connection ended before it was secure',
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
		if (this.code === PROXY_REFUSED) return `a proxy on the way to it refused (${this.said})`;
		const unknown = this.said
			? `n8n reports "${this.said}"`
			: 'the connection ended without an answer';
		return REASONS[this.code] ?? unknown;
	}

	/** Another attempt within a minute would end the same way. */
	get isLasting(): boolean {
		return LASTING_CODE.test(this.code) || TLS_CODE.test(this.code);
	}

	get failure(): SoraFailure {
		const isTls = TLS_CODE.test(this.code);
		return new SoraFailure(
			isTls ? 'tls_failed' : this.sent === 'no' ? 'unreachable' : 'gateway_silent',
			{
				detail: isTls
					? (REASONS[this.code] ?? 'its certificate could not be verified')
					: this.reason,
				...(this.isLasting && { lasting: true }),
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

/**
 * Whether Node's request was handed to a connection that stood: a socket that is neither connecting nor shaking
 * hands. A proxy's tunnel becomes a request's socket when it stands.
 * @returns `undefined` where this link of the chain knows of no request
 */
function hasLeft({ request }: JsonRecord): boolean | undefined {
	if (typeof request !== 'object' || request === null || !('socket' in request)) return undefined;
	const { socket } = request as { socket: unknown };
	if (typeof socket !== 'object' || socket === null) return false;
	const { connecting, secureConnecting, _bytesDispatched: handedOver } = socket as JsonRecord;
	// A socket that was given up while it was connecting says no more that it was; nothing was handed to the system.
	return connecting !== true && secureConnecting !== true && handedOver !== 0;
}

const wordsOf = ({ message, messages }: JsonRecord): string =>
	[message, ...(Array.isArray(messages) ? messages : [])].join('\n');

/** @param isLate our own deadline ended the request */
export function connectionLost(error: unknown, isLate = false): ConnectionLost {
	if (error instanceof ConnectionLost) return error;
	const chain = errorChain(error);
	const left = chain.map(hasLeft).find((known) => known !== undefined);
	const early = chain.find(
		(link) =>
			NOT_CONNECTED.has(codeOf(link)) ||
			// A server may also complain of a certificate when the handshake is over.
			(TLS_CODE.test(codeOf(link)) && left !== true) ||
			BEFORE_CONNECTION.has(String(link.syscall)),
	);
	if (early) return new ConnectionLost(codeOf(early), 'no');
	const unsent = left === false || chain.some((link) => BEFORE_TLS.test(wordsOf(link)));
	if (isLate) return new ConnectionLost(LATE, unsent ? 'no' : 'maybe');
	const code = chain.map(codeOf).find(Boolean);
	if (unsent) return new ConnectionLost(code === 'ECONNABORTED' ? LATE : NOT_SECURED, 'no');
	const said = code ? '' : excerpt(String(chain[0]?.message ?? ''));
	return new ConnectionLost(code ?? 'no answer', 'maybe', said);
}

/** The answer that axios put into the error it threw, and the request that it answers. */
export function answerWithin(error: unknown): { answer: JsonRecord; request: unknown } | undefined {
	const link = errorChain(error).find(
		({ response }) => typeof response === 'object' && response !== null,
	);
	return link && { answer: link.response as JsonRecord, request: link.request };
}
