import type { IDataObject } from 'n8n-workflow';

import { until } from '../until';
import { boat, GET, goOn } from './gateway';
import {
	finished,
	gatewayScript,
	json,
	KEY,
	runAgainst,
	scripted,
	task,
	TASK,
	type Script,
	type Scripted,
} from './scripted';

const GIF = Buffer.concat([Buffer.from('GIF89a'), Buffer.alloc(2_000, 1)]);
const sendsGif: Script = (_, response) => void response.end(GIF);
const fetched = { ...GET, taskId: TASK, downloadVideo: true };

const inCodes = (text: string) =>
	Array.from(text, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

/** All that a user, n8n's database and its log can see of an execution, however it is written there. */
function everything(result: Awaited<ReturnType<typeof runAgainst>>): string {
	const { error } = result;
	return JSON.stringify([
		error?.message,
		error?.description,
		error,
		result.run.data.resultData.runData,
		result.contextData,
	]);
}

const showsKey = (text: string) =>
	[KEY, encodeURIComponent(KEY), KEY.replaceAll('/', '\\/'), inCodes(KEY)].some((spelling) =>
		text.includes(JSON.stringify(spelling).slice(1, -1)),
	);

describe('a key that the gateway quotes back', () => {
	const QUOTED: Array<[string, string]> = [
		['with escaped slashes', KEY.replaceAll('/', '\\/')],
		['in codes', inCodes(KEY)],
		['as JSON in a text', JSON.stringify(JSON.stringify({ k: KEY })).slice(1, -1)],
		['in a URL', encodeURIComponent(KEY)],
		['in HTML', Array.from(KEY, (c) => `&#${c.charCodeAt(0)};`).join('')],
	];

	it.each(QUOTED)('stands in no refusal: %s', async (_, spelling) => {
		for (const onError of ['continueRegularOutput', 'stopWorkflow'] as const) {
			const gateway = await scripted((__, response) => {
				response.writeHead(400, { 'content-type': 'application/json' });
				response.end(`{"error":{"message":"the key ${spelling} is bad","code":"invalid_request"}}`);
			});
			const result = await runAgainst(gateway.url, boat, { node: { onError } });
			const shown = everything(result);
			expect(shown).toContain('the key');
			expect(shown).toContain('***');
			expect(showsKey(shown)).toBe(false);
		}
	});

	it.each(QUOTED)('stands in no item, untouched or simplified: %s', async (_, spelling) => {
		const raw = JSON.stringify(finished('https://files.example/v.mp4?k=KEY')).replace(
			'KEY',
			spelling,
		);
		const gateway = await scripted(
			gatewayScript((__, response) => {
				response.writeHead(200, { 'content-type': 'application/json' });
				response.end(raw.replace('"search_item"', '"x"').replace('{', `{"note":"${spelling}",`));
			}),
		);
		for (const simplify of [true, false]) {
			const result = await runAgainst(gateway.url, { ...boat, simplify });
			expect(result.error).toBeUndefined();
			expect(result.json('Done')[0]?.video_url).toContain('***');
			expect(showsKey(everything(result))).toBe(false);
		}
	});

	it('stands in no failed item, in no page and in no address of a redirect', async () => {
		for (const script of [
			gatewayScript((_, response) =>
				json(response, task({ status: 'FAILURE', fail_reason: `quota of ${KEY}` })),
			),
			gatewayScript((_, response) => {
				response.writeHead(302, { location: `/login?key=${KEY}&to=/k/${KEY}` });
				response.end();
			}),
			((_, response) => {
				response.writeHead(302, { location: `/login/${encodeURIComponent(KEY)}` });
				response.end();
			}) satisfies Script,
			((_, response) => {
				response.writeHead(403, { 'content-type': 'text/html' });
				response.end(`<p>no access for ${KEY}</p>`);
			}) satisfies Script,
		]) {
			const gateway = await scripted(script);
			const result = await runAgainst(gateway.url, boat, {
				node: { onError: 'continueRegularOutput' },
			});
			expect(result.json('Done')[0]?.error).toEqual(expect.any(String));
			expect(showsKey(everything(result))).toBe(false);
		}
	});

	it('is part of a link all the same, which is fetched as it is, and shown without it', async () => {
		const files = await scripted(sendsGif);
		const gateway = await scripted(
			gatewayScript((_, response) =>
				json(response, finished(`${files.url}/v.gif?token=${encodeURIComponent(KEY)}`)),
			),
		);
		const result = await runAgainst(gateway.url, fetched);
		expect(result.error).toBeUndefined();
		expect(files.requests.map(({ path }) => path)).toEqual([
			`/v.gif?token=${encodeURIComponent(KEY)}`,
		]);
		expect(result.json('Done')[0]?.video_url).toBe(`${files.url}/v.gif?token=***`);
		expect(showsKey(everything(result))).toBe(false);
	});

	it('stands in no name of a file', async () => {
		const gateway = await scripted(
			gatewayScript(
				(_, response) => json(response, finished(`${gateway.url}/files/x`)),
				(_, response) => {
					response.writeHead(200, { 'content-disposition': `inline; filename="${KEY}.bin"` });
					response.end(Buffer.alloc(4_000, 0xfe));
				},
			),
		);
		const result = await runAgainst(gateway.url, fetched);
		expect(result.error).toBeUndefined();
		expect(result.items('Done')[0]?.binary?.data?.fileName).toBe('_.bin');
		expect(showsKey(everything(result))).toBe(false);
	});
});

describe('the key goes to the gateway’s own origin', () => {
	const get = async (
		own: Script,
		link: (gateway: string) => string,
		more: { path?: string; credential?: IDataObject } = {},
	) => {
		const gateway: Scripted = await scripted(
			gatewayScript((_, response) => json(response, finished(link(gateway.url))), own),
		);
		const result = await runAgainst(gateway.url + (more.path ?? ''), fetched, goOn);
		return { ...result, gateway, files: gateway.requests.slice(1) };
	};

	it('for a file that lies there', async () => {
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
			({ path }, response) => {
				if (path === '/real') return void response.end(GIF);
				response.writeHead(302, { location: '/real' });
				response.end();
			},
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
		const elsewhere = await scripted((_, response) => {
			response.writeHead(302, { location: `${gatewayUrl}/back` });
			response.end();
		});
		const { items, files } = await get(
			({ path }, response) => {
				if (path === '/back') return void response.end(GIF);
				response.writeHead(307, { location: `${elsewhere.url}/x` });
				response.end();
			},
			(url) => {
				gatewayUrl = url;
				return `${url}/content`;
			},
		);
		expect(items('Done')[0]?.binary).toBeDefined();
		expect(elsewhere.requests.map(({ withKey }) => withKey)).toEqual([false]);
		expect(files.map(({ path, withKey }) => [path, withKey])).toEqual([
			['/content', true],
			['/back', false],
		]);
	});

	it('and not where a signed link refuses it', async () => {
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

	it('and to no other port or scheme of its host', async () => {
		const other = await scripted(sendsGif);
		const { items } = await get(sendsGif, () => `${other.url}/v.gif`);
		expect(items('Done')[0]?.binary).toBeDefined();
		expect(other.requests.map(({ withKey }) => withKey)).toEqual([false]);
	});

	it.each([
		['whole, without the path of the base URL', (url: string) => `${url}/v1/videos/1/content`],
		['whole, with it', (url: string) => `${url}/api/v1/videos/1/content`],
		['without a host', () => '/v1/videos/1/content'],
		['without a host, with the path of the base URL', () => '/api/v1/videos/1/content'],
	])('whether the gateway knows its own path or not: a link %s', async (_, link) => {
		for (const there of ['/api/v1/videos/1/content', '/v1/videos/1/content']) {
			const { items, files } = await get(
				({ path, withKey }, response) =>
					path === there && withKey
						? void response.end(GIF)
						: json(response, { error: 'no route' }, 404),
				link,
				{ path: '/api' },
			);
			expect(items('Done')[0]?.binary).toBeDefined();
			expect(files.at(-1)).toMatchObject({ path: there, withKey: true });
		}
	});

	it('and not where a link without a scheme leads', async () => {
		const other = await scripted(sendsGif);
		const { items } = await get(sendsGif, () => `${other.url.replace('http:', '')}/v.gif`);
		expect(items('Done')[0]?.binary).toBeDefined();
		expect(other.requests.map(({ withKey }) => withKey)).toEqual([false]);
	});
});

describe('a redirect', () => {
	it('to a name that is not ASCII is followed, in whatever bytes it comes', async () => {
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
		const gateway = await scripted(
			gatewayScript((_, response) => json(response, finished(`${files.url}/start`))),
		);
		const { error } = await runAgainst(gateway.url, fetched);
		expect(error).toBeUndefined();
		expect(names).toEqual(['/start', `/${encodeURIComponent('视频')}/%CA%D3.gif`]);
	});

	it('leaves no connection behind', async () => {
		const files: Scripted = await scripted(({ path }, response) => {
			if (path === '/9') return void response.end(GIF);
			response.writeHead(302, { location: `/${Number(path.slice(1)) + 1}` });
			response.write(Buffer.alloc(1_000_000));
		});
		const gateway = await scripted(
			gatewayScript((_, response) => json(response, finished(`${files.url}/5`))),
		);
		const { error } = await runAgainst(gateway.url, fetched);
		expect(error).toBeUndefined();
		await until(() => files.open() === 0);
	});
});
