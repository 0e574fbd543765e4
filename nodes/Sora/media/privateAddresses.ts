/**
 * Which hosts a file may be fetched from. A gateway's answer names the address of the video: a poisoned one
 * must not make n8n read its own network. Pure; names that resolve inwards are beyond it (n8n's
 * N8N_SSRF_PROTECTION_ENABLED guards against those).
 */

/** Octets of an IPv4 address as the URL parser writes it: decimal, octal and hexadecimal forms are gone. */
function ipv4(host: string): number[] | undefined {
	const octets = host.split('.').map(Number);
	const fits = octets.length === 4 && octets.every((octet) => octet >= 0 && octet <= 255);
	return fits && /^[\d.]+$/.test(host) ? octets : undefined;
}

/** The eight groups of an IPv6 address as the URL parser writes it, without brackets. */
function ipv6(host: string): number[] | undefined {
	if (!host.includes(':')) return undefined;
	const [head = '', tail] = host.split('::');
	const groups = (part: string) =>
		part ? part.split(':').map((group) => parseInt(group, 16)) : [];
	const front = groups(head);
	const back = tail === undefined ? [] : groups(tail);
	return [...front, ...Array<number>(Math.max(0, 8 - front.length - back.length)).fill(0), ...back];
}

function isInnerIpv4([a = 0, b = 0, c = 0]: number[]): boolean {
	return (
		a === 0 ||
		a === 10 ||
		a === 127 ||
		(a === 100 && b >= 64 && b <= 127) ||
		(a === 169 && b === 254) ||
		(a === 172 && b >= 16 && b <= 31) ||
		(a === 192 && b === 168) ||
		(a === 192 && b === 0 && (c === 0 || c === 2)) ||
		(a === 198 && (b === 18 || b === 19)) ||
		a >= 224
	);
}

function isInnerIpv6(groups: number[]): boolean {
	const [first = 0, second = 0] = groups;
	const last32 = [groups[6] ?? 0, groups[7] ?? 0].flatMap((group) => [group >> 8, group & 255]);
	const leading = (count: number) => groups.slice(0, count).every((group) => group === 0);
	// ::/96 (with the loopback and the unspecified address), ::ffff:0:0/96, and NAT64's 64:ff9b::/96
	const holdsIpv4 =
		(leading(5) && (groups[5] === 0 || groups[5] === 0xffff)) ||
		(leading(4) && groups[4] === 0xffff) ||
		(first === 0x64 && second === 0xff9b);
	if (holdsIpv4) return isInnerIpv4(last32);
	// 6to4 carries the IPv4 address in the second and third group
	if (first === 0x2002) {
		return isInnerIpv4([second, groups[2] ?? 0].flatMap((group) => [group >> 8, group & 255]));
	}
	return (
		(first & 0xfe00) === 0xfc00 || // unique local
		(first & 0xffc0) === 0xfe80 || // link-local
		(first & 0xffc0) === 0xfec0 || // site-local
		(first & 0xff00) === 0xff00 || // multicast
		(first === 0x2001 && second === 0xdb8)
	);
}

const plainHost = (url: URL) =>
	url.hostname
		.toLowerCase()
		.replace(/^\[|\]$/g, '')
		.replace(/\.+$/, '');

const isLoopback = (host: string) =>
	/(^|\.)localhost(\.localdomain)?$/.test(host) || host === '::1' || ipv4(host)?.[0] === 127;

/** Whether an address lies in a private, link-local, loopback or otherwise inner range. */
export function isInnerAddress(url: URL): boolean {
	const host = plainHost(url);
	if (!host || isLoopback(host)) return true;
	const four = ipv4(host);
	if (four) return isInnerIpv4(four);
	const six = ipv6(host);
	return six !== undefined && isInnerIpv6(six);
}

/** Inner addresses are refused, unless the gateway itself lives there. */
export function mayFetch(url: URL, gateway: URL): boolean {
	if (!/^https?:$/.test(url.protocol)) return false;
	if (!isInnerAddress(url)) return true;
	const host = plainHost(url);
	const home = plainHost(gateway);
	return host === home || (isLoopback(host) && isLoopback(home));
}
