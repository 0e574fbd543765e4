/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- real sockets, and the proxy of the environment */
import { connect, createServer, type Socket } from 'node:net';
import execa from 'execa';
import type { ServerResponse } from 'node:http';

import { LIMITS } from '../../nodes/Sora/gateway/timeouts';
import { until } from '../until';
import { selfSigned } from './certificate';
import { boat, GET, goOn } from './gateway';
import {
	finished,
	gatewayScript,
	json,
	KEY,
	listening,
	runAgainst,
	scripted,
	task,
	TASK,
	type Script,
} from './scripted';
import { time, useVirtualLimits } from './time';

jest.mock('../../nodes/Sora/gateway/timeouts', () => {
	const actual = jest.requireActual<{ LIMITS: object }>('../../nodes/Sora/gateway/timeouts');
	return { ...actual, LIMITS: { ...actual.LIMITS } };
});

const impatient = { maxWaitMinutes: 1 };
const wholePage = (title: string) => `<html><head><title>${title}</title></head></html>`;

/** Sends something every other second until the client is gone. */
function drip(response: ServerResponse | Socket, what: string): void {
	const gone = new AbortController();
	response.once('close', () => gone.abort());
	void (async () => {
		while (await time.until(time.now() + 2_000, gone.signal)) response.write(what);
	})();
}

const trickling: Script = (_, response) => {
	response.writeHead(200, { 'content-type': 'application/json' });
	response.write('{"task_id":"');
	drip(response, ' ');
};

describe('an answer that never ends', () => {
	useVirtualLimits();

	it('to a poll costs that poll, not the task', async () => {
		let polls = 0;
		const gateway = await scripted(
			gatewayScript((request, response, socket) => {
				if (++polls <= 2) return void trickling(request, response, socket);
				json(response, finished('https://files.example/v.mp4'));
			}),
		);
		const { json: items, error } = await runAgainst(gateway.url, boat);
		expect(error).toBeUndefined();
		expect(items('Done')[0]).toMatchObject({ task_id: TASK, status: 'SUCCESS' });
		await until(() => gateway.open() === 0);
	});

	it('to every poll ends at the maximum wait, and leaves no connection behind', async () => {
		const gateway = await scripted(gatewayScript(trickling));
		const { error } = await runAgainst(gateway.url, { ...boat, options: impatient });
		expect(error?.message).toMatch(/not finished within the maximum wait.*video_1/);
		await until(() => gateway.open() === 0);
	});

	it('to a submission leaves it uncertain, after one request', async () => {
		const gateway = await scripted(trickling);
		const { error } = await runAgainst(gateway.url, boat);
		expect(error?.message).toMatch(/^Submission uncertain.*no answer in time/);
		expect(gateway.requests).toHaveLength(1);
		await until(() => gateway.open() === 0);
	});

	it('ends also where its head trickles', async () => {
		const server = createServer((socket) => {
			socket.on('error', () => undefined);
			socket.once('data', () => {
				socket.write('HTTP/1.1 200 OK\r\nX-Slow: ');
				drip(socket, 'a');
			});
		});
		const gateway = await listening(server, 'http');
		const { error } = await runAgainst(gateway.url, boat);
		expect(error?.message).toMatch(/^Submission uncertain.*no answer in time/);
		await until(() => gateway.open() === 0);
	});

	it('to Get without a wait is told after a few attempts', async () => {
		const gateway = await scripted(trickling);
		const { error } = await runAgainst(gateway.url, { ...GET, taskId: TASK });
		expect(error?.message).toMatch(/did not answer.*video_1/);
		expect(gateway.requests).toHaveLength(4);
	});
});

it('asks for nothing that a cache has', async () => {
	const gateway = await scripted(
		gatewayScript((_, response) => json(response, finished('https://files.example/v.mp4'))),
	);
	await runAgainst(gateway.url, boat);
	expect(gateway.requests.map(({ method, headers }) => [method, headers['cache-control']])).toEqual(
		[
			['POST', undefined],
			['GET', 'no-cache'],
		],
	);
});

it('sends nothing where no connection comes to be at all, and finds that out in seconds', async () => {
	// n8n's agent waits for a connection in real time.
	const { connect: usual } = LIMITS;
	Object.assign(LIMITS, { connect: 500 });
	// A process that listens and is stopped: when its queue is full, the system answers nobody.
	const stopped = execa('node', [
		'-e',
		"const s = require('net').createServer().listen(0, '127.0.0.1', 1, () => console.log(s.address().port));",
	]);
	const port = await new Promise<number>((resolve) =>
		stopped.stdout?.once('data', (line) => resolve(Number(line))),
	);
	stopped.kill('SIGSTOP');
	const queue = Array.from({ length: 5 }, () =>
		connect(port, '127.0.0.1').on('error', () => undefined),
	);
	try {
		const { json: items } = await runAgainst(`http://127.0.0.1:${port}`, boat, goOn);
		expect(items('Done')[0]).toMatchObject({
			category: 'unreachable',
			error: expect.stringMatching(/nothing was sent: there was no answer in time/),
		});
	} finally {
		Object.assign(LIMITS, { connect: usual });
		for (const socket of queue) socket.destroy();
		stopped.kill('SIGKILL');
		await stopped.catch(() => undefined);
	}
});

