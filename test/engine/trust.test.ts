/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- real sockets, and the proxy of the environment */
import { connect, createServer, type Socket } from 'node:net';
import type { ServerResponse } from 'node:http';
import execa from 'execa';
import { Workflow, type ICredentialDataDecryptedObject, type INodeTypes } from 'n8n-workflow';
import { generate } from 'selfsigned';

import { SoraApi } from '../../credentials/SoraApi.credentials';
import { checkedBaseUrl } from '../../nodes/Sora/gateway/credential';
import { LIMITS } from '../../nodes/Sora/gateway/timeouts';
import { until } from '../until';
import { soraNode, soraWorkflow, withCredentials } from './engine';
import { boat, byIdea, CREATE, GET, goOn, ideas, retryOnFail } from './gateway';
import {
	finished,
	gatewayScript,
	json,
	KEY,
	listening,
	postsTo,
	runAgainst,
	scripted,
	task,
	TASK,
	type Script,
	type Scripted,
} from './scripted';
import { parked, StoredExecution, v1 } from './storedExecution';
import { time, useVirtualLimits } from './time';
import { startTrigger } from './trigger';

jest.mock('../../nodes/Sora/gateway/timeouts', () => {
	const actual = jest.requireActual<{ LIMITS: object }>('../../nodes/Sora/gateway/timeouts');
	return { ...actual, LIMITS: { ...actual.LIMITS } };
});

const impatient = { maxWaitMinutes: 1 };
const link = 'https://files.example/v.mp4';
const wholePage = (title: string) => `<html><head><title>${title}</title></head></html>`;
const allowed = { allowUnauthorizedCerts: true };

/** For 127.0.0.1, and nobody vouches for it: made anew for each test run, so that no key lies in the repository. */
const { private: key, cert } = generate([{ name: 'commonName', value: '127.0.0.1' }], {
	algorithm: 'sha256',
	keySize: 2048,
});
const selfSigned = { key, cert };

/** Answers every poll with this. */
const gatewayOf = async (poll: Script, other?: Script) =>
	await scripted(gatewayScript(poll, other));
const delivering =
	(output: string): Script =>
	(_, response) =>
		json(response, finished(output));

/** Sends these bytes as the answer. */
const raw =
	(body: string | Buffer, status = 200, headers: Record<string, string> = {}): Script =>
	(_, response) => {
		response.writeHead(status, { 'content-type': 'application/json', ...headers });
		response.end(body);
	};
const redirect = (location: string, status = 302) => raw('', status, { location });

/** Sends something every other second until the client is gone. */
function drip(response: ServerResponse | Socket, what: string): void {
	const gone = new AbortController();
	response.once('close', () => gone.abort());
	void (async () => {
		while (await time.until(time.now() + 2_000, gone.signal)) response.write(what);
	})();
}

/** A server that does this with the first bytes of each connection. */
async function acting(scheme: string, act: (socket: Socket) => void) {
	let connections = 0;
	const server = createServer((socket) => {
		connections++;
		socket.once('data', () => act(socket));
	});
	return { ...(await listening(server, scheme)), connections: () => connections };
}

const trickling: Script = (_, response) => {
	response.writeHead(200, { 'content-type': 'application/json' });
	response.write('{"task_id":"');
	drip(response, ' ');
};

describe('an answer that never ends', () => {
	useVirtualLimits();

	it('to every poll ends at the maximum wait, and leaves no connection open', async () => {
		const gateway = await gatewayOf(trickling);
		const { error } = await runAgainst(gateway.url, { ...boat, options: impatient });
		expect(error?.message).toMatch(/not finished within the maximum wait.*video_1/);
		await until(() => gateway.open() === 0);
	});

	it.each([
		['body', 'a\r\n\r\n{"task_id":"'],
		['head', ''],
	])('to a submission leaves it uncertain, after one request: its %s', async (_, begin) => {
		const gateway = await acting('http', (socket) => {
			socket.write(`HTTP/1.1 200 OK\r\nX-Slow: ${begin}`);
			drip(socket, 'a');
		});
		const { error } = await runAgainst(gateway.url, boat, { node: retryOnFail });
		expect(error?.message).toMatch(/^Submission uncertain.*no answer in time/);
		expect(gateway.connections()).toBe(1);
		await until(() => gateway.open() === 0);
	});
});

