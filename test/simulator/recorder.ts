import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { GatewayClock } from './clock';

const ROUTES = [
	['generate', 'POST', /^\/v1\/videos$|^\/v2\/videos\/generations$/],
	['models', 'GET', /^\/v1\/(videos\/)?models$/],
	['task', 'GET', /^\/v1\/videos\/[^/]+$|^\/v2\/videos\/generations\//],
	['file', 'GET', /^\/v1\/videos\/[^/]+\/content$/],
	['character', 'POST', /^\/sora\/v1\/characters$/],
	['upload', 'POST', /^\/v1\/files$/],
	['quota', 'GET', /^\/v1\/(token\/quota|key)$|^\/api\/usage\/token\/?$/],
] as const;

/** A request that reached the simulator. */
export interface RecordedRequest {
	/** Gateway milliseconds. */
	at: number;
	/** Real milliseconds since 1970. */
	realAt: number;
	method: string;
	/** With its query. */
	path: string;
	route: (typeof ROUTES)[number][0] | 'other';
	host: 'gateway' | 'files' | 'elsewhere';
	/** `reset`: the simulator cut the connection. `open`: not answered, or not completely. */
	status: number | 'reset' | 'open';
	/** Whether a valid key is anywhere in the URL or the headers, or there is an Authorization header. */
	carriesKey: boolean;
	/** Valid keys are replaced by `[key]` and `[other key]`. */
	headers: Record<string, string>;
	body?: unknown;
	taskId?: string;
}

function routeOf(host: RecordedRequest['host'], method: string, url: string) {
	if (host !== 'gateway') return host === 'files' ? 'file' : 'other';
	const path = url.replace(/\?.*/s, '').replace(/^\/api(?=\/v1\/)/, '');
	const route = ROUTES.find(([, verb, pattern]) => verb === method && pattern.test(path));
	return route?.[0] ?? 'other';
}

/** Records every request to the three hosts, as soon as its headers have arrived. */
export class Recorder {
	readonly requests: RecordedRequest[] = [];

	private readonly records = new WeakMap<FastifyRequest['raw'], RecordedRequest>();

	constructor(
		private readonly clock: GatewayClock,
		private readonly keys: Readonly<Record<string, string>>,
		private readonly log: (line: string) => void,
	) {}

	/** Must be called before anything else that hooks into the server. */
	watch(server: FastifyInstance, host: RecordedRequest['host']): void {
		server.addHook('onRequest', async ({ raw, method, url }, reply) => {
			if (host === 'gateway' && /^\/simulator(?:[/?]|$)/.test(url)) return;
			const headers = Object.entries(raw.headers).map(([name, value]) => [name, String(value)]);
			const everything = `${url} ${headers.flat().join(' ')}`;
			const record: RecordedRequest = {
				at: this.clock.now(),
				realAt: Date.now(),
				method,
				path: this.hideKeys(url),
				route: routeOf(host, method, url),
				host,
				status: 'open',
				carriesKey: 'authorization' in raw.headers || this.hideKeys(everything) !== everything,
				headers: Object.fromEntries(
					headers.map(([name, value = '']) => [name, this.hideKeys(value)]),
				),
			};
			this.requests.push(record);
			this.records.set(raw, record);
			reply.raw.once('close', () => {
				this.log(`${host} ${method} ${record.path} ${record.status}`);
			});
		});
		server.addHook('preHandler', async ({ raw, body }) => {
			if (body !== undefined) this.note(raw, { body });
		});
		server.addHook('onSend', async ({ raw }, { statusCode }) => {
			this.note(raw, { status: statusCode });
		});
	}

	/** Adds to the record of a request. */
	note(raw: FastifyRequest['raw'], more: Partial<RecordedRequest>): void {
		Object.assign(this.records.get(raw) ?? {}, more);
	}

	private hideKeys(text: string): string {
		return Object.entries(this.keys).reduce(
			(hidden, [name, key]) => hidden.replaceAll(key, `[${name}]`),
			text,
		);
	}
}
