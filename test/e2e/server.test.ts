import type { Fault } from '../simulator/simulator';
import { isSince } from './environment';
import { useN8n } from './useN8n';

const setting = useN8n();

describe('n8n lists the package as it was installed', () => {
	it('with its nodes, also as tools of an AI agent, and its credential, each with two icons', async () => {
		const nodes = await setting.api.types('nodes');
		const ours = nodes.filter(({ name }) => name.startsWith('n8n-nodes-sora.'));
		const names = ['sora', 'soraTool', 'soraTrigger'].map((name) => `n8n-nodes-sora.${name}`);
		expect(ours.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
		const types = await setting.api.types('credentials');
		const credential = types.find(({ name }) => name === 'soraApi');
		expect(credential).toMatchObject({
			displayName: 'Sora API',
			supportedNodes: expect.arrayContaining(['n8n-nodes-sora.sora']) as unknown,
		});
		const icons = [...ours, credential].map(
			(type) => type?.iconUrl as { light: string; dark: string },
		);
		for (const icon of icons.flatMap(({ light, dark }) => [light, dark])) {
			const answer = await setting.api.fetch(`/${icon}`);
			expect({ icon, status: answer.status }).toEqual({ icon, status: 200 });
			expect(answer.headers.get('content-type')).toContain('image/svg+xml');
			expect(await answer.text()).toContain('<svg');
		}
	});

	it('without a complaint from n8n in the log', () => {
		// By its name, not as a part of a path.
		const name = /(?<![\w/-])n8n-nodes-sora(?![\w/-])/;
		expect(setting.n8n.log.lines.filter((line) => name.test(line))).toEqual([]);
	});
});

describe('the credential test', () => {
	it('accepts a valid key, with or without a trailing slash in the address', async () => {
		const { apiKey, baseUrl } = setting.credentialData;
		for (const address of [baseUrl, `${baseUrl}/`, `${baseUrl}/v1`]) {
			const result = await setting.api.testCredential({ apiKey, baseUrl: address });
			expect(result).toMatchObject({ status: 'OK' });
		}
		expect(setting.simulator.books.purchases).toEqual([]);
	});

	it.each<[string, (url: string) => object, Fault | undefined, RegExp]>([
		[
			'a bad key',
			() => ({ apiKey: 'sk-made-up' }),
			undefined,
			/^The gateway did not accept the API key\.$/,
		],
		[
			'a path too many',
			(url) => ({ baseUrl: `${url}/console` }),
			undefined,
			/in front of \/v1 and \/v2, without either of them/,
		],
		['a website', () => ({}), 'html200', /not with a list of models.*rather than of a website/],
		['a redirect', () => ({}), 'redirect', /redirects to another one\. Enter that one/],
		// n8n answers this one before any rule of the credential is asked.
		['a dead host', () => ({ baseUrl: 'http://127.0.0.1:1' }), undefined, /^ECONNREFUSED$/],
	])('refuses %s, and says so', async (_, changes, modelsFault, words) => {
		const { api, credentialData, simulator } = setting;
		simulator.set({ modelsFault });
		const given = { ...credentialData, ...changes(credentialData.baseUrl) };
		const { status, message } = await api.testCredential(given);
		expect(status).toBe('Error');
		// An older n8n has its own words for all of these.
		if (isSince('2.34')) expect(message).toMatch(words);
		expect(message).not.toContain(credentialData.apiKey);
		expect(simulator.books.purchases).toEqual([]);
	});
});