it('takes no answer from a cache', async () => {
	const gateway = await gatewayOf(delivering(link));
	await runAgainst(gateway.url, boat);
	const asked = gateway.requests.map(({ method, headers }) => [method, headers['cache-control']]);
	expect(asked).toEqual([
		['POST', undefined],
		['GET', 'no-cache'],
	]);
});

it('sends nothing if no connection can be made, and finds out in seconds', async () => {
	// n8n's agent waits for a connection in real time.
	const { connect: usual } = LIMITS;
	Object.assign(LIMITS, { connect: 100 });
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
	])('if the server %s during the handshake', async (_, act) => {
		const gateway = await acting('https', act);
		const { json: items } = await runAgainst(gateway.url, boat, goOn);
		expect(items('Done')[0]).toMatchObject({
			category: 'unreachable',
			error: expect.stringMatching(/nothing was sent/),
		});
		expect(gateway.connections()).toBeGreaterThan(0);
	});

	it('but is uncertain if it is cut after the handshake', async () => {
		const gateway = await scripted((_, __, socket) => void socket.destroy(), selfSigned);
		const { error } = await runAgainst(gateway.url, boat, { credential: allowed });
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
			['cannot connect', answers('502 Bad Gateway'), /HTTP 502/],
			['closes', (socket: Socket) => void socket.end(), /nothing was sent/],
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
			const proxy = await acting('http', act);
			process.env.HTTPS_PROXY = proxy.url;
			const { json: items } = await runAgainst('https://gateway.example', boat, goOn);
			expect(items('Done')[0]).toMatchObject({
				category: 'unreachable',
				error: expect.stringMatching(words),
			});
			expect(proxy.connections()).toBeGreaterThan(0);
		});

		it('but an answer from the gateway itself, through the tunnel, counts', async () => {
			const isPage = { 'content-type': 'text/html' };
			const gateway = await scripted(raw(wholePage('Bad Gateway'), 502, isPage), selfSigned);
			const { error } = await runAgainst(gateway.url, boat, { credential: allowed });
			expect(error?.message).toMatch(/^Submission uncertain/);
			expect(error?.description).toContain('Bad Gateway');
			expect(gateway.requests).toHaveLength(1);
		});
	});
});

describe('a task ID', () => {
	it('that forms a path reads no other route', async () => {
		const gateway = await scripted((_, response) => json(response, task()));
		const { error } = await runAgainst(gateway.url, { ...GET, taskId: 'a/../../v1/models' });
		expect(error?.message).toMatch(/task ID/i);
		expect(gateway.requests).toEqual([]);
	});

	it.each([
		['..', '(task ..)'],
		['half \ud83d', '(task half \\ud83d)'],
	])(
		'that the gateway gives like this is reported, and nothing else is read: %j',
		async (id, shown) => {
			const gateway = await scripted((_, response) => json(response, { task_id: id }));
			const { error } = await runAgainst(gateway.url, boat);
			expect(error?.message).toContain(shown);
			expect(gateway.requests.map(({ method }) => method)).toEqual(['POST']);
		},
	);
});

const GIF = Buffer.concat([Buffer.from('GIF89a'), Buffer.alloc(2_000, 1)]);
const sendsGif: Script = (_, response) => void response.end(GIF);
const fetched = { ...GET, taskId: TASK, downloadVideo: true };

