/* eslint-disable @n8n/community-nodes/no-restricted-imports -- judges with Node's own list, never inside n8n */
import { BlockList } from 'node:net';
import fc from 'fast-check';

import {
	hostsIn,
	isPrivateAddress,
	isTrustedHost,
	mayFetch,
	requireReachable,
} from '../../nodes/Sora/media/privateAddresses';
import { thrown } from './builders';

const isPrivate = (host: string) => isPrivateAddress(new URL(`http://${host}/v.mp4`));

describe('a private address', () => {
	it.each([
		...['127.0.0.1', '127.8.9.10', '127.1', '2130706433', '0177.0.0.1', '0x7f.0.0.1'],
		...['0x7f000001', '１２７.0.0.1', '127。0。0。1', '127.0.0.1.', '10.0.0.1', '167772161'],
		...['172.16.0.1', '172.31.255.255', '192.168.1.1', '0300.0250.1.1', '169.254.169.254'],
		...['0xa9fea9fe', '100.64.0.0', '100.127.255.255', '0.0.0.0', '0', '192.0.0.8', '198.19.0.1'],
		...['224.0.0.1', '240.0.0.1', '255.255.255.255', 'localhost', 'LOCALHOST', 'localhost.'],
		...['files.localhost', 'localhost.localdomain', '[::1]', '[0:0:0:0:0:0:0:1]', '[::]'],
		...['[fd00:ec2::254]', '[fc00::1]', '[fe80::1]', '[fec0::1]', '[ff02::1]', '[2001:db8::1]'],
		// Of IPv6 that stands for an address of IPv4, whichever that is.
		...['[::ffff:8.8.8.8]', '[::8.8.8.8]', '[::ffff:0:8.8.8.8]', '[64:ff9b::8.8.8.8]'],
		...['[2002:808:808::1]', '[2001:0:808:808:0:0:f7f7:f7f7]', '[2606:4700::5efe:8.8.8.8]'],
		...['[2606:4700::200:5efe:808:808]', '[2001:20::1]', '[3fff::1]'],
	])('is recognised: %s', (host) => expect(isPrivate(host)).toBe(true));

	it.each([
		...['files.example', '8.8.8.8', '134744072', '172.15.0.1', '172.32.0.1', '100.63.255.255'],
		...['100.128.0.0', '169.253.0.1', '192.167.1.1', '192.169.1.1', '198.17.0.1', '198.20.0.1'],
		...['11.0.0.1', '126.0.0.1', '223.255.255.254', '10.0.0.1.example', 'localhost.example'],
		...['notlocalhost.example', 'local.example', 'internal.example.com', 'notinternal.com'],
		...['lan.example.net', '[2001:4860:4860::8888]', '[2606:4700::1111]', '[2001:200::1]'],
	])('does not include %s', (host) => expect(isPrivate(host)).toBe(false));

	/** Typed anew from IANA's registries, so that a slip in the patterns shows. */
	const listOf = (family: 'ipv4' | 'ipv6', ranges: string) => {
		const list = new BlockList();
		for (const range of ranges.split(' ')) {
			const [address = '', prefix] = range.split('/');
			list.addSubnet(address, Number(prefix), family);
		}
		return (address: string) => list.check(address, family);
	};
	const isPrivate4 = listOf(
		'ipv4',
		'0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3',
	);
	/** First everything outside 2000::/3. */
	const isPrivate6 = listOf(
		'ipv6',
		'::/3 fc00::/3 fe00::/3 4000::/3 6000::/3 8000::/3 a000::/3 c000::/3 2001::/23 2001:db8::/32 2002::/16 3fff::/20',
	);
	const byte = fc.nat({ max: 255 });
	const edges = fc.constantFrom(
		...[
			0, 9, 10, 11, 99, 100, 101, 126, 127, 128, 168, 169, 172, 191, 192, 193, 198, 203, 223, 224,
		],
	);
	const second = fc.constantFrom(0, 15, 16, 18, 31, 32, 51, 63, 64, 88, 127, 128, 168, 169, 254);
	const octet = fc.tuple(
		fc.oneof(byte, edges),
		fc.oneof(byte, second),
		fc.oneof(byte, fc.constantFrom(0, 2, 99, 100, 113, 129)),
		fc.oneof(byte, fc.constantFrom(16)),
	);

	it('matches Node’s own list of ranges: IPv4', () => {
		fc.assert(
			fc.property(octet, (octets) => {
				const address = octets.join('.');
				expect([address, isPrivate(address)]).toStrictEqual([address, isPrivate4(address)]);
			}),
			{ numRuns: 3_000 },
		);
	});

	it('matches Node’s own list of ranges: IPv6', () => {
		const group = fc.oneof(
			fc.nat({ max: 0xffff }),
			fc.constantFrom(0, 1, 2, 0x10, 0x20, 0x64, 0x1ff, 0x200, 0xdb8, 0x2000, 0x2001, 0x2606),
			fc.constantFrom(0x3fff, 0x5f00, 0xfc00, 0xfe80, 0xfec0, 0xff02, 0xff9b, 0xffff),
		);
		fc.assert(
			fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
				const text = groups.map((one) => one.toString(16)).join(':');
				expect([text, isPrivate(`[${text}]`)]).toStrictEqual([text, isPrivate6(text)]);
			}),
			{ numRuns: 1_000 },
		);
	});
});

