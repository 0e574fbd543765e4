import { clip } from '../simulator/clips';
import { isSince } from './environment';
import type { ListedType } from './n8nApi';
import { freePort } from './processes';
import { useN8n } from './useN8n';
import { generate, manual, workflowOf } from './workflows';

const setting = useN8n();

const SORA_TYPES = ['n8n-nodes-sora.sora', 'n8n-nodes-sora.soraTool'];

/** Light and dark. */
function iconPaths({ iconUrl }: ListedType): string[] {
	return typeof iconUrl === 'object' ? [iconUrl.light, iconUrl.dark] : [];
}

describe('n8n lists the package as it was installed', () => {
	it('with its nodes, also as tools of an AI agent', async () => {
		const names = (await setting.api.types('nodes')).map(({ name }) => name);
		expect(names.filter((name) => name.startsWith('n8n-nodes-sora.'))).toEqual(
			expect.arrayContaining(SORA_TYPES),
		);
	});

	it('with its credential', async () => {
		const types = await setting.api.types('credentials');
		expect(types.find(({ name }) => name === 'soraApi')).toMatchObject({
			displayName: 'Sora API',
			supportedNodes: expect.arrayContaining(['n8n-nodes-sora.sora']) as unknown,
		});
	});

	it('with a light and a dark icon for each', async () => {
		const listed = [
			...(await setting.api.types('nodes')).filter(({ name }) =>
				name.startsWith('n8n-nodes-sora.'),
			),
			...(await setting.api.types('credentials')).filter(({ name }) => name === 'soraApi'),
		];
		for (const type of listed) {
			const icons = iconPaths(type);
			expect({ name: type.name, icons: icons.length }).toEqual({ name: type.name, icons: 2 });
			for (const icon of icons) {
				const answer = await setting.api.fetch(`/${icon}`);
				expect({ icon, status: answer.status }).toEqual({ icon, status: 200 });
				expect(answer.headers.get('content-type')).toContain('image/svg+xml');
				expect(await answer.text()).toContain('<svg');
			}
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

	/** What the window says of an address that is not that of a gateway, or of a wrong key. */
	const complaints = {
		'a bad key': async () =>
			await setting.api.testCredential({ ...setting.credentialData, apiKey: 'sk-made-up' }),
		'a path too many': async () => await testAddress(`${setting.credentialData.baseUrl}/console`),
		'a website': async () => {
			setting.simulator.set({ modelsFault: 'html200' });
			return await testAddress(setting.credentialData.baseUrl);
		},
		'a redirect': async () => {
			setting.simulator.set({ modelsFault: 'redirect' });
			return await testAddress(setting.credentialData.baseUrl);
		},
		'a dead host': async () => await testAddress(`http://127.0.0.1:${await freePort()}`),
	};
	const testAddress = async (baseUrl: string) =>
		await setting.api.testCredential({ ...setting.credentialData, baseUrl });

	it.each([
		['a bad key', /^The gateway did not accept the API key\.$/],
		['a path too many', /in front of \/v1 and \/v2, without either of them/],
		['a website', /not with a list of models.*rather than of a website/],
		['a redirect', /redirects to another one\. Enter that one/],
		// n8n answers this one before any rule of the credential is asked.
		['a dead host', /^ECONNREFUSED$/],
	] as const)('refuses %s, and says so', async (what, words) => {
		const { status, message } = await complaints[what]();
		expect(status).toBe('Error');
		// An older n8n has its own words for all of these.
		if (isSince('2.34')) expect(message).toMatch(words);
		expect(message).not.toContain(setting.credentialData.apiKey);
		expect(setting.simulator.books.purchases).toEqual([]);
	});
});

describe('with binary data in memory, as n8n may be set', () => {
	it('keeps the video in the execution itself', async () => {
		const { api, n8n } = setting;
		await n8n.restart({ N8N_DEFAULT_BINARY_DATA_MODE: 'default' });
		const saved = await api.importWorkflow(
			workflowOf(manual, generate('A boat')),
			setting.credential,
		);
		const execution = await api.runToEnd(saved);
		const [item] = execution.items('Sora');
		expect(item?.binary?.data).toMatchObject({ mimeType: 'video/mp4' });
		expect(item?.binary?.data?.id).toBeUndefined();
		const bytes = Buffer.from(String(item?.binary?.data?.data), 'base64');
		expect(bytes.equals(await clip(false, 10))).toBe(true);
		expect(setting.simulator.books.purchases).toHaveLength(1);
	});
});
