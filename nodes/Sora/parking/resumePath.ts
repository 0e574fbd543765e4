import type { IWebhookDescription } from 'n8n-workflow';

/** Its own path: a late call must not resume a Wait node further on. */
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
