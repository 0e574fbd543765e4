/**
 * Decides which hosts a file may be downloaded from. The gateway's answer contains the video's address: a malicious one
 * must not make n8n read its own network (SSRF). Pure; names that resolve to private addresses are not covered (n8n's
 * N8N_SSRF_PROTECTION_ENABLED guards against those).
 */
import { definingFields, type JsonRecord } from '../gateway/contract';
import { invalidInput } from '../gateway/failures';

/** Not globally reachable by IANA's IPv4 Special-Purpose Address Registry, or multicast. */
const PRIVATE_IPV4 = [
	/^(?:0|127|169\.254)\./, // this machine, and link-local, where clouds keep keys
	/^(?:10|172\.(?:1[6-9]|2\d|3[01])|192\.168)\./, // private
	/^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./, // a carrier's NAT
	/^(?:192\.0\.2|198\.51\.100|203\.0\.113|198\.1[89])\./, // documentation, benchmarks
	/^(?:192\.0\.0|192\.88\.99|22[4-9]|2[3-5]\d)\./, // protocols, 6to4 relays, multicast and reserved
	/^168\.63\.129\.16$/, // Azure's own, seen from inside only
];

/** The public IPv6 internet is 2000::/3. Within it, ranges that map IPv4 or are special are private as a whole. */
function isPrivateIpv6(host: string): boolean {
	const [first = 0, second = 0] = host.split(':').map((group) => parseInt(group || '0', 16));
	return (
		first < 0x2000 ||
		first > 0x3fff ||
		(first === 0x2001 && (second < 0x0200 || second === 0x0db8)) || // Teredo, ORCHID, documentation
		first === 0x2002 || // 6to4
		(first === 0x3fff && second < 0x1000) || // documentation
		/:(?:0|200)?:5efe:(?:[\da-f]+:[\da-f]+|:)$/.test(host) // ISATAP
	);
}

/**
 * Domains without public names: IANA's Special-Use Domain Names, `.internal` (ICANN, 2024), those that ICANN withholds
 * because private networks use them, and those of clouds and containers.
 */
const PRIVATE_NAMES = [
	...['localhost', 'localdomain', 'local', 'internal', 'home.arpa', 'test', 'invalid', 'onion'],
	...['alt', 'corp', 'home', 'mail', 'lan', 'intranet', 'private', 'localnet', 'i2p'],
	...['svc', 'consul', 'docker', 'fritz.box', 'metadata.goog', 'metadata.tencentyun.com'],
];

/** A normalized host for comparison: lower case, no brackets, no trailing dot. */
const plainHost = (url: URL) => url.hostname.toLowerCase().replace(/^\[|\]$|\.+$/g, '');

/** The URL parser has normalized numbers to dotted decimals, and IPv6 to its shortest form. */
export function isPrivateAddress(url: URL): boolean {
	const host = plainHost(url);
	if (/^[\d.]+$/.test(host)) return PRIVATE_IPV4.some((range) => range.test(host));
	if (host.includes(':')) return isPrivateIpv6(host);
	// A name without a dot is local: a container, a machine in the office.
	return !host.includes('.') || PRIVATE_NAMES.some((name) => `.${host}`.endsWith(`.${name}`));
}

/** @param list as a person writes it: names, addresses or whole URLs, separated by commas or spaces */
export function hostsIn(list: string): string[] {
	return list.split(/[\s,;]+/).flatMap((entry) => {
		// An IPv6 address needs brackets in a URL.
		const host = /^[\da-f]*:[\da-f.]*:[\da-f:.]*$/i.test(entry) ? `[${entry}]` : entry;
		const address = /^[a-z][a-z\d+.-]*:\/\//i.test(entry) ? entry : `http://${host}`;
		return entry && URL.canParse(address) ? [plainHost(new URL(address))] : [];
	});
}

const isLoopback = (host: string) =>
	/(?:^|\.)localhost(?:\.localdomain)?$|^::1$|^127\.[\d.]+$/.test(host);

/**
 * Private addresses are refused, unless the gateway itself is there, or the credential trusts the host.
 * @param trusted hosts as `hostsIn` returns them
 */
export function mayFetch(url: URL, gateway: URL, trusted: readonly string[] = []): boolean {
	if (!/^https?:$/.test(url.protocol)) return false;
	const areLoopback = isLoopback(plainHost(url)) && isLoopback(plainHost(gateway));
	return !isPrivateAddress(url) || areLoopback || isTrustedHost(url, gateway, trusted);
}

export const isTrustedHost = (url: URL, gateway: URL, trusted: readonly string[]) =>
	plainHost(url) === plainHost(gateway) || trusted.includes(plainHost(url));

/**
 * Checks the addresses that a paid request gives the gateway to fetch, in any field, Extra Body included: a public
 * gateway cannot reach a private network. Callback addresses are exempt.
 * @param address the gateway's base URL
 * @throws {SoraFailure} invalid_input for a private address that is not the gateway's
 */
export function requireReachable(body: JsonRecord, { address }: { address: string }): void {
	if (isPrivateAddress(new URL(address))) return;
	for (const [field, content] of Object.entries(definingFields(body))) {
		JSON.stringify(content, (_, value: unknown) => {
			const isAddress = typeof value === 'string' && /^\s*https?:\/\/\S+\s*$/i.test(value);
			const url = isAddress && URL.canParse(value) ? new URL(value) : undefined;
			if (!url || !isPrivateAddress(url)) return value;
			throw invalidInput(
				`"${field}" is an address on ${url.host}, which only machines in your own network can reach, and the gateway is not one of them`,
				'Put the file where everybody can fetch it, or let the node send it: from an input data field, or with File > Upload.',
			);
		});
	}
}
