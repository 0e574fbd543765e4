import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { GatewayClock } from './clock';

/** A request that reached the simulator. */
export interface RecordedRequest {
	/** Gateway milliseconds. */
	at: number;
	/** Real milliseconds since 1970. */
	realAt: number;
	method: string;
	/** With its query. */
	path: string;
	route: 'generate' | 'task' | 'character' | 'upload' | 'models' | 'quota' | 'file' | 'other';
	host: 'gateway' | 'files' | 'elsewhere';
	/** `reset`: the simulator cut the connection. `open`: it has not answered, or not to the end. */
	status: number | 'reset' | 'open';
	/** Whether a working key is anywhere in the URL or the headers, or any Authorization header is there. */
	carriesKey: boolean;
	/** Working keys are replaced by `[key]` and `[other key]`. */
	headers: Record<string, string>;
	body?: unknown;
	taskId?: string;
	/** When the client hung up before the answer was complete, in gateway milliseconds. */
	leftAt?: number;
}

function routeOf(host: RecordedRequest['host'], method: string, path: string) {
	if (host === 'files') return 'file';
	if (host === 'elsewhere') return 'other';
	const [withPrefix = ''] = path.split('?');
	const bare = withPrefix.replace(/^\/api(?=\/v1\/)/, '');
	if (method === 'POST' && bare === '/v1/videos') return 'generate';
	if (method === 'GET' && bare === '/v1/videos/models') return 'models';
	if (method === 'GET' && /^\/v1\/videos\/[^/]+$/.test(bare)) return 'task';
	if (method === 'GET' && /^\/v1\/videos\/[^/]+\/content$/.test(bare)) return 'file';
	if (method === 'POST' && bare === '/v2/videos/generations') return 'generate';
	if (method === 'GET' && bare.startsWith('/v2/videos/generations/')) return 'task';
	if (method === 'POST' && bare === '/sora/v1/characters') return 'character';
	if (method === 'POST' && bare === '/v1/files') return 'upload';
	if (method === 'GET' && bare === '/v1/models') return 'models';
	return method === 'GET' && /^\/v1\/(token\/quota|key)$|^\/api\/usage\/token\/?$/.test(bare)
		? 'quota'
		: 'other';
}

/** Writes down every request to the three hosts, from the moment its header has come. */
export class Recorder {
	readonly requests: RecordedRequest[] = [];

	private readonly records = new WeakMap<FastifyRequest['raw'], RecordedRequest>();

	constructor(
		private readonly clock: GatewayClock,
		private readonly keys: Readonly<Record<string, string>>,
		private readonly log: (line: string) => void,
	) {}

	/** Must come before anything else that hooks into the server. */
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
				carriesKey:
					'authorization' in raw.headers ||
					Object.values(this.keys).some((key) => everything.includes(key)),
				headers: Object.fromEntries(
					headers.map(([name, value]) => [name, this.hideKeys(value ?? '')]),
				),
			};
			this.requests.push(record);
			this.records.set(raw, record);
			reply.raw.once('close', () => {
				if (record.status === 'open' || !reply.raw.writableFinished) {
					if (record.status !== 'reset') record.leftAt = this.clock.now();
				}
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

	/** Adds to what is written down of a request. */
	note(raw: FastifyRequest['raw'], more: Partial<RecordedRequest>): void {
		const record = this.records.get(raw);
		if (record) Object.assign(record, more);
	}

	clear(): void {
		this.requests.length = 0;
	}

	private hideKeys(text: string): string {
		let hidden = text;
		for (const [name, key] of Object.entries(this.keys))
			hidden = hidden.replaceAll(key, `[${name}]`);
		return hidden;
	}
}
