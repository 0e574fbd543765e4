/**
 * Which hosts a file may be fetched from. A gateway's answer names the address of the video: a poisoned one
 * must not make n8n read its own network. Pure; names that resolve inwards are beyond it (n8n's
 * N8N_SSRF_PROTECTION_ENABLED guards against those).
 */

/** What IANA's IPv4 Special-Purpose Address Registry calls not globally reachable, and multicast. */
const INNER_IPV4 = [
	...['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16'], // this machine, and link-local, where clouds keep keys
	...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'], // private, and a carrier's NAT
	...['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '198.18.0.0/15'], // documentation, benchmarks
	...['192.0.0.0/24', '192.88.99.0/24', '224.0.0.0/3'], // protocols, 6to4 relays, multicast and reserved
	'168.63.129.16/32', // Azure's own, seen from inside only
].map((range) => {
	const [address = '', bits] = range.split('/');
	return { first: ipv4(address) ?? 0, size: 2 ** (32 - Number(bits)) };
});

/** The number that an IPv4 address is. @param host as the URL parser writes it: no octal, no hexadecimal */
function ipv4(host: string): number | undefined {
	if (!/^\d+(?:\.\d+){3}$/.test(host)) return undefined;
	return host.split('.').reduce((number, octet) => number * 256 + Number(octet), 0);
}

const isInnerIpv4 = (address: number) =>
	INNER_IPV4.some(({ first, size }) => address >= first && address < first + size);

/** The eight groups of an IPv6 address. @param host as the URL parser writes it, without brackets */
function ipv6(host: string): number[] | undefined {
	if (!host.includes(':')) return undefined;
	const [front = [], back = []] = host
		.split('::')
		.map((part) => (part ? part.split(':').map((group) => parseInt(group, 16)) : []));
	return [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back];
}

/** The IPv6 internet is 2000::/3. Within it, whatever stands for IPv4 addresses or is special is inner as a whole. */
function isInnerIpv6(groups: number[]): boolean {
	const [first = 0, second = 0, , , fifth = 0, sixth = 0] = groups;
	const isGlobal = first >= 0x2000 && first < 0x4000;
	const isSpecial =
		(first === 0x2001 && (second < 0x0200 || second === 0x0db8)) || // Teredo, ORCHID, documentation
		first === 0x2002 || // 6to4
		(first === 0x3fff && second < 0x1000) || // documentation
		((fifth === 0 || fifth === 0x0200) && sixth === 0x5efe); // ISATAP
	return !isGlobal || isSpecial;
}

/**
 * Endings under which no public name can lie: the Special-Use Domain Names of IANA, `.internal` (ICANN, 2024),
 * what ICANN gives to nobody because networks use it inside, and what clouds and containers use.
 */
const INNER_NAMES = [
	...['localhost', 'localdomain', 'local', 'internal', 'home.arpa', 'test', 'invalid', 'onion'],
	...['alt', 'corp', 'home', 'mail', 'lan', 'intranet', 'private', 'localnet', 'i2p'],
	...['svc', 'consul', 'docker', 'fritz.box', 'metadata.goog', 'metadata.tencentyun.com'],
];

/** A name without a stop is of this network: a container, a machine in the office. */
const isInnerName = (host: string) =>
	!host.includes('.') || INNER_NAMES.some((name) => host === name || host.endsWith(`.${name}`));

/** The host of an address as it is compared: lower case, no brackets, no stop at the end. */
const plainHost = (url: URL) =>
	url.hostname
		.toLowerCase()
		.replace(/^\[|\]$/g, '')
		.replace(/\.+$/, '');

const isLoopback = (host: string) =>
	/(^|\.)localhost(\.localdomain)?$/.test(host) ||
	host === '::1' ||
	(/^127\./.test(host) && ipv4(host) !== undefined);

/** Whether an address lies in a private, link-local, loopback or otherwise inner range, or has an inner name. */
export function isInnerAddress(url: URL): boolean {
	const host = plainHost(url);
	const four = ipv4(host);
	if (four !== undefined) return isInnerIpv4(four);
	const six = ipv6(host);
	return six === undefined ? isInnerName(host) : isInnerIpv6(six);
}

/** The hosts of a list as a person writes it: names, addresses or whole URLs, with commas or spaces between. */
export function hostsIn(list: string): string[] {
	return list.split(/[\s,;]+/).flatMap((entry) => {
		const bare = /^[a-z][a-z\d+.-]*:\/\//i.test(entry) ? entry : `http://${bracketed(entry)}`;
		return entry && URL.canParse(bare) ? [plainHost(new URL(bare))] : [];
	});
}

/** An IPv6 address needs its brackets in a URL. */
const bracketed = (entry: string) =>
	/^[\da-f]*:[\da-f.]*:[\da-f:.]*$/i.test(entry) ? `[${entry}]` : entry;

/**
 * Inner addresses are refused, unless the gateway itself lives there, or the credential names the host.
 * @param trusted hosts as `hostsIn` gives them
 */
export function mayFetch(url: URL, gateway: URL, trusted: readonly string[] = []): boolean {
	if (!/^https?:$/.test(url.protocol)) return false;
	if (!isInnerAddress(url)) return true;
	const host = plainHost(url);
	const home = plainHost(gateway);
	return host === home || (isLoopback(host) && isLoopback(home)) || trusted.includes(host);
}

/** Whether a host is the gateway's own, or one that the credential names. */
export const isTrustedHost = (url: URL, gateway: URL, trusted: readonly string[]) =>
	plainHost(url) === plainHost(gateway) || trusted.includes(plainHost(url));

/** Whether a gateway can fetch from an address at all: a public one never reaches a private network. */
export const reachableByGateway = (url: URL, gateway: URL): boolean =>
	!isInnerAddress(url) || isInnerAddress(gateway);
