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
		gateway.simulator.addModels('hunyuan-video-9');
		const [first, second, ...others] = await ids();
		expect([first, second]).toEqual(['sora-2', 'sora-2-pro']);
		expect(others).toEqual(expect.arrayContaining(['veo3.1', 'grok-video-3', 'hunyuan-video-9']));
		expect(others.at(-1)).toBe('hunyuan-video-9');
		expect(others.filter((id) => /gpt|claude|embedding|image/.test(String(id)))).toEqual([]);
		expect(new Set(others).size).toBe(others.length);
	});

	it('says what each of them makes, and which of them the gateway does not list', async () => {
		const { results } = await search('veo3.1-');
		expect(results).toContainEqual({
			value: 'veo3.1-fast',
			name: 'Veo 3.1 Fast',
			description: '8 s, landscape or portrait, text or first and last frame',
		});
		const names = results.map(({ name }) => name);
		expect(names.indexOf('Veo 3.1 Lite, not listed by your gateway')).toBe(names.length - 1);
	});

	it('leaves out what the same gateway serves on other routes', async () => {
		expect(await ids('kling')).toEqual([]);
		expect(await ids('seedance-1.5')).toEqual([]);
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
