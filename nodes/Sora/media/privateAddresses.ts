/**
 * Which hosts a file may be fetched from. A gateway's answer names the address of the video: a poisoned one
 * must not make n8n read its own network. Pure; names that resolve inwards are beyond it (n8n's
 * N8N_SSRF_PROTECTION_ENABLED guards against those).
 */

const IPV4_BITS = 32;
const IPV6_BITS = 128;

/** What IANA's IPv4 Special-Purpose Address Registry calls not globally reachable, and multicast. */
export const INNER_IPV4 = [
	'0.0.0.0/8', // this network
	'10.0.0.0/8', // private
	'100.64.0.0/10', // behind a carrier's NAT
	'127.0.0.0/8', // loopback
	'168.63.129.16/32', // Azure's own, seen from inside only
	'169.254.0.0/16', // link-local, where clouds keep keys
	'172.16.0.0/12', // private
	'192.0.0.0/24', // protocol assignments
	'192.0.2.0/24', // documentation
	'192.88.99.0/24', // 6to4 relays, withdrawn
	'192.168.0.0/16', // private
	'198.18.0.0/15', // benchmarks
	'198.51.100.0/24', // documentation
	'203.0.113.0/24', // documentation
	'224.0.0.0/4', // multicast
	'240.0.0.0/4', // reserved, with the broadcast
] as const;

/** All of the IPv6 internet; loopback, link-local, unique local, multicast and the rest lie outside. */
export const GLOBAL_IPV6 = '2000::/3';

/** Within it, what IANA's IPv6 Special-Purpose Address Registry calls not globally reachable. */
export const INNER_IPV6 = [
	'2001:2::/48', // benchmarks
	'2001:10::/28', // ORCHID
	'2001:20::/28', // ORCHIDv2: no addresses, but hashes
	'2001:db8::/32', // documentation
	'3fff::/20', // documentation
] as const;

/** Ranges whose addresses stand for IPv4 ones: how many bits behind the embedded address follow. */
const EMBEDDING_IPV6 = [
	{ range: '::/96', behind: [0] }, // as the unspecified address and the loopback do, too
	{ range: '::ffff:0:0/96', behind: [0] }, // mapped
	{ range: '::ffff:0:0:0/96', behind: [0] }, // translated
	{ range: '64:ff9b::/96', behind: [0] }, // NAT64; 64:ff9b:1::/48 beside it is local
	{ range: '2002::/16', behind: [80] }, // 6to4
	{ range: '2001::/32', behind: [64], inverted: [0] }, // Teredo: its server, and the client's address
] as const satisfies ReadonlyArray<{ range: string; behind: number[]; inverted?: number[] }>;

/** The interface ID of ISATAP, in front of an IPv4 address: 0000:5efe or, where it is unique, 0200:5efe. */
const ISATAP_IDS = [0x0000_5efen, 0x0200_5efen];

/** The number that an IPv4 address is. @param host as the URL parser writes it: no octal, no hexadecimal */
function ipv4(host: string): bigint | undefined {
	const octets = host.split('.').map(Number);
	const fits = octets.length === 4 && octets.every((octet) => octet >= 0 && octet <= 255);
	if (!fits || !/^[\d.]+$/.test(host)) return undefined;
	return octets.reduce((number, octet) => (number << 8n) | BigInt(octet), 0n);
}

/** The number that an IPv6 address is. @param host as the URL parser writes it, without brackets */
function ipv6(host: string): bigint | undefined {
	if (!host.includes(':')) return undefined;
	const [head = '', tail] = host.split('::');
	const groups = (part: string) =>
		part ? part.split(':').map((group) => parseInt(group, 16)) : [];
	const front = groups(head);
	const back = tail === undefined ? [] : groups(tail);
	const between = Array<number>(Math.max(0, 8 - front.length - back.length)).fill(0);
	return [...front, ...between, ...back].reduce(
		(number, group) => (number << 16n) | BigInt(group),
		0n,
	);
}

interface Range {
	first: bigint;
	/** Bits behind the prefix. */
	rest: bigint;
}

function rangeOf(cidr: string): Range {
	const [address = '', prefix] = cidr.split('/');
	const four = ipv4(address);
	const rest = BigInt((four === undefined ? IPV6_BITS : IPV4_BITS) - Number(prefix));
	return { first: four ?? ipv6(address) ?? 0n, rest };
}

const isIn =
	(address: bigint) =>
	({ first, rest }: Range) =>
		address >> rest === first >> rest;

const innerIpv4 = INNER_IPV4.map(rangeOf);
const globalIpv6 = rangeOf(GLOBAL_IPV6);
const innerIpv6 = INNER_IPV6.map(rangeOf);
const embedding = EMBEDDING_IPV6.map((row) => ({
	inverted: [],
	...row,
	range: rangeOf(row.range),
}));

const isInnerIpv4 = (address: bigint) => innerIpv4.some(isIn(address));

/** The IPv4 addresses that an IPv6 one stands for, or leads to. */
function embeddedIn(address: bigint): bigint[] {
	const at = (bits: number) => BigInt.asUintN(IPV4_BITS, address >> BigInt(bits));
	const row = embedding.find(({ range }) => isIn(address)(range));
	if (row) {
		return [
			...row.behind.map(at),
			...row.inverted.map((bits) => BigInt.asUintN(IPV4_BITS, ~at(bits))),
		];
	}
	return ISATAP_IDS.some((id) => at(IPV4_BITS) === id) ? [at(0)] : [];
}

function isInnerIpv6(address: bigint): boolean {
	const embedded = embeddedIn(address);
	if (embedded.some(isInnerIpv4)) return true;
	const standsForIpv4 = embedding.some(({ range }) => isIn(address)(range));
	return !standsForIpv4 && (!isIn(address)(globalIpv6) || innerIpv6.some(isIn(address)));
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
	isIn(ipv4(host) ?? 0n)(rangeOf('127.0.0.0/8'));

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
