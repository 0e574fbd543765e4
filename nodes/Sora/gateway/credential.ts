import { createHash } from 'node:crypto';
import type { IExecuteFunctions, ILoadOptionsFunctions, IWebhookFunctions } from 'n8n-workflow';

import { textOf } from './answers/view';
import { invalidInput, messageOf, SoraFailure } from './failures';
import { AROUND_ADDRESS, AROUND_KEY, ROUTE_IN_BASE_URL } from './pasted';
import { concealerOf, MASK, type Conceal } from './secrecy';
import { wireOf, type Wire } from './wires';

export const CREDENTIAL_TYPE = 'soraApi';

/** Any n8n context that can send requests and read the credential. */
export type GatewayContext = Pick<
	IExecuteFunctions | ILoadOptionsFunctions | IWebhookFunctions,
	'helpers' | 'getCredentials' | 'getNode'
>;

/** A gateway as the credential describes it. */
export interface Gateway {
	context: GatewayContext;
	/** Base URL: origin and path prefix, without a trailing slash. */
	address: string;
	/** Identifies the account: a digest of the address and the key. */
	account: string;
	/** The video API that it speaks. */
	wire: Wire;
	/** Masks the key in what the gateway says: some gateways quote it back. */
	conceal: Conceal;
	/** Undoes that for a stored task ID. */
	reveal: Conceal;
	/** Accepts unverifiable certificates from the gateway and from the trusted file hosts. */
	ignoresCertificates?: boolean;
	/** Hosts in a private network that files may be downloaded from, as the user wrote them. */
	trustedFileHosts?: string;
}

/** @throws {SoraFailure} credential_missing, or invalid_input if the base URL is unusable */
export async function openGateway(context: GatewayContext): Promise<Gateway> {
	const credential = await context
		.getCredentials<Record<string, unknown>>(CREDENTIAL_TYPE)
		.catch((error: unknown) => {
			throw new SoraFailure('credential_missing', { detail: messageOf(error) });
		});
	const address = checkedBaseUrl(credential.baseUrl);
	const key = textOf(credential.apiKey).replace(AROUND_KEY, '');
	return {
		context,
		address,
		account: createHash('sha256').update(`${address} ${key}`).digest('hex').slice(0, 32),
		conceal: concealerOf(key),
		reveal: (text) => text.replaceAll(MASK, () => key),
		wire: wireOf(credential.apiFormat, credential.requestEncoding),
		ignoresCertificates: credential.allowUnauthorizedCerts === true,
		trustedFileHosts: textOf(credential.trustedFileHosts),
	};
}

/** The gateway's own address of a task's video, whatever link the task names; not every gateway has one. */
export const contentAddress = ({ address, wire }: Gateway, taskId: string): string | undefined =>
	wire.content && address + wire.content(taskId);

/**
 * The base URL as a person types it: a missing scheme means https.
 * @throws {SoraFailure} invalid_input unless it is an http(s) URL without user, query or fragment
 */
export function checkedBaseUrl(baseUrl: unknown): string {
	const typed = textOf(baseUrl).replace(AROUND_ADDRESS, '');
	const withScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`;
	const url = typed && URL.canParse(withScheme) ? new URL(withScheme) : undefined;
	const wrong = (detail: string) =>
		invalidInput(
			`the base URL of the Sora API credential ${detail}`,
			'Open the Sora API credential and enter the address of your gateway, such as https://gateway.example.com.',
		);
	if (!typed) throw wrong('is empty');
	if (!url || !/^https?:$/.test(url.protocol) || /^https?$/.test(url.hostname))
		throw wrong('is no http or https address');
	if (url.username || url.password) throw wrong('holds a user name or password');
	if (url.search || url.hash) throw wrong('holds a "?" or "#"');
	return url.origin + url.pathname.replace(ROUTE_IN_BASE_URL, '');
}
