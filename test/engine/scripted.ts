/* eslint-disable @n8n/community-nodes/no-restricted-imports -- answers on real sockets, never inside n8n */
/** A gateway whose answers are written by the test, byte by byte if needed, on a real socket. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { IDataObject } from 'n8n-workflow';

import { runNode, type RunOptions } from './gateway';

/** With characters that JSON, URLs and HTML may escape. */
export const KEY = `${'Ab/+_-='.repeat(3)}9`;
export const TASK = 'video_1';

export interface SeenRequest {
	method: string;
	path: string;
	headers: IncomingMessage['headers'];
	/** The request carried the key. */
	withKey: boolean;
}

/** The test's answer to a request. */
export type Script = (
	request: SeenRequest,
	response: ServerResponse,
	socket: Socket,
) => void | Promise<void>;

export interface Scripted extends Awaited<ReturnType<typeof listening>> {
	requests: SeenRequest[];
}

/** Listening on loopback until the test is over. */
const running: Array<() => Promise<void>> = [];
afterEach(async () => {
	await Promise.all(running.splice(0).map(async (close) => await close()));
});

export async function listening(server: Server, scheme: string) {
	const sockets = new Set<Socket>();
	server.on('connection', (socket) => {
		sockets.add(socket);
		socket.on('error', () => undefined);
		socket.once('close', () => sockets.delete(socket));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	running.push(async () => {
		for (const socket of sockets) socket.destroy();
		await new Promise<void>((resolve) => server.close(() => resolve()));
	});
	const { port } = server.address() as AddressInfo;
	/** The number of open connections. */
	const open = () => sockets.size;
	return { url: `${scheme}://127.0.0.1:${port}`, open };
}

/** @param certificate makes the server speak https */
export async function scripted(
	script: Script,
	certificate?: { key: string; cert: string },
): Promise<Scripted> {
	const requests: SeenRequest[] = [];
	const answer = (request: IncomingMessage, response: ServerResponse) => {
		const { method = '', url: path = '', headers } = request;
		const seen = { method, path, headers, withKey: JSON.stringify(headers).includes(KEY) };
		requests.push(seen);
		request.resume();
		response.on('error', () => undefined);
		request.once('end', () => void script(seen, response, request.socket));
	};
	const server = certificate ? createSecureServer(certificate, answer) : createServer(answer);
	return { ...(await listening(server, certificate ? 'https' : 'http')), requests };
}

export const json = (response: ServerResponse, body: unknown, status = 200) => {
	response.writeHead(status, { 'content-type': 'application/json' });
	response.end(JSON.stringify(body));
};

export const task = (more: object = {}) => ({
	task_id: TASK,
	status: 'IN_PROGRESS',
	progress: '50%',
	fail_reason: '',
	data: null,
	...more,
});

export const finished = (output: unknown) =>
	task({ status: 'SUCCESS', progress: '100%', data: { output } });

/** Accepts every order; the test answers polls and other requests. */
export const gatewayScript =
	(poll: Script, other: Script = (_, response) => json(response, {}, 404)): Script =>
	async (request, response, socket) => {
		if (request.method === 'POST') json(response, { task_id: TASK });
		else if (request.path.includes('/v2/videos/generations/'))
			await poll(request, response, socket);
		else await other(request, response, socket);
	};

/** Runs one Sora node against it, in virtual time. */
export const runAgainst = async (
	baseUrl: string,
	parameters: IDataObject,
	{ credential, ...more }: Omit<RunOptions, 'credential'> & { credential?: IDataObject } = {},
) => await runNode({ apiKey: KEY, baseUrl, ...credential }, parameters, more);

/** POST requests, mainly orders. */
export const postsTo = ({ requests }: Pick<Scripted, 'requests'>) =>
	requests.filter(({ method }) => method === 'POST');
