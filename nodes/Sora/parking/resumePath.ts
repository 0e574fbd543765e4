import type { IWebhookDescription } from 'n8n-workflow';

/** A path of its own: a call that comes late must not resume a Wait node that stands further on. */
export const RESUME_PATH = 'sora';

export const RESUME_WEBHOOKS: IWebhookDescription[] = [
	{
		name: 'default',
		httpMethod: 'POST',
		responseMode: 'onReceived',
		responseData: '',
		path: RESUME_PATH,
		restartWebhook: true,
		isFullPath: true,
	},
];
