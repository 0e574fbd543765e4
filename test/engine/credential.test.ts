import { Workflow, type ICredentialDataDecryptedObject, type INode } from 'n8n-workflow';

import { SoraApi } from '../../credentials/SoraApi.credentials';
import { checkedBaseUrl } from '../../nodes/Sora/gateway/credential';
import { selfSigned } from './certificate';
import { boat, GET } from './gateway';
import {
	finished,
	gatewayScript,
	json,
	KEY,
	runAgainst,
	scripted,
	TASK,
	type Scripted,
} from './scripted';

/** As n8n resolves the credential's expressions, in its sandbox. */
function resolved(expression: unknown, credential: ICredentialDataDecryptedObject): unknown {
	const node: INode = {
		id: '1',
		name: 'Temp-Node',
		type: 'temp',
		typeVersion: 1,
		position: [0, 0],
		parameters: {},
	};
	const workflow = new Workflow({
		nodes: [node],
		connections: {},
		active: false,
		nodeTypes: {
			getByName: () => ({ description: { properties: [] } }) as never,
			getByNameAndVersion: () => ({ description: { properties: [] } }) as never,
			getKnownTypes: () => ({}),
		},
	});
	return workflow.expression.getParameterValue(
		expression as string,
		null,
		0,
		0,
		node.name,
		[],
		'internal',
		{ $credentials: credential } as never,
	);
}

const type = new SoraApi();

describe('the API key', () => {
	it.each([
		'',
		'  ',
		'Bearer ',
		'bearer  ',
		'BEARER\t',
		'"',
		'Authorization: Bearer ',
		'authorization=',
		'"Authorization": "Bearer ',
	])('is sent as it is where %j stands in front of it', async (before) => {
		const typed = `${before}${KEY}${before.includes('"') ? '"' : '  '}`;
		expect(resolved(type.authenticate.properties.headers?.Authorization, { apiKey: typed })).toBe(
			`Bearer ${KEY}`,
		);
		const gateway = await scripted(
			gatewayScript((_, response) => json(response, finished('https://files.example/v.mp4'))),
		);
		const { error } = await runAgainst(gateway.url, boat, {
			credential: { apiKey: typed, baseUrl: gateway.url },
		});
		expect(error).toBeUndefined();
		expect(gateway.requests.map(({ headers }) => headers.authorization)).toEqual([
			`Bearer ${KEY}`,
			`Bearer ${KEY}`,
		]);
	});

	it('is masked also where it was typed with the word in front of it', async () => {
		const gateway = await scripted((_, response) => json(response, { error: `no ${KEY}` }, 401));
		const { error } = await runAgainst(gateway.url, boat, {
			credential: { apiKey: `Bearer ${KEY}`, baseUrl: gateway.url },
		});
		expect(error?.description).toContain('no ***');
	});
});

describe('the base URL', () => {
	it.each([
		['https://gateway.example', 'https://gateway.example'],
		['  https://gateway.example/  ', 'https://gateway.example'],
		['gateway.example', 'https://gateway.example'],
		['gateway.example:8443/api/', 'https://gateway.example:8443/api'],
		['localhost:3000', 'https://localhost:3000'],
		['http://192.168.0.7:3000//', 'http://192.168.0.7:3000'],
		['https://gateway.example/v1', 'https://gateway.example'],
		['https://gateway.example/api/V2/', 'https://gateway.example/api'],
		['https://gateway.example/v1beta', 'https://gateway.example/v1beta'],
		['"https://gateway.example"', 'https://gateway.example'],
		['https://gateway.example/v2/videos/generations', 'https://gateway.example'],
		['https://gateway.example/api/v1/chat/completions/', 'https://gateway.example/api'],
		['https://gateway.example/sora/v1/characters', 'https://gateway.example'],
		['https://gateway.example/v1/account/openai', 'https://gateway.example/v1/account/openai'],
	])('%j is understood by the node and by the test of the credential', (typed, address) => {
		expect(checkedBaseUrl(typed)).toBe(address);
		expect(resolved(type.test.request.baseURL, { baseUrl: typed })).toBe(address);
	});
});

describe('a certificate that nobody vouches for', () => {
	it('is refused, and let pass where the credential says so, by its test too', async () => {
		const gateway: Scripted = await scripted(
			gatewayScript(
				(_, response) => json(response, finished(`${gateway.url}/v1/videos/1/content`)),
				(_, response) =>
					void response.end(Buffer.concat([Buffer.from('GIF89a'), Buffer.alloc(99)])),
			),
			selfSigned(),
		);
		const allowed = { apiKey: KEY, baseUrl: gateway.url, allowUnauthorizedCerts: true };
		const refused = await runAgainst(gateway.url, boat);
		expect(refused.error?.message).toMatch(/certificate is self-signed/);
		expect(gateway.requests).toEqual([]);
		const { items, error } = await runAgainst(
			gateway.url,
			{ ...boat, downloadVideo: true },
			{ credential: allowed },
		);
		expect(error).toBeUndefined();
		expect(items('Done')[0]?.binary?.data?.mimeType).toBe('image/gif');
		const { skipSslCertificateValidation: skips } = type.test.request;
		expect(resolved(skips, allowed)).toBe(true);
		expect(resolved(skips, { ...allowed, allowUnauthorizedCerts: false })).toBe(false);
		expect(resolved(skips, {})).toBe(false);
	});

	it('is never let pass of a host that is neither the gateway nor trusted', async () => {
		const files = await scripted((_, response) => void response.end('GIF89a'), selfSigned());
		const elsewhere = files.url.replace('127.0.0.1', 'localhost');
		const gateway = await scripted(
			gatewayScript((_, response) => json(response, finished(`${elsewhere}/v.gif`))),
		);
		const parameters = { ...GET, taskId: TASK, downloadVideo: true };
		const credential = { apiKey: KEY, baseUrl: gateway.url, allowUnauthorizedCerts: true };
		const refused = await runAgainst(gateway.url, parameters, { credential });
		expect(refused.error?.message).toMatch(/could not be downloaded/);
		expect(files.requests).toEqual([]);
		const { error } = await runAgainst(gateway.url, parameters, {
			credential: { ...credential, trustedFileHosts: 'localhost' },
		});
		expect(error).toBeUndefined();
	});
});

describe('a file host in a private network', () => {
	it('is asked for nothing, unless the credential names it', async () => {
		const files = await scripted((_, response) => void response.end('GIF89a'));
		// The same machine by an address that is no loopback to the rule.
		const inner = files.url.replace('127.0.0.1', '0.0.0.0');
		const gateway = await scripted(
			gatewayScript((_, response) => json(response, finished(`${inner}/v.gif`))),
		);
		const parameters = { ...GET, taskId: TASK, downloadVideo: true };
		const refused = await runAgainst(gateway.url, parameters);
		expect(refused.error?.message).toMatch(/private network/);
		expect(refused.error?.description).toContain('"Trusted File Hosts"');
		expect(files.requests).toEqual([]);
		const { error } = await runAgainst(gateway.url, parameters, {
			credential: {
				apiKey: KEY,
				baseUrl: gateway.url,
				trustedFileHosts: 'minio, 0.0.0.0',
			},
		});
		expect(error).toBeUndefined();
		expect(files.requests.map(({ withKey }) => withKey)).toEqual([false]);
	});
});
