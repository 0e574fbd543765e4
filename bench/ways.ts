/** The ways to a video in n8n that are compared, each as one workflow. */
import type { IDataObject } from 'n8n-workflow';

import type { WorkflowJson } from '../test/e2e/n8nApi';
import { ideas, manual, noOp, SORA, workflowOf, type Step } from '../test/e2e/workflows';

export const OURS = 'Sora (this package)';
export const BY_HAND = 'built by hand';
export const OPENAI = "n8n's OpenAI node";
export const MINIMAX = "n8n's MiniMax node";
export const GEMINI = "n8n's Gemini node";

/** These process one item after the other. */
export const ONE_BY_ONE = [OPENAI, MINIMAX, GEMINI] as const;
export const isOneByOne = (way: Way) => ONE_BY_ONE.some((one) => one === way);
export const WAYS = [OURS, BY_HAND, OPENAI, MINIMAX, GEMINI] as const;
export type Way = (typeof WAYS)[number];
export type Peer = Exclude<Way, typeof OURS>;
export const PEERS = WAYS.filter((way): way is Peer => way !== OURS);

/** Seconds: the first poll after the submission, the interval, and what passes after the last poll. */
export interface Pace {
	first: number;
	interval: number;
	rest: number;
}

/** As their sources have it in the n8n that is measured; the runs on the real n8n show whether that is so. */
export const PACES: Record<Peer, Pace> = {
	[BY_HAND]: { first: 10, interval: 10, rest: 0 },
	[OPENAI]: { first: 0, interval: 10, rest: 10 },
	[MINIMAX]: { first: 0, interval: 15, rest: 0 },
	[GEMINI]: { first: 5, interval: 5, rest: 0 },
};

interface Gateway {
	url: string;
	apiKey: string;
}

/** The credential that leads a way to the stand-in. */
export function accessOf(way: Way, { url, apiKey }: Gateway): { type: string; data: IDataObject } {
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

/** How long a render is queued before it begins. */
export const QUEUE_SECONDS = 5;

/** A directive to the stand-in, in a prompt. @param seconds from the submission to the finished video */
export const renderOf = (seconds: number) =>
	`[[queueSeconds=${QUEUE_SECONDS} renderSeconds=${seconds - QUEUE_SECONDS}]]`;

const PROMPT = '={{ $json.idea }}';
const byId = (value: string) => ({ __rl: true, mode: 'id', value });

/** Benches run workflows by hand, where the node would otherwise reuse what it bought before, and buy ten at most. */
export const GENERATE = {
	resource: 'video',
	operation: 'generate',
	prompt: PROMPT,
	whenTesting: 'buy',
	options: { spendingLimit: 10_000 },
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
		: withLoop(workflowOf(...source, ...handBuilt(baseUrl, PACES[BY_HAND].interval), noOp('Done')));
}
