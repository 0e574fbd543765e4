import { jpeg } from '../files/images';
import { clip } from '../simulator/clips';
import { examples } from './examples';
import type { Execution, ListedType, SavedWorkflow } from './n8nApi';
import { useN8n } from './useN8n';

const setting = useN8n();

const SORA_TYPES = ['n8n-nodes-sora.sora', 'n8n-nodes-sora.soraTool'];

/** Light and dark. */
function iconPaths({ iconUrl }: ListedType): string[] {
	return typeof iconUrl === 'object' ? [iconUrl.light, iconUrl.dark] : [];
}

describe('n8n lists the package as it was installed', () => {
	it('with its nodes, also as tools of an AI agent', async () => {
		const names = (await setting.api.nodeTypes()).map(({ name }) => name);
		expect(names.filter((name) => name.startsWith('n8n-nodes-sora.'))).toEqual(
			expect.arrayContaining(SORA_TYPES),
		);
	});

	it('with its credential', async () => {
		const types = await setting.api.credentialTypes();
		expect(types.find(({ name }) => name === 'soraApi')).toMatchObject({
			displayName: 'Sora API',
			supportedNodes: expect.arrayContaining(['n8n-nodes-sora.sora']) as unknown,
		});
	});

	it('with a light and a dark icon for each', async () => {
		const listed = [
			...(await setting.api.nodeTypes()).filter(({ name }) => name.startsWith('n8n-nodes-sora.')),
			...(await setting.api.credentialTypes()).filter(({ name }) => name === 'soraApi'),
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

	it('without a word about it in the log, where n8n would complain', () => {
		// By its name, not as a part of a path.
		const name = /(?<![\w/-])n8n-nodes-sora(?![\w/-])/;
		expect(setting.n8n.log.lines.filter((line) => name.test(line))).toEqual([]);
	});
});

describe('the credential test', () => {
	it('accepts a good key, whatever slash the address ends with', async () => {
		const { apiKey, baseUrl } = setting.credentialData;
		for (const address of [baseUrl, `${baseUrl}/`]) {
			const result = await setting.api.testCredential({ apiKey, baseUrl: address });
			expect(result).toMatchObject({ status: 'OK' });
		}
		expect(setting.simulator.books.purchases).toEqual([]);
	});
});

/** What a visitor enters into the form of an example, by the type of the field. */
async function entry(fieldType: unknown, accepted: unknown): Promise<string | File> {
	if (fieldType !== 'file') return 'A small robot waves in the rain';
	if (String(accepted).includes('.mp4')) {
		return new File([new Uint8Array(await clip(false, 10))], 'clip.mp4', { type: 'video/mp4' });
	}
	const photo = jpeg({ width: 1200, height: 900 });
	return new File([new Uint8Array(photo)], 'photo.jpg', { type: 'image/jpeg' });
}

/** Starts a workflow the way it is meant to be started, and waits for its end. */
async function run(saved: SavedWorkflow): Promise<Execution> {
	const { api } = setting;
	const form = saved.nodes.find(({ type }) => type === 'n8n-nodes-base.formTrigger');
	if (!form) return await api.runToEnd(saved, { timeoutMs: 150_000 });
	const { formFields, options } = form.parameters as {
		formFields: { values: Array<{ fieldType?: string; acceptFileTypes?: string }> };
		options: { path: string };
	};
	const entries = await Promise.all(
		formFields.values.map(async (field) => await entry(field.fieldType, field.acceptFileTypes)),
	);
	await api.publish(saved);
	const { id } = await api.submitForm(saved, options.path, entries);
	return await api.waitForEnd(id, { timeoutMs: 150_000 });
}

describe.each(examples())('examples/$file', ({ workflow }) => {
	/** What the workflow is to buy in one run, as it says itself. */
	const ordered = workflow.nodes.filter(
		({ type, parameters }) => type === 'n8n-nodes-sora.sora' && parameters.operation === 'generate',
	);
	const created = workflow.nodes.filter(({ parameters }) => parameters.resource === 'character');

	it('runs as imported, buys what it says, and hands over its videos whole', async () => {
		const { api, simulator } = setting;
		const saved = await api.importWorkflow(workflow, setting.credential);
		const execution = await run(saved);
		expect({ status: execution.status, error: execution.error?.message }).toEqual({
			status: 'success',
			error: undefined,
		});
		expect(simulator.books.purchases).toHaveLength(ordered.length);
		expect(simulator.books.characters).toHaveLength(created.length);
		for (const { name } of ordered) {
			for (const { json, binary } of execution.items(name)) {
				const task = simulator.task(String(json.task_id));
				expect(json.status).toBe('SUCCESS');
				expect(binary?.data).toMatchObject({ mimeType: 'video/mp4', fileExtension: 'mp4' });
				const file = await api.download(String(binary?.data?.id));
				expect(file.contentType).toBe('video/mp4');
				expect(file.bytes.toString('latin1', 4, 8)).toBe('ftyp');
				const served = await clip(task?.portrait ?? false, task?.seconds ?? 0);
				expect(file.bytes.equals(served)).toBe(true);
			}
		}
	});
});
