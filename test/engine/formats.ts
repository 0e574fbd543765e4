/** The gateways of the other formats, as a credential describes them. */
import type { IDataObject } from 'n8n-workflow';

import type { Scenario } from '../simulator/simulator';

export interface Format {
	face: Scenario['face'];
	/** The credential's fields besides the key. */
	says: IDataObject;
	/** Appended to the gateway's address. */
	path: string;
	model: string;
}

const videos = (requestEncoding?: string) => ({
	apiFormat: 'openai',
	...(requestEncoding && { requestEncoding }),
});

export const FORMATS: Record<string, Format> = {
	"OpenAI's own": { face: 'openai', says: videos(), path: '/v1', model: 'some-model' },
	'New API': { face: 'newapi', says: videos('auto'), path: '', model: 'some-model' },
	'vLLM-Omni': {
		face: 'vllm',
		says: videos('form'),
		path: '/v1/',
		model: 'Wan-AI/Wan2.2-T2V-A14B-Diffusers',
	},
	OpenRouter: {
		face: 'openrouter',
		says: { apiFormat: 'openrouter' },
		path: '/api/v1',
		model: 'google/veo-3.1',
	},
	LLMGateway: {
		face: 'llmgateway',
		says: videos('json'),
		path: '/v1',
		model: 'veo-3.1-generate-preview',
	},
};
export const formatOf = (name: string) => FORMATS[name] as Format;