describe('a file', () => {
	const trusted = hostsIn('minio, https://nas.local:9000/x; 192.168.0.9\n[fd00::1] fd00::2 ,');
	const outside = 'https://gateway.example/api';
	const local = 'http://localhost:3000';
	const office = 'http://192.168.0.7:3000/api';

	it.each<[string, string, boolean]>([
		['http://127.0.0.1/v.mp4', outside, false],
		['http://localhost:5678/rest/credentials', outside, false],
		['http://169.254.169.254/latest/meta-data', outside, false],
		['http://[::ffff:10.0.0.1]/', outside, false],
		['file:///etc/passwd', outside, false],
		['data:video/mp4;base64,AAAA', outside, false],
		['http://127.0.0.1:9000/v.mp4', 'http://127.0.0.1:3000', true],
		['http://127.0.0.1:9000/v.mp4', local, true],
		['http://[::1]:9000/v.mp4', local, true],
		['http://localhost:9000/v.mp4', 'http://[::1]:3000', true],
		['http://169.254.169.254/', local, false],
		['http://10.0.0.1/', local, false],
		['file:///etc/passwd', local, false],
		['http://192.168.0.7:9000/v.mp4', office, true],
		['http://0xc0a80007/v.mp4', office, true],
		['http://192.168.0.8/v.mp4', office, false],
		['http://127.0.0.1/', office, false],
	])('of %s, with the gateway at %s, may be fetched: %s', (file, gateway, may) => {
		expect(mayFetch(new URL(file), new URL(gateway))).toBe(may);
	});

	it.each<[string, boolean]>([
		['http://minio:9000/v.mp4', true],
		['http://NAS.local/v.mp4', true],
		['http://0xc0a80009/v.mp4', true],
		['http://[fd00:0::1]/v.mp4', true],
		['http://minio2/v.mp4', false],
		['http://x.minio/v.mp4', true],
		['http://x.nas.local/v.mp4', false],
		['http://192.168.0.10/v.mp4', false],
		['file://minio/v.mp4', false],
	])('of %s may be fetched from the hosts that the credential trusts: %s', (file, may) => {
		expect(mayFetch(new URL(file), new URL(outside), trusted)).toBe(may);
	});

	it('has its certificate ignored only on the gateway’s own host and on these', () => {
		const is = (file: string) => isTrustedHost(new URL(file), new URL(outside), trusted);
		expect(is('https://gateway.example:8443/x')).toBe(true);
		expect(is('https://minio/x')).toBe(true);
		expect(is('https://files.example/x')).toBe(false);
	});

	it('has its host in a list, in any notation', () => {
		expect(trusted).toEqual(['minio', 'nas.local', '192.168.0.9', 'fd00::1', 'fd00::2']);
		expect(hostsIn('')).toEqual([]);
		expect(hostsIn('Files.LAN. http:// ://')).toEqual(['files.lan']);
	});
});

describe('a request with addresses for the gateway to fetch', () => {
	const address = 'https://gateway.example/api';

	it.each([
		[
			{ images: ['https://files.example/a.png', 'http://localhost:5678/a.png'] },
			'images',
			'localhost:5678',
		],
		[{ character_url: 'http://192.168.0.7/cat.mp4' }, 'character_url', '192.168.0.7'],
		[{ url: 'http://host.docker.internal/cat.mp4' }, 'url', 'host.docker.internal'],
		[{ metadata: { first_frame: { url: ' http://minio/a.png ' } } }, 'metadata', 'minio'],
	])('%j is refused, with the field and the host', (body, field, host) => {
		expect(thrown(() => requireReachable(body, { address }))).toMatchObject({
			category: 'invalid_input',
			headline: expect.stringMatching(new RegExp(`"${field}" is an address on ${host}, `)),
		});
		expect(() => requireReachable(body, { address: 'http://192.168.0.9:3000' })).not.toThrow();
	});

	it.each([
		{ images: ['https://files.example/a.png', 'data:image/png;base64,AAAA'] },
		{ notify_hook: 'http://localhost:5678/webhook/sora' },
		{ webhook_url: 'http://n8n:5678/webhook-waiting/7' },
		{ prompt: 'A sign that says http://localhost/ in neon' },
		{ from_task: 'http:' },
	])('%j is not', (body) => {
		expect(() => requireReachable(body, { address })).not.toThrow();
	});
});
