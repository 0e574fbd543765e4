/** Addresses in a paid request that the gateway is to fetch: where it cannot, that is reported before anything is bought. */
import { definingFields, type JsonRecord } from '../gateway/contract';
import { invalidInput } from '../gateway/failures';
import { reachableByGateway } from './privateAddresses';

interface FoundAddress {
	field: string;
	url: URL;
}

const MOST_LEVELS = 20;

function* addressesIn(value: unknown, field = '', level = 0): Generator<FoundAddress> {
	if (typeof value === 'string') {
		const url =
			/^\s*https?:\/\/\S+\s*$/i.test(value) && URL.canParse(value) ? new URL(value) : undefined;
		if (url) yield { field, url };
	} else if (typeof value === 'object' && value !== null && level < MOST_LEVELS) {
		for (const [name, inner] of Object.entries(value)) {
			yield* addressesIn(inner, field || name, level + 1);
		}
	}
}

/**
 * Whatever field it stands in, Extra Body included. Where the gateway calls back is another matter: what such an
 * address means is known to the gateway alone.
 * @param address the gateway's base URL
 * @throws {SoraFailure} invalid_input for an address in a private network that is not the gateway's
 */
export function requireReachable(body: JsonRecord, { address }: { address: string }): void {
	const gateway = new URL(address);
	for (const { field, url } of addressesIn(definingFields(body))) {
		if (reachableByGateway(url, gateway)) continue;
		throw invalidInput(
			`"${field}" is an address on ${url.host}, which only machines in your own network can reach, and the gateway is not one of them`,
			'Put the file where everybody can fetch it, or let the node send it: from an input data field, or with File > Upload.',
		);
	}
}
