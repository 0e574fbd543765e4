import type { IDataObject, INode, INodeProperties, INodeTypeDescription } from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';

import { soon, useEditor } from './editor';
import type { SavedWorkflow } from './n8nApi';
import { storiesIn } from './stories';
import { useN8n } from './useN8n';
import { byId, manual, SORA, workflowOf } from './workflows';

const setting = useN8n();
const screen = useEditor(setting);
const { bought, save } = storiesIn(setting);

const TRIGGER = 'n8n-nodes-sora.soraTrigger';

interface Panel {
	name: string;
	type?: string;
	parameters: IDataObject;
}

/** A workflow that is looked at and never run as a whole: a start, and nodes behind it. */
async function saved(panels: Panel[]): Promise<SavedWorkflow> {
	const steps = panels.map(({ type = SORA, ...panel }) => ({ type, ...panel }));
	return await save(workflowOf(manual, steps), { name: 'Panels' });
}

const generate = { resource: 'video', operation: 'generate' };
const get = { resource: 'video', operation: 'get' };
const create = { resource: 'character', operation: 'create' };

const PANELS: Panel[] = [
	{ name: 'a new node', parameters: {} },
	{ name: 'Sora 2 Pro, 25 seconds', parameters: { model: byId('sora-2-pro'), duration: '25' } },
	{ name: 'Veo 3.1 Fast', parameters: { model: byId('veo3.1-fast') } },
	{ name: 'Wan 2.1, from frames', parameters: { model: byId('wanx2.1-kf2v-plus') } },
	{ name: 'Seedance 1.0 Pro', parameters: { model: byId('doubao-seedance-1-0-pro-250528') } },
	{ name: 'a model nobody has heard of', parameters: { model: byId('house-model-1') } },
	{ name: 'a model that an expression gives', parameters: { model: byId('={{ $json.model }}') } },
	{ name: 'without waiting', parameters: { ...generate, waiting: 'none' } },
	{ name: 'Get', parameters: get },
	{ name: 'Get with waiting', parameters: { ...get, waiting: 'node' } },
	{ name: 'a character from an address', parameters: create },
	{ name: 'a character from a task', parameters: { ...create, source: 'task' } },
	{ name: 'an upload', parameters: { resource: 'file', operation: 'upload' } },
	{ name: 'a quota', parameters: { resource: 'account', operation: 'getQuota' } },
	{ name: 'the trigger', type: TRIGGER, parameters: {} },
	{ name: 'the trigger with the file', type: TRIGGER, parameters: { downloadVideo: true } },
];

/** What n8n's own rule says that a panel shows; the unit tests hold what that is to be. */
function expected({ properties }: INodeTypeDescription, parameters: IDataObject) {
	const node = { typeVersion: 1 } as INode;
	const given = parameters as INode['parameters'];
	const defaults = NodeHelpers.getNodeParameters(properties, given, true, true, node, null);
	const values = { ...defaults, ...given };
	const shown = (all: INodeProperties[]) =>
		all
			.filter(({ type }) => type !== 'hidden')
			.filter((property) => NodeHelpers.displayParameter(values, property, node, null))
			.map(({ displayName }) => displayName.replace(/<[^>]*>/g, ''));
	const collection = properties.find(
		(property) =>
			property.name === 'options' && NodeHelpers.displayParameter(values, property, node, null),
	);
	return {
		fields: shown(properties),
		options: shown((collection?.options ?? []) as INodeProperties[]),
	};
}

describe('the panel shows what applies, in this order, and nothing else', () => {
	let workflow: SavedWorkflow;
	let types: INodeTypeDescription[];
	beforeAll(async () => {
		workflow = await saved(PANELS);
		types = (await setting.api.types('nodes')) as unknown as INodeTypeDescription[];
	});

	it.each(PANELS)('$name', async ({ name, type = SORA, parameters }) => {
		const { editor } = screen;
		const description = types.find((listed) => listed.name === type) as INodeTypeDescription;
		const { fields, options } = expected(description, parameters);
		await editor.openNode(workflow, name);
		await soon(async () => expect(await editor.fields()).toEqual(fields));
		const isUnset = Object.keys((parameters.options ?? {}) as object).length === 0;
		// An only option is added at once, without a list.
		if (isUnset && options.length !== 1)
			expect((await editor.options()).sort()).toEqual(options.sort());
	});
});

describe('the trigger shows the URL for the gateway', () => {
	it.each([
		['open', {}, /\/sora$/],
		['with a secret', { secret: 'k7 Qm' }, /\/sora\?secret=k7%20Qm$/],
	])('%s', async (name, parameters, address) => {
		const { editor } = screen;
		const workflow = await saved([{ name, type: TRIGGER, parameters }]);
		await editor.openNode(workflow, name);
		await soon(async () =>
			expect(await editor.webhookUrls()).toEqual([expect.stringMatching(address)]),
		);
	});
});

it('an expression shows its value in its field, and sends it to the gateway', async () => {
	const { editor } = screen;
	const from = (field: string) => `={{ $json.${field} }}`;
	const item = { words: 'Herons', ratio: '9:16', seconds: '15', more: { seed: 7 } };
	const workflow = await save(
		workflowOf(
			{
				name: 'Start',
				type: 'n8n-nodes-base.set',
				typeVersion: 3.4,
				parameters: { mode: 'raw', jsonOutput: JSON.stringify(item) },
			},
			{
				name: 'Generate',
				type: SORA,
				parameters: {
					...generate,
					prompt: from('words'),
					aspectRatio: from('ratio'),
					duration: from('seconds'),
					downloadVideo: false,
					options: { extraBody: from('more') },
				},
			},
		),
	);
	await editor.openNode(workflow, 'Generate');
	await editor.executePreviousNodes();
	await soon(async () =>
		expect(await editor.previews()).toMatchObject({
			prompt: item.words,
			aspectRatio: item.ratio,
			duration: item.seconds,
		}),
	);
	await editor.executeStep();
	expect(await editor.error()).toBe('');
	expect(bought().map(({ body }) => body)).toEqual([
		{ model: 'sora-2', prompt: item.words, aspect_ratio: '9:16', duration: '15', seed: 7 },
	]);
});
