import {
	NodeConnectionTypes,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import { deliveredFileFields } from './panel/delivery';
import { EVENTS, SECRET_QUERY } from './panel/trigger';

/** Called by the gateway. The user gives it the URL, so there is nothing to register or remove. */
const CALLBACK_WEBHOOKS: IWebhookDescription[] = [
	{
		name: 'default',
		httpMethod: 'POST',
		responseMode: 'onReceived',
		path: 'sora',
		ndvHideUrl: '={{ !!$parameter["secret"] }}',
	},
	{
		// Only shows the URL with the secret in the panel: without a method, n8n registers no route.
		name: 'default',
		httpMethod: '={{ "" }}',
		path: `=sora?${SECRET_QUERY}={{ encodeURIComponent(String($parameter["secret"] ?? "").trim()) }}`,
		ndvHideUrl: '={{ !$parameter["secret"] }}',
		ndvHideMethod: true,
	},
];

export class SoraTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Sora Trigger',
		name: 'soraTrigger',
		icon: { light: 'file:sora.svg', dark: 'file:sora.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["events"].join(", ") }}',
		// n8n's node list shows this sentence for both nodes, so it starts with the purpose of the pair.
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
					'Copy the production URL above into "Notify Hook" under the options of Video > Generate, in the workflow that buys the videos. When the gateway calls, the trigger polls the task with its own credential and starts the workflow once. Not every gateway calls, so do not rely on it alone.',
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
			{
				displayName: 'Secret',
				name: 'secret',
				type: 'string',
				typeOptions: { password: true },
				default: '',
				placeholder: 'e.g. 32 random letters and digits',
				description:
					'Becomes a part of the URL above. Calls without it are dropped, so that other people who find the URL can do nothing. Use 32 random letters and digits, which you use nowhere else: the gateway learns them. Videos that are being made when you set or change it still call the old URL.',
				hint: 'When it is set or changed, copy the production URL into Notify Hook again',
			},
			...deliveredFileFields(false),
		],
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const { answerCall } = await import('./trigger/webhook');
		return await answerCall(this);
	}
}
