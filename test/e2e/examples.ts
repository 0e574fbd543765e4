/* eslint-disable @n8n/community-nodes/no-restricted-imports -- reads the examples, never inside n8n */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IDataObject } from 'n8n-workflow';

import { CHECKOUT } from './environment';
import type { WorkflowJson } from './n8nApi';

type Workflow = WorkflowJson & { name: string };

export interface Example {
	/** Such as `text-to-video.json`. */
	file: string;
	workflow: Workflow;
}

/** A workflow of examples/, fresh from its file. */
export function example(file: string): Workflow {
	return JSON.parse(readFileSync(join(CHECKOUT, 'examples', file), 'utf8')) as Workflow;
}

/** Every workflow of examples/, by name. */
export function examples(): Example[] {
	return readdirSync(join(CHECKOUT, 'examples'))
		.filter((file) => file.endsWith('.json'))
		.sort()
		.map((file) => ({ file, workflow: example(file) }));
}

/** Every workflow of examples/ as README.md lists them: what is easy comes first. */
export function examplesInOrder(): Example[] {
	const readme = readFileSync(join(CHECKOUT, 'README.md'), 'utf8');
	const place = ({ file }: Example) => {
		const at = readme.indexOf(`(examples/${file})`);
		return at < 0 ? readme.length : at;
	};
	return examples().sort((a, b) => place(a) - place(b));
}

/** Its credential is one of OpenRouter. */
export const isForOpenRouter = ({ name = '' }: { name?: string }) => name.endsWith('OpenRouter');

/** For the stand-in with the `face` of OpenRouter. */
export const openRouterCredential = ({ apiKey, url }: { apiKey: string; url: string }) => ({
	apiKey,
	baseUrl: `${url}/api/v1`,
	apiFormat: 'openrouter',
});

/** The workflow with other parameters in one of its nodes, as a user would change it. */
export function changed(workflow: Workflow, nodeName: string, parameters: IDataObject): Workflow {
	const nodes = workflow.nodes.map((node) =>
		node.name === nodeName
			? { ...node, parameters: { ...node.parameters, ...parameters } as typeof node.parameters }
			: node,
	);
	if (!nodes.some(({ name }) => name === nodeName)) throw new Error(`There is no ${nodeName}`);
	return { ...workflow, nodes };
}
