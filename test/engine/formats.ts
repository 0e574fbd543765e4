/** The gateways of the second format, as a credential describes them. */
import type { IDataObject } from 'n8n-workflow';

import type { Scenario } from '../simulator/simulator';

export interface Format {
	scenario: Partial<Scenario>;
	/** What the credential holds beside the key. */
	says: IDataObject;
	/** Behind the gateway's address. */
	path: string;
	model: string;
}

/** The five faces of the second format. */
export const FORMATS: Record<string, Format> = {
	"OpenAI's own": {
		scenario: { face: 'openai' },
		says: { apiFormat: 'openai' },
		path: '/v1',
		model: 'some-model',
	},
	'New API': {
		scenario: { face: 'newapi' },
		says: { apiFormat: 'openai', requestEncoding: 'auto' },
		path: '',
		model: 'some-model',
	},
	'vLLM-Omni': {
		scenario: { face: 'vllm' },
		says: { apiFormat: 'openai', requestEncoding: 'form' },
		path: '/v1/',
		model: 'Wan-AI/Wan2.2-T2V-A14B-Diffusers',
	},
	OpenRouter: {
		scenario: { face: 'openrouter' },
		says: { apiFormat: 'openrouter' },
		path: '/api/v1',
		model: 'google/veo-3.1',
	},
	LLMGateway: {
		scenario: { face: 'llmgateway' },
		says: { apiFormat: 'openai', requestEncoding: 'json' },
		path: '/v1',
		model: 'veo-3.1-generate-preview',
	},
};
export const formatOf = (name: string) => FORMATS[name] as Format;
