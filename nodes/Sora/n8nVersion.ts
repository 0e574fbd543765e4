/**
 * What the package needs of the n8n that it runs in, and the words for one that lacks it. Whatever else the node calls
 * was there before `NodeConnectionTypes` came (n8n-workflow 1.80 to 1.90).
 */
import { NodeConnectionTypes } from 'n8n-workflow';

const OLDEST = '2.0';

/**
 * Called when n8n loads a node, before it asks for anything. n8n's own words for what an old one lacks would be
 * "Class could not be found"; the message of a plain error it writes into its log.
 */
export function requireSupportedN8n(): void {
	// Old hosts do not keep what the types promise.
	if ((NodeConnectionTypes as unknown) !== undefined) return;
	throw new Error(
		`n8n-nodes-sora needs n8n ${OLDEST} or newer: this n8n has no NodeConnectionTypes. Update n8n.`,
	);
}
