import {
	NodeConnectionTypes,
	type EngineResponse,
	type IExecuteFunctions,
	type ILoadOptionsFunctions,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
	type NodeOutput,
} from 'n8n-workflow';

import { properties } from './panel';
import { RESUME_WEBHOOKS } from './parking/resumePath';

export class Sora implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Sora',
		name: 'sora',
		icon: { light: 'file:sora.svg', dark: 'file:sora.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description:
			'Generate videos from text, images and storyboards with Sora and other models, and create characters for them',
		defaults: {
			name: 'Sora',
		},
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{
				name: 'soraApi',
				required: true,
			},
		],
		webhooks: RESUME_WEBHOOKS,
		waitingNodeTooltip:
			'The video is being made, and the workflow sleeps meanwhile. n8n looks again within a minute or so. The task IDs are in the hint above the output, and in the log of n8n.',
		properties,
	};

	// Loaded on demand, since n8n loads all nodes at startup.
	methods = {
		listSearch: {
			async searchModels(this: ILoadOptionsFunctions, filter?: string) {
				const { searchModels } = await import('./methods/listSearch');
				return await searchModels.call(this, filter);
			},
		},
	};

	async execute(this: IExecuteFunctions, response?: EngineResponse): Promise<NodeOutput> {
		const { routeItems } = await import('./actions/router');
		return await routeItems(this, undefined, response);
	}

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const { answerResumeCall } = await import('./parking/resumeWebhook');
		return await answerResumeCall(this);
	}
}
