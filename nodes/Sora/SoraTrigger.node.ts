import {
	NodeConnectionTypes,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import { answerCall, CALLBACK_WEBHOOKS, EVENTS } from './actions/callback';
import { asProperties } from './actions/fields';
import { deliveredFileFields } from './actions/video/delivery';
import { requireSupportedN8n } from './n8nVersion';

requireSupportedN8n();

export class SoraTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Sora Trigger',
		name: 'soraTrigger',
		icon: { light: 'file:sora.svg', dark: 'file:sora.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["events"].join(", ") }}',
		// n8n's node list shows this sentence for both nodes, whatever was searched for: first what the pair is for.
		description:
			'Videos from text, images and storyboards with Sora and other models. Starts the workflow when one has finished or failed',
		eventTriggerDescription: 'Waiting for the gateway to call the test URL',
		activationMessage:
			'Give the production URL of this trigger as "Notify Hook" to Video > Generate.',
		defaults: {
			name: 'Sora Trigger',
		},
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{
				name: 'soraApi',
				required: true,
			},
		],
		webhooks: CALLBACK_WEBHOOKS,
		properties: [
			{
				displayName:
					'Copy the production URL above into "Notify Hook" under the options of Video > Generate, in the workflow that buys the videos. When the gateway calls, the task is read again with the credential, and put out once; not every gateway calls, so do not rely on it alone.',
				name: 'urlNotice',
				type: 'notice',
				default: '',
			},
			{
				displayName: 'Events',
				name: 'events',
				type: 'multiOptions',
				required: true,
				default: [...EVENTS],
				description: 'Which outcomes start the workflow',
				options: [
					{ name: 'Video Finished', value: 'finished', description: 'The video can be watched' },
					{ name: 'Video Failed', value: 'failed', description: 'The gateway gave up, or refused' },
				],
			},
			...asProperties(deliveredFileFields()),
		],
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await answerCall(this);
	}
}