describe('a request that ended before the connection was secure was not sent', () => {
	useVirtualLimits();
	it.each([
		['closes', (socket: Socket) => socket.end()],
		['resets', (socket: Socket) => socket.resetAndDestroy()],
		['never speaks', () => undefined],
	])('where the server %s during the handshake', async (_, act) => {
		let connections = 0;
		const server = createServer((socket) => {
			connections++;
			socket.on('error', () => undefined);
			socket.once('data', () => act(socket));
		});
		const { url } = await listening(server, 'https');
		const { json: items } = await runAgainst(url, boat, goOn);
		expect(items('Done')[0]).toMatchObject({
			category: 'unreachable',
			error: expect.stringMatching(/nothing was sent/),
		});
		expect(connections).toBeGreaterThan(0);
	});

	it('but is uncertain where it is cut behind the handshake', async () => {
		const gateway = await scripted((_, __, socket) => void socket.destroy(), selfSigned());
		const { error } = await runAgainst(gateway.url, boat, {
			credential: { apiKey: KEY, baseUrl: gateway.url, allowUnauthorizedCerts: true },
		});
		expect(error?.message).toMatch(/^Submission uncertain/);
		expect(gateway.requests).toHaveLength(1);
	});

	describe('behind a proxy', () => {
		afterEach(() => {
			delete process.env.HTTPS_PROXY;
		});

		const answers = (status: string) => (socket: Socket) =>
			void socket.end(
				`HTTP/1.1 ${status}\r\ncontent-type: text/html\r\ncontent-length: 47\r\n\r\n${wholePage('Bad')}`,
			);

		it.each([
			['asks for a login', answers('407 Proxy Authentication Required'), /HTTP 407/],
			['does not let it through', answers('403 Forbidden'), /HTTP 403/],
			['cannot connect', answers('502 Bad Gateway'), /HTTP 502/],
			['is overloaded', answers('503 Service Unavailable'), /HTTP 503/],
			['gives up', answers('504 Gateway Timeout'), /HTTP 504/],
			['closes', (socket: Socket) => void socket.end(), /nothing was sent/],
			['resets', (socket: Socket) => void socket.resetAndDestroy(), /nothing was sent/],
			['says nothing', () => undefined, /no answer in time/],
			[
				'opens the tunnel and closes it',
				(socket: Socket) => {
					socket.write('HTTP/1.1 200 OK\r\n\r\n');
					socket.once('data', () => socket.end());
				},
				/nothing was sent/,
			],
		])('that %s', async (_, act, words) => {
			let connections = 0;
			const proxy = await listening(
				createServer((socket) => {
					connections++;
					socket.on('error', () => undefined);
					socket.once('data', () => act(socket));
				}),
				'http',
			);
			process.env.HTTPS_PROXY = proxy.url;
			const { json: items } = await runAgainst('https://gateway.example', boat, goOn);
			expect(items('Done')[0]).toMatchObject({
				category: 'unreachable',
				error: expect.stringMatching(words),
			});
			expect(connections).toBeGreaterThan(0);
		});

		it('but an answer of the gateway’s own, through the tunnel, is the gateway’s', async () => {
			const gateway = await scripted((_, response) => {
				response.writeHead(502, { 'content-type': 'text/html' });
				response.end(wholePage('Bad Gateway'));
			}, selfSigned());
			const { error } = await runAgainst(gateway.url, boat, {
				credential: { apiKey: KEY, baseUrl: gateway.url, allowUnauthorizedCerts: true },
			});
			expect(error?.message).toMatch(/^Submission uncertain/);
			expect(error?.description).toContain('Bad Gateway');
			expect(gateway.requests).toHaveLength(1);
		});
	});
});

describe('a task ID', () => {
	it.each([
		'..',
		'.',
		'...',
		'../models',
		'a/../../v1/models',
		'a\\..\\b',
		'%2e%2e',
		'..%2f..%2fv1',
	])('that means a path (%s) reads no other route', async (taskId) => {
		const gateway = await scripted((_, response) => json(response, task()));
		const { error } = await runAgainst(gateway.url, { ...GET, taskId });
		expect(error?.message).toMatch(/task ID/i);
		expect(gateway.requests).toEqual([]);
	});

	it('that the gateway gives like this is named in the error, and nothing else is read', async () => {
		for (const [taskId, shown] of [
			['..', '(task ..)'],
			['half \ud83d', '(task half \\ud83d)'],
		]) {
			const gateway = await scripted((_, response) => json(response, { task_id: taskId }));
			const { error } = await runAgainst(gateway.url, boat);
			expect(error?.message).toContain(shown);
			expect(gateway.requests.map(({ method }) => method)).toEqual(['POST']);
		}
	});

	it('with a line break is polled by itself, and breaks no line', async () => {
		const taskId = 'a\r\nb';
		const gateway = await scripted(({ method }, response) =>
			json(response, method === 'POST' ? { task_id: taskId } : task({ task_id: taskId })),
		);
		const { error } = await runAgainst(gateway.url, { ...boat, options: impatient });
		expect(error?.message).toContain('(task a\\u000d\\u000ab)');
		expect(gateway.requests[1]?.path).toBe('/v2/videos/generations/a%0D%0Ab');
	});
});
