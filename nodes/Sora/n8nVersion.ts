/** What the package needs of the n8n that it runs in, and the words for one that lacks it. */
import { NodeConnectionTypes } from 'n8n-workflow';

import { SoraFailure } from './gateway/failures';

const OLDEST = '2.0';

/**
 * Called when n8n loads a node, before it asks for anything. n8n's own words for what an old one lacks would be
 * "Class could not be found"; the message of a plain error it writes into its log.
 */
export function requireLoadableHost(): void {
	// Old hosts do not keep what the types promise.
	if ((NodeConnectionTypes as unknown) !== undefined) return;
	throw new Error(
		`n8n-nodes-sora needs n8n ${OLDEST} or newer: this n8n has no NodeConnectionTypes. Update n8n.`,
	);
}

const NEEDED = [
	'getContext',
	'getExecutionCancelSignal',
	'helpers.getBinaryStream',
	'helpers.httpRequest',
	'helpers.httpRequestWithAuthentication',
	'helpers.prepareBinaryData',
] as const;

/** @throws {SoraFailure} host_too_old, before anything is sent */
export function requireHost(context: object): void {
	const missing = NEEDED.filter((path) => {
		const found = path
			.split('.')
			.reduce<unknown>((inner, name) => (inner as Record<string, unknown>)?.[name], context);
		return typeof found !== 'function';
	});
	if (missing.length) {
		throw new SoraFailure('host_too_old', { detail: `it has no ${missing.join(', ')}` });
	}
}
