import { searchModels } from '../../nodes/Sora/methods/listSearch';
import { listContext } from './engine';
import { useGateway } from './gateway';

const gateway = useGateway();
const search = async (filter?: string, credential = {}) =>
	await searchModels.call(
		listContext({
			apiKey: gateway.simulator.apiKey,
			baseUrl: gateway.simulator.url,
			...credential,
		}),
		filter,
	);
const ids = async (filter?: string) => (await search(filter)).results.map(({ value }) => value);

describe('the model list', () => {
	it('shows the two Sora models first, then the gateway’s other video models', async () => {
		gateway.simulator.addModels('kling-v9');
		const [first, second, ...others] = await ids();
		expect([first, second]).toEqual(['sora-2', 'sora-2-pro']);
		expect(others).toEqual(expect.arrayContaining(['kling-v9', 'veo3.1', 'grok-video-3']));
		expect(others.filter((id) => /gpt|claude|embedding|image/.test(String(id)))).toEqual([]);
		expect(new Set(others).size).toBe(others.length);
	});

	it('is searched by name and by ID, whatever the case', async () => {
		expect(await ids('PRO')).toContain('sora-2-pro');
		expect(await ids('Sora 2')).toEqual(['sora-2', 'sora-2-pro']);
		expect(await ids('no such model')).toEqual([]);
	});

	it('explains a refused key in words', async () => {
		await expect(search('', { apiKey: 'wrong-key-altogether' })).rejects.toThrow(
			/did not accept the API key/,
		);
	});

	it('costs nothing', async () => {
		await ids();
		expect(gateway.simulator.books.purchases).toEqual([]);
	});
});
