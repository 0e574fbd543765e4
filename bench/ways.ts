/** The ways to a video in n8n that are measured beside each other, each as one workflow. */
import type { IDataObject } from 'n8n-workflow';

import type { WorkflowJson } from '../test/e2e/n8nApi';
import { ideas, manual, noOp, SORA, workflowOf, type Step } from '../test/e2e/workflows';

export const OURS = 'Sora (this package)';
export const BY_HAND = 'built by hand';
export const OPENAI = "n8n's OpenAI node";
export const MINIMAX = "n8n's MiniMax node";
export const GEMINI = "n8n's Gemini node";

/** n8n takes an item through them one by one. */
export const ONE_BY_ONE = [OPENAI, MINIMAX, GEMINI];
export const WAYS = [OURS, BY_HAND, ...ONE_BY_ONE] as const;
export type Way = (typeof WAYS)[number];

/** Seconds between two looks of the workflow built by hand: the common choice, and the OpenAI node's. */
export const BY_HAND_SECONDS = 10;

/** A credential that is to be made in n8n. */
export interface Access {
	type: string;
	data: IDataObject;
}

interface Gateway {
	url: string;
	apiKey: string;
}

/** What a way's credential holds to lead to the stand-in. */
export function accessOf(way: Way, { url, apiKey }: Gateway): Access {
	switch (way) {
		case OPENAI:
			return { type: 'openAiApi', data: { apiKey, url: `${url}/v1` } };
		case MINIMAX:
			return { type: 'minimaxApi', data: { apiKey, region: 'international', url: `${url}/v1` } };
		case GEMINI:
			return { type: 'googlePalmApi', data: { apiKey, host: url } };
		default:
			return { type: 'soraApi', data: { apiKey, baseUrl: url } };
	}
}

/** Seconds of a render in a queue, as in the example of the API's own documentation. */
export const QUEUE_SECONDS = 11;

/** Tells the stand-in, in a prompt, the seconds from submission to the finished video. */
export const renderOf = (seconds: number) =>
	`[[queueSeconds=${QUEUE_SECONDS} renderSeconds=${Math.max(0, seconds - QUEUE_SECONDS)}]]`;

const PROMPT = '={{ $json.idea }}';
const byId = (value: string) => ({ __rl: true, mode: 'id', value });

/** Benches run by hand, as in the editor, where the node would otherwise take up what it bought before. */
export const GENERATE = {
	resource: 'video',
	operation: 'generate',
	prompt: PROMPT,
	whenTesting: 'buy',
};

const SINGLE: Record<string, Step> = {
	[OURS]: { name: 'Video', type: SORA, parameters: GENERATE },
	[OPENAI]: {
		name: 'Video',
		type: '@n8n/n8n-nodes-langchain.openAi',
		typeVersion: 2.3,
		parameters: {
			resource: 'video',
			operation: 'generate',
			modelId: byId('sora-2'),
			prompt: PROMPT,
			options: { waitTime: 7200 },
		},
	},
	[MINIMAX]: {
		name: 'Video',
		type: '@n8n/n8n-nodes-langchain.minimax',
		typeVersion: 1.2,
		parameters: {
			resource: 'video',
			operation: 'textToVideo',
			modelId: 'MiniMax-H3',
			prompt: PROMPT,
		},
	},
	[GEMINI]: {
		name: 'Video',
		type: '@n8n/n8n-nodes-langchain.googleGemini',
		typeVersion: 1.2,
		parameters: {
			resource: 'video',
			operation: 'generate',
			modelId: byId('models/veo-3'),
			prompt: PROMPT,
		},
	},
};

function request(name: string, url: string, more: IDataObject = {}): Step {
	return {
		name,
		type: 'n8n-nodes-base.httpRequest',
		typeVersion: 4.2,
		parameters: {
			url,
			authentication: 'predefinedCredentialType',
			nodeCredentialType: 'soraApi',
			options: {},
			...more,
		},
	};
}

/** The steps of the workflow that is built by hand, in their order. @param waitSeconds between two looks */
export function handBuilt(baseUrl: string, waitSeconds: number): Step[] {
	return [
		request('Submit', `${baseUrl}/v2/videos/generations`, {
			method: 'POST',
			sendBody: true,
			specifyBody: 'json',
			jsonBody:
				'={{ JSON.stringify({ model: "sora-2", prompt: $json.idea, aspect_ratio: "16:9", duration: "10" }) }}',
		}),
		{
			name: 'Wait',
			type: 'n8n-nodes-base.wait',
			typeVersion: 1.1,
			parameters: { resume: 'timeInterval', amount: waitSeconds, unit: 'seconds' },
		},
		request('Look', `=${baseUrl}/v2/videos/generations/{{ encodeURIComponent($json.task_id) }}`),
		{
			name: 'Finished?',
			type: 'n8n-nodes-base.if',
			typeVersion: 2.2,
			parameters: {
				conditions: {
					combinator: 'and',
					options: { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 },
					conditions: [
						{
							id: 'finished',
							leftValue: '={{ $json.status }}',
							rightValue: 'SUCCESS',
							operator: { type: 'string', operation: 'equals' },
						},
					],
				},
			},
		},
		request('Video', '={{ $json.data.output }}', {
			authentication: 'none',
			options: { response: { response: { responseFormat: 'file' } } },
		}),
	];
}

/** Back to the Wait node with what is not finished yet. */
export function withLoop(workflow: WorkflowJson): WorkflowJson {
	const { connections } = workflow;
	connections['Finished?']?.main?.push([{ node: 'Wait', type: 'main', index: 0 }]);
	return workflow;
}

/** A workflow that makes a video of each prompt by that way, and fetches the files. */
export function workflowFor(way: Way, prompts: string[], baseUrl: string): WorkflowJson {
	const source = [manual, ...ideas(prompts)];
	const single = SINGLE[way];
	return single
		? workflowOf(...source, single, noOp('Done'))
		: withLoop(workflowOf(...source, ...handBuilt(baseUrl, BY_HAND_SECONDS), noOp('Done')));
}