const inCodes = (text: string) =>
	Array.from(text, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

const SPELLINGS: Array<[string, string]> = [
	['in codes', inCodes(KEY)],
	['in a URL', encodeURIComponent(KEY)],
];

/** All that a user, n8n's database and its log can see of an execution shows no key, however it is written. */
function expectNoKey({ error, run, contextData }: Awaited<ReturnType<typeof runAgainst>>): void {
	const { runData } = run.data.resultData;
	expectHidden([error?.message, error?.description, error, runData, contextData]);
}

function expectHidden(places: unknown[]): void {
	const shown = JSON.stringify(places);
	const spellings = [KEY, KEY.replaceAll('/', '\\/'), ...SPELLINGS.map(([, text]) => text)];
	for (const spelling of spellings)
		expect(shown).not.toContain(JSON.stringify(spelling).slice(1, -1));
}

describe('a key that the gateway quotes back', () => {
	it.each(SPELLINGS)('appears in no refusal: %s', async (_, spelling) => {
		const refusal = `{"error":{"message":"the key ${spelling} is bad","code":"invalid_request"}}`;
		const gateway = await scripted(raw(refusal, 400));
		for (const more of [goOn, {}]) {
			const result = await runAgainst(gateway.url, boat, more);
			expect(result.error?.description ?? result.json('Done')[0]?.error).toContain('***');
			expectNoKey(result);
		}
	});

	it.each(SPELLINGS)('appears in no item, simplified or not: %s', async (_, spelling) => {
		const answer = JSON.stringify({ note: 'KEY', ...finished(`${link}?k=KEY`) });
		const gateway = await gatewayOf(raw(answer.replaceAll('KEY', spelling)));
		for (const simplify of [true, false]) {
			const result = await runAgainst(gateway.url, { ...boat, simplify });
			expect(result.error).toBeUndefined();
			expect(result.json('Done')[0]?.video_url).toContain('***');
			expectNoKey(result);
		}
	});

	it.each<[string, Script]>([
		[
			'failed item',
			gatewayScript((_, response) =>
				json(response, task({ status: 'FAILURE', fail_reason: `quota of ${KEY}` })),
			),
		],
		['redirect of a poll', gatewayScript(redirect(`/login?key=${KEY}&to=/k/${KEY}`))],
		['redirect of an order', redirect(`/login/${encodeURIComponent(KEY)}`)],
		['page', raw(`<p>no access for ${KEY}</p>`, 403, { 'content-type': 'text/html' })],
		['trouble', raw(`{"error":"no connection with ${KEY}"}`, 500)],
		['field at fault', raw(JSON.stringify({ error: { param: `${'x '.repeat(90)}${KEY}` } }), 400)],
	])('appears in no %s', async (_, script) => {
		const gateway = await scripted(script);
		const result = await runAgainst(gateway.url, boat, goOn);
		expect(result.json('Done')[0]?.error).toEqual(expect.any(String));
		expectNoKey(result);
	});

	it('appears in no type or name of a file, whose host is the gateway', async () => {
		const apiKey = 'sk-abcdefghijklmnop';
		const gateway: Scripted = await gatewayOf(
			(_, response) => json(response, finished(`${gateway.url}/${apiKey}`)),
			raw(Buffer.alloc(2_000, 1), 200, { 'content-type': `video/${apiKey}` }),
		);
		const { items } = await runAgainst(gateway.url, fetched, {
			credential: { apiKey, baseUrl: gateway.url },
		});
		expect(items('Done')[0]?.binary?.data?.mimeType).toBe('video/***');
		expect(JSON.stringify(items('Done'))).not.toContain(apiKey);
	});

	it('is part of a task ID nevertheless, which is polled, stored and shown without it', async () => {
		const ids = (index: number) => `task_${index}_${KEY}`;
		let orders = 0;
		let polls = 0;
		const gateway: Scripted = await scripted((request, response, socket) => {
			if (request.method === 'POST') json(response, { task_id: ids(++orders) });
			else if (request.path === '/v.gif') sendsGif(request, response, socket);
			else if (++polls < 3) json(response, task({ task_id: ids(1) }));
			else json(response, { ...finished(`${gateway.url}/v.gif`), task_id: ids(1) });
		});
		const credential = { apiKey: KEY, baseUrl: gateway.url };
		const order = { ...parked, downloadVideo: true };
		const execution = await time.ending(
			StoredExecution.start({
				workflow: { settings: v1, ...soraWorkflow(order) },
				credential,
				sora: soraNode(time),
			}),
		);
		await time.ending(execution.untilEnd());
		expect(execution.turns).toBeGreaterThan(1);
		expect(execution.items('Sora')[0]?.binary?.data?.fileName).toBe('a-boat_task_1__.gif');
		expectHidden(execution.history);
		const { path } = gateway.requests.at(-2) ?? {};
		expect(path).toContain(encodeURIComponent(ids(1)));
		const fails = task({ status: 'FAILURE' });
		const other = await scripted(({ method }, response) =>
			json(response, method === 'POST' ? { task_id: ids(++orders) } : fails),
		);
		const result = await runAgainst(other.url, byIdea, ideas('a', 'b', 'c'));
		expect(result.error?.description).toContain('_***, task_');
		expectNoKey(result);
	});

	it('appears in nothing that the trigger makes of a call, logs or saves', async () => {
		const id = `task_1_${KEY}`;
		const gateway = await scripted(({ path }, response) =>
			path.includes('no-such')
				? json(response, { error: { message: `no ${KEY}`, code: `no_${KEY}` } }, 403)
				: json(response, { ...finished(`${link}?k=${KEY}`), task_id: id }),
		);
		const trigger = await startTrigger({ credential: { apiKey: KEY, baseUrl: gateway.url } });
		for (const task_id of ['no-such-1', `no-such-${KEY}`, id]) {
			await fetch(trigger.url, { method: 'POST', body: JSON.stringify({ task_id }) });
			await time.ending(trigger.settled());
		}
		await trigger.close();
		expect(trigger.started.map(({ json: item }) => item.task_id)).toEqual(['task_1_***']);
		expect(trigger.log.length).toBeGreaterThan(0);
		expect(JSON.stringify(trigger.saved())).toContain('task_1_***');
		expectHidden([trigger.started, trigger.log]);
	});

	it('is part of a link nevertheless, which is followed unchanged, and shown without it', async () => {
		const path = `/v.gif?token=${encodeURIComponent(KEY)}`;
		const files = await scripted(sendsGif);
		const gateway = await gatewayOf(delivering(files.url + path));
		const result = await runAgainst(gateway.url, fetched);
		expect(result.error).toBeUndefined();
		expect(files.requests.map((request) => request.path)).toEqual([path]);
		expect(result.json('Done')[0]?.video_url).toBe(`${files.url}/v.gif?token=***`);
		expectNoKey(result);
	});
});

describe('the key goes to the gateway’s own origin', () => {
	const get = async (own: Script, linkAt: (gateway: string) => string, path = '') => {
		const gateway: Scripted = await gatewayOf(
			(_, response) => json(response, finished(linkAt(gateway.url))),
			own,
		);
		const { items } = await runAgainst(gateway.url + path, fetched, goOn);
		return { items, files: gateway.requests.slice(1) };
	};

	it('for a file there', async () => {
		const { items, files } = await get(
			({ withKey }, response) =>
				withKey ? void response.end(GIF) : json(response, { error: 'no key' }, 401),
			(url) => `${url}/v1/videos/${TASK}/content`,
		);
		expect(items('Done')[0]?.binary?.data?.mimeType).toBe('image/gif');
		expect(files.map(({ withKey }) => withKey)).toEqual([true]);
	});

	it('and along a redirect that stays there', async () => {
		const { items, files } = await get(
			(request, ...more) =>
				(request.path === '/real' ? sendsGif : redirect('/real'))(request, ...more),
			(url) => `${url}/v1/videos/${TASK}/content`,
		);
		expect(items('Done')[0]?.binary).toBeDefined();
		expect(files.map(({ path, withKey }) => [path, withKey])).toEqual([
			[`/v1/videos/${TASK}/content`, true],
			['/real', true],
		]);
	});

	it('but not along one that leads elsewhere, nor back from there', async () => {
		let gatewayUrl = '';
		const other = await scripted((...given) => redirect(`${gatewayUrl}/back`)(...given));
		const { items, files } = await get(
			(request, ...more) =>
				(request.path === '/back' ? sendsGif : redirect(`${other.url}/x`, 307))(request, ...more),
			(url) => {
				gatewayUrl = url;
				return `${url}/content`;
			},
		);
		expect(items('Done')[0]?.binary).toBeDefined();
		expect(other.requests.map(({ withKey }) => withKey)).toEqual([false]);
		expect(files.map(({ path, withKey }) => [path, withKey])).toEqual([
			['/content', true],
			['/back', false],
		]);
	});

	it('and not if a signed link refuses it', async () => {
		const { items, files } = await get(
			({ withKey }, response) =>
				withKey
					? json(response, { code: 'InvalidArgument', message: 'Only one auth mechanism' }, 400)
					: void response.end(GIF),
			(url) => `${url}/minio/v.gif?X-Amz-Signature=abc`,
		);
		expect(items('Done')[0]?.binary).toBeDefined();
		expect(files.map(({ withKey }) => withKey)).toEqual([true, false]);
	});

	it.each([
		['to no other port or scheme of its host', (url: string) => url],
		['not where a link without a scheme leads', (url: string) => url.replace('http:', '')],
	])('and %s', async (_, link) => {
		const other = await scripted(sendsGif);
		const { items } = await get(sendsGif, () => `${link(other.url)}/v.gif`);
		expect(items('Done')[0]?.binary).toBeDefined();
		expect(other.requests.map(({ withKey }) => withKey)).toEqual([false]);
	});

	it.each([
		['whole, without the path of the base URL', (url: string) => `${url}/v1/videos/1/content`],
		['whole, with it', (url: string) => `${url}/api/v1/videos/1/content`],
		['without a host', () => '/v1/videos/1/content'],
		['without a host, with the path of the base URL', () => '/api/v1/videos/1/content'],
	])('whether or not the gateway knows its own path: a link %s', async (_, link) => {
		for (const there of ['/api/v1/videos/1/content', '/v1/videos/1/content']) {
			const { items, files } = await get(
				({ path, withKey }, response) =>
					path === there && withKey
						? void response.end(GIF)
						: json(response, { error: 'no route' }, 404),
				link,
				'/api',
			);
			expect(items('Done')[0]?.binary).toBeDefined();
			expect(files.at(-1)).toMatchObject({ path: there, withKey: true });
		}
	});
});

const packed = { 'content-encoding': 'gzip' };
const ID = 'task_abc123456789';
const sold = JSON.stringify({ task_id: ID });
const deep = (inside: string) => `{${inside}"a":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_001)}`;
const elsewhere = { location: 'https://elsewhere.example/v2/videos/generations' };
const inLatin1 = { 'content-type': 'application/json; charset=latin1' };
const breaksOff: Script = (_, response, socket) =>
	void response.write(sold.replace('}', ',"x":"'), () => socket.destroySoon());
const speaks =
	(head: string, body = ''): Script =>
	(_, __, socket) =>
		void socket.end(`${head}\r\ncontent-length: 99\r\n\r\n${body}`);

describe('whatever answers an order', () => {
	it.each<[string, Script, string]>([
		['a redirect', raw('', 307, elsewhere), 'redirected'],
		['a 302 to a login', raw('', 302, { location: '/login' }), 'submission_uncertain'],
		['a number', raw('5'), 'submission_uncertain'],
		['bytes that are not packed', raw('no', 400, packed), 'submission_uncertain'],
		['depth without a bottom', raw(deep('')), 'submission_uncertain'],
		['an ID in front of such depth', raw(deep(`"task_id":"${ID}",`)), ID],
		[
			'an ID beyond any size',
			raw(`{"pad":"${' '.repeat(17 * 2 ** 20)}","task_id":"${ID}"}`),
			'submission_uncertain',
		],
		['an ID under a redirect', raw(sold, 300), ID],
		['an ID in UTF-16', raw(Buffer.from(sold, 'utf16le')), ID],
		['an ID before the connection breaks', breaksOff, ID],
		['Chinese called Latin 1', raw('{"error":"余额不足"}', 200, inLatin1), 'quota_exhausted'],
		['half a refusal', speaks('HTTP/1.1 400 No', '{"error":{"m'), 'submission_uncertain'],
		['what is no HTTP', speaks('HTTP/9.9 hello'), 'submission_uncertain'],
	])('it is retried only if it was refused: %s', async (_, answer, outcome) => {
		const gateway = await scripted(async (request, response, socket) => {
			if (request.method === 'POST') await answer(request, response, socket);
			else json(response, finished(link));
		});
		const node = { ...goOn.node, ...retryOnFail };
		const result = await runAgainst(gateway.url, boat, { node });
		const [item] = result.json('Done');
		expect(item?.category ?? item?.task_id).toBe(outcome);
		expect(postsTo(gateway)).toHaveLength(/redirected|quota/.test(outcome) ? 3 : 1);
	});

	it.each([
		['a character', { ...CREATE, url: 'https://example.com/cat.mp4' }],
		['a poll', { ...GET, taskId: TASK }],
	])('nor does %s follow a redirect, so the key stays with the gateway', async (_, parameters) => {
		const other = await scripted((__, response) => json(response, task()));
		const gateway = await scripted((request, response, socket) =>
			redirect(other.url + request.path, 301)(request, response, socket),
		);
		const { error } = await runAgainst(gateway.url, parameters);
		expect(error?.message).toMatch(/redirect/);
		expect(other.requests).toEqual([]);
	});
});

describe('a redirect of a file', () => {
	it('to a non-ASCII name is followed, in any encoding', async () => {
		const names: string[] = [];
		const files: Scripted = await scripted(({ path }, response, socket) => {
			names.push(path);
			if (path !== '/start') return void response.end(GIF);
			// Node would not send these bytes by itself.
			socket.end(
				Buffer.concat([
					Buffer.from('HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /视频/'),
					Buffer.from([0xca, 0xd3]),
					Buffer.from('.gif\r\nConnection: close\r\n\r\n'),
				]),
			);
		});
		const gateway = await gatewayOf(delivering(`${files.url}/start`));
		const { error } = await runAgainst(gateway.url, fetched);
		expect(error).toBeUndefined();
		expect(names).toEqual(['/start', `/${encodeURIComponent('视频')}/%CA%D3.gif`]);
	});

	it.each([
		[5, undefined],
		[6, /redirects too many times/],
	])('is followed five times, and leaves no connection open: %i', async (hops, words) => {
		const files: Scripted = await scripted(({ path }, response) => {
			const left = Number(path.slice(1));
			if (left === 0) return void response.end(GIF);
			response.writeHead(302, { location: `/${left - 1}` });
			response.write(Buffer.alloc(1_000_000));
		});
		const gateway = await gatewayOf(delivering(`${files.url}/${hops}`));
		const { error } = await runAgainst(gateway.url, fetched);
		if (words) expect(error?.message).toMatch(words);
		else expect(error).toBeUndefined();
		await until(() => files.open() === 0);
	});
});

/** As n8n resolves the credential's expressions, in its sandbox. */
function resolved(expression: unknown, credential: ICredentialDataDecryptedObject): unknown {
	const description = () => ({ description: { properties: [] } });
	const workflow = new Workflow({
		nodes: withCredentials([{ name: 'Temp-Node', type: 'temp' }]),
		connections: {},
		active: false,
		nodeTypes: {
			getByName: description,
			getByNameAndVersion: description,
		} as unknown as INodeTypes,
	});
	const given = { $credentials: credential } as never;
	const text = expression as string;
	return workflow.expression.getParameterValue(
		text,
		null,
		0,
		0,
		'Temp-Node',
		[],
		'internal',
		given,
	);
}

const type = new SoraApi();

describe('the API key', () => {
	it.each([
		...['', ' ', 'Bearer ', 'BEARER\t', '"', '“', 'Authorization: Bearer ', 'authorization='],
		...['"Authorization": "Bearer ', '-H "authorization: Bearer '],
	])('is sent correctly if %j is in front of it', (before) => {
		const apiKey = `${before}${KEY}${/["“]/.test(before) ? '"' : '  '}`;
		const { headers } = type.authenticate.properties;
		expect(resolved(headers?.Authorization, { apiKey })).toBe(`Bearer ${KEY}`);
	});

	it('is sent and masked even if it was typed with "Bearer"', async () => {
		const gateway = await scripted((_, response) => json(response, { error: `no ${KEY}` }, 401));
		const { error } = await runAgainst(gateway.url, boat, {
			credential: { apiKey: `Bearer ${KEY}`, baseUrl: gateway.url },
		});
		expect(gateway.requests.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${KEY}`]);
		expect(error?.description).toContain('no ***');
	});
});

describe('the base URL', () => {
	it.each([
		['https://gateway.example', 'https://gateway.example'],
		['gateway.example', 'https://gateway.example'],
		['localhost:3000', 'https://localhost:3000'],
		['http://192.168.0.7:3000//', 'http://192.168.0.7:3000'],
		['https://gateway.example/api/V2/', 'https://gateway.example/api'],
		['https://gateway.example/v1beta', 'https://gateway.example/v1beta'],
		['https://gateway.example/v2/videos/generations', 'https://gateway.example'],
		['https://gateway.example/api/v1/chat/completions/', 'https://gateway.example/api'],
		['“https://gateway.example”;', 'https://gateway.example'],
		['POST https://gateway.example/v1/videos', 'https://gateway.example'],
		['base_url=http://gateway.example:3000/v1,', 'http://gateway.example:3000'],
		['https://gateway.example/v1/account/openai', 'https://gateway.example/v1/account/openai'],
	])('%j is understood by the node and by the credential’s test', (typed, address) => {
		expect(checkedBaseUrl(typed)).toBe(address);
		expect(resolved(type.test.request.baseURL, { baseUrl: typed })).toBe(address);
	});
});

describe('an unverifiable certificate', () => {
	it('is refused, and accepted if the credential says so, by its test, too', async () => {
		const gateway: Scripted = await scripted(
			gatewayScript(
				(_, response) => json(response, finished(`${gateway.url}/v1/videos/1/content`)),
				sendsGif,
			),
			selfSigned,
		);
		const order = { ...boat, downloadVideo: true };
		const refused = await runAgainst(gateway.url, order);
		expect(refused.error?.message).toMatch(/certificate is self-signed/);
		expect(gateway.requests).toEqual([]);
		const { items } = await runAgainst(gateway.url, order, { credential: allowed });
		expect(items('Done')[0]?.binary?.data?.mimeType).toBe('image/gif');
		const { skipSslCertificateValidation: skips } = type.test.request;
		const credentials = [allowed, { allowUnauthorizedCerts: false }, {}];
		expect(credentials.map((given) => resolved(skips, given))).toEqual([true, false, false]);
	});

	it('is never accepted from a host that is neither the gateway nor trusted', async () => {
		const files = await scripted(sendsGif, selfSigned);
		const gateway = await gatewayOf(
			delivering(`${files.url.replace('127.0.0.1', 'localhost')}/v.gif`),
		);
		const refused = await runAgainst(gateway.url, fetched, { credential: allowed });
		expect(refused.error?.message).toMatch(/could not be downloaded/);
		expect(files.requests).toEqual([]);
		const credential = { ...allowed, trustedFileHosts: 'localhost' };
		expect((await runAgainst(gateway.url, fetched, { credential })).error).toBeUndefined();
	});
});

it('a file host in a private network gets no request, unless the credential names it', async () => {
	const files = await scripted(sendsGif);
	// The same machine by an address that is no loopback to the rule.
	const gateway = await gatewayOf(delivering(`${files.url.replace('127.0.0.1', '0.0.0.0')}/v.gif`));
	const refused = await runAgainst(gateway.url, fetched);
	expect(refused.error?.message).toMatch(/private network/);
	expect(refused.error?.description).toContain('"Trusted File Hosts"');
	expect(files.requests).toEqual([]);
	const credential = { trustedFileHosts: 'minio, 0.0.0.0' };
	expect((await runAgainst(gateway.url, fetched, { credential })).error).toBeUndefined();
	expect(files.requests.map(({ withKey }) => withKey)).toEqual([false]);
});
