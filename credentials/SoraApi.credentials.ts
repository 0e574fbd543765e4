import type {
	IAuthenticateGeneric,
	ICredentialTestRequest,
	ICredentialType,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

import { AROUND_ADDRESS, AROUND_KEY, ROUTE_IN_BASE_URL } from '../nodes/Sora/gateway/pasted';

/** Expressions that clean up the fields with the same patterns as the node. */
const KEY = `$credentials.apiKey.replace(${AROUND_KEY}, "")`;
const BASE_URL = `$credentials.baseUrl.replace(${AROUND_ADDRESS}, "").replace(/^(?![a-z][a-z0-9+.-]*:\\/\\/)/i, "https://").replace(${ROUTE_IN_BASE_URL}, "")`;

const whenStatus = (value: number, message: string) => ({
	type: 'responseCode',
	properties: { value, message },
});

/** n8n mixes both kinds of rules at run time; its types allow only one. */
const TEST_RULES = [
	...[301, 302, 307, 308].map((status) =>
		whenStatus(
			status,
			'This address redirects to another one. Enter that one as the base URL, if you trust it.',
		),
	),
	whenStatus(401, 'The gateway did not accept the API key.'),
	whenStatus(403, 'The gateway knows the API key, but does not allow it to list models.'),
	whenStatus(
		404,
		'There is no such API at this address. The base URL is the part in front of /v1 and /v2, without either of them.',
	),
	{
		type: 'responseSuccessBody',
		properties: {
			// Many gateways serve a web page at any address; it has no list of models.
			key: 'data',
			value: undefined,
			message:
				'This address answers, but not with a list of models. Is it the address of the API, rather than of a website?',
		},
	},
] as ICredentialTestRequest['rules'];

/** Kept apart: to the linter, n8n's own name for this switch looks like that of a secret. */
const IGNORE_SSL_ISSUES: INodeProperties = {
	displayName: 'Ignore SSL Issues (Insecure)',
	name: 'allowUnauthorizedCerts',
	type: 'boolean',
	default: false,
	description:
		'Whether to connect even if the certificate of the gateway, or of a trusted file host, cannot be verified. Anybody in between can then read your key: for a gateway in your own network only.',
};

export class SoraApi implements ICredentialType {
	name = 'soraApi';

	displayName = 'Sora API';

	icon: Icon = { light: 'file:soraApi.svg', dark: 'file:soraApi.dark.svg' };

	documentationUrl =
		'https://github.com/n8n-nodes-sora/n8n-nodes-sora?tab=readme-ov-file#credentials';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			description: 'The key of your account at the gateway. It is sent to the base URL below only.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'https://gateway.example.com',
			description:
				'Address of the gateway that your key belongs to, without /v1 or /v2 at the end. Enter only an address that you trust with your key.',
		},
		{
			displayName: 'API Format',
			name: 'apiFormat',
			type: 'options',
			default: 'tasks',
			description:
				'The API that the gateway speaks for videos. Where it is not the one chosen here, the first video fails before anything is bought, and the error says which one to choose.',
			options: [
				{
					name: 'OpenAI Videos (/v1/videos)',
					value: 'openai',
					description:
						'New API, LiteLLM, LLMGateway and many resellers; vLLM-Omni and SGLang on your own server',
				},
				{ name: 'OpenRouter', value: 'openrouter', description: 'Openrouter.ai' },
				{
					name: 'Task API (/v2/videos/generations)',
					value: 'tasks',
					description: 'Gateways that sold Sora 2; the only one with characters',
				},
			],
		},
		{
			displayName: 'Send Requests As',
			name: 'requestEncoding',
			type: 'options',
			default: 'auto',
			description: 'How the server takes an order',
			displayOptions: { show: { apiFormat: ['openai'] } },
			options: [
				{
					name: 'Form',
					value: 'form',
					description: 'Always a form, as vLLM-Omni wants it',
				},
				{
					name: 'JSON',
					value: 'json',
					description:
						'Always JSON, with the length as a number and pictures by address, as LLMGateway wants it',
				},
				{
					name: 'JSON, Form With Files',
					value: 'auto',
					description: 'JSON, and a form where a picture goes along. What most servers take.',
				},
			],
		},
		IGNORE_SSL_ISSUES,
		{
			displayName: 'Trusted File Hosts',
			name: 'trustedFileHosts',
			type: 'string',
			default: '',
			placeholder: 'e.g. minio, 192.168.0.20',
			description:
				'Hosts in your own network from which finished videos may be fetched, with commas between them. Links into a private network are refused otherwise, so that a gateway cannot make n8n read what is in there. The gateway’s own host needs no entry.',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: {
			headers: {
				// People copy "Bearer" along with the key.
				Authorization: `=Bearer {{${KEY}}}`,
			},
		},
	};

	test: ICredentialTestRequest = {
		request: {
			baseURL: `={{${BASE_URL}}}`,
			// OpenRouter lists its models without a key.
			url: '={{$credentials.apiFormat === "openrouter" ? "/v1/key" : "/v1/models"}}',
			disableFollowRedirect: true,
			skipSslCertificateValidation: '={{$credentials.allowUnauthorizedCerts === true}}',
		},
		rules: TEST_RULES,
	};
}
