import {
	NodeConnectionTypes,
	type EngineResponse,
	type IExecuteFunctions,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
	type NodeOutput,
} from 'n8n-workflow';

import { resourceProperties } from './actions/resources';
import { routeItems } from './actions/router';
import { searchModels } from './methods/listSearch';
import { requireSupportedN8n } from './n8nVersion';
import { answerResumeCall, RESUME_WEBHOOKS } from './parking/resumeWebhook';
import { systemClock } from './flow/clock';

requireSupportedN8n();

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
		properties: resourceProperties,
	};

	methods = {
		listSearch: { searchModels },
	};

	async execute(this: IExecuteFunctions, response?: EngineResponse): Promise<NodeOutput> {
		return await routeItems(this, systemClock, response);
	}

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await answerResumeCall(this, systemClock);
	}
}
