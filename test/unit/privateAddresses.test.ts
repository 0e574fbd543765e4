import fc from 'fast-check';

import { isInnerAddress, mayFetch } from '../../nodes/Sora/media/privateAddresses';

const PUBLIC_GATEWAY = new URL('https://gateway.example/api');
const inner = (host: string) => isInnerAddress(new URL(`http://${host}/v.mp4`));

describe('an inner address', () => {
	it.each([
		['loopback', '127.0.0.1'],
		['loopback, another', '127.8.9.10'],
		['loopback, short', '127.1'],
		['loopback, decimal', '2130706433'],
		['loopback, octal', '0177.0.0.1'],
		['loopback, hexadecimal', '0x7f.0.0.1'],
		['loopback, hexadecimal in one', '0x7f000001'],
		['loopback, in wide digits', '１２７.0.0.1'],
		['loopback, with ideographic stops', '127。0。0。1'],
		['loopback, with a stop at the end', '127.0.0.1.'],
		['a private network, 10', '10.0.0.1'],
		['a private network, 10 as decimal', '167772161'],
		['a private network, 172.16', '172.16.0.1'],
		['a private network, 172.31', '172.31.255.255'],
		['a private network, 192.168', '192.168.1.1'],
		['a private network, octal', '0300.0250.1.1'],
		['link-local, where clouds keep keys', '169.254.169.254'],
		['link-local, hexadecimal', '0xa9fea9fe'],
		['carrier NAT, first', '100.64.0.0'],
		['carrier NAT, last', '100.127.255.255'],
		['unspecified', '0.0.0.0'],
		['unspecified, short', '0'],
		['protocol assignments', '192.0.0.8'],
		['benchmarks', '198.19.0.1'],
		['multicast', '224.0.0.1'],
		['reserved', '240.0.0.1'],
		['broadcast', '255.255.255.255'],
		['localhost', 'localhost'],
		['localhost in capitals', 'LOCALHOST'],
		['localhost with a stop at the end', 'localhost.'],
		['a name below localhost', 'files.localhost'],
		['IPv6 loopback', '[::1]'],
		['IPv6 loopback at length', '[0:0:0:0:0:0:0:1]'],
		['IPv6 unspecified', '[::]'],
		['IPv6 unique local', '[fd00:ec2::254]'],
		['IPv6 unique local, first', '[fc00::1]'],
		['IPv6 link-local', '[fe80::1]'],
		['IPv6 site-local', '[fec0::1]'],
		['IPv6 multicast', '[ff02::1]'],
		['IPv6 documentation', '[2001:db8::1]'],
		['IPv4 mapped into IPv6', '[::ffff:127.0.0.1]'],
		['IPv4 mapped into IPv6, hexadecimal', '[::ffff:a9fe:a9fe]'],
		['IPv4 in IPv6, old', '[::10.0.0.1]'],
		['IPv4 translated', '[::ffff:0:192.168.0.1]'],
		['NAT64', '[64:ff9b::10.0.0.1]'],
		['NAT64, hexadecimal', '[64:ff9b::7f00:1]'],
		['6to4', '[2002:7f00:1::]'],
		['6to4 of a private network', '[2002:c0a8:101::1]'],
	])('is recognised: %s (%s)', (_, host) => {
		expect(inner(host)).toBe(true);
	});

	it.each([
		'files.example',
		'8.8.8.8',
		'134744072',
		'172.15.0.1',
		'172.32.0.1',
		'100.63.255.255',
		'100.128.0.0',
		'169.253.0.1',
		'192.167.1.1',
		'192.169.1.1',
		'198.17.0.1',
		'198.20.0.1',
		'11.0.0.1',
		'126.0.0.1',
		'223.255.255.254',
		'10.0.0.1.example',
		'localhost.example',
		'notlocalhost',
		'[2606:4700::1111]',
		'[::ffff:8.8.8.8]',
		'[64:ff9b::8.8.8.8]',
		'[2002:808:808::1]',
	])('is not made of %s', (host) => {
		expect(inner(host)).toBe(false);
	});

	it('is the same in every spelling', () => {
		const octets = fc.tuple(
			...([0, 1, 2, 3].map(() => fc.nat({ max: 255 })) as [
				fc.Arbitrary<number>,
				fc.Arbitrary<number>,
				fc.Arbitrary<number>,
				fc.Arbitrary<number>,
			]),
		);
		const somewhere = fc.oneof(
			octets,
			fc
				.tuple(fc.constantFrom(10, 127, 169, 172, 192, 100), octets)
				.map(([first, [second, third, last]]): [number, number, number, number] => [
					first,
					second,
					third,
					last,
				]),
		);
		fc.assert(
			fc.property(somewhere, ([a, b, c, d]) => {
				const plain = inner(`${a}.${b}.${c}.${d}`);
				const number = ((a * 256 + b) * 256 + c) * 256 + d;
				const octal = [a, b, c, d].map((octet) => `0${octet.toString(8)}`).join('.');
				const hex = [a, b, c, d].map((octet) => `0x${octet.toString(16)}`).join('.');
				for (const spelling of [
					...[`${number}`, `0x${number.toString(16)}`, octal, hex, `${a}.${b}.${c}.${d}.`],
					...[`[::ffff:${a}.${b}.${c}.${d}]`, `[64:ff9b::${a}.${b}.${c}.${d}]`],
				]) {
					expect([spelling, inner(spelling)]).toStrictEqual([spelling, plain]);
				}
			}),
			{ numRuns: 500 },
		);
	});

	it('or not, is told for every address of IPv6 without an exception', () => {
		fc.assert(
			fc.property(fc.ipV6(), (address) => {
				fc.pre(URL.canParse(`http://[${address}]/`));
				expect(typeof inner(`[${address}]`)).toBe('boolean');
			}),
		);
	});
});

describe('a file', () => {
	const may = (file: string, gateway: URL | string = PUBLIC_GATEWAY) =>
		mayFetch(new URL(file), new URL(gateway));

	it.each(['https://files.example/v.mp4', 'http://8.8.8.8:8080/v.mp4', 'https://[2606:4700::1]/v'])(
		'may be fetched from %s',
		(file) => {
			expect(may(file)).toBe(true);
			expect(may(file, 'http://127.0.0.1:3000')).toBe(true);
		},
	);

	it.each([
		'http://127.0.0.1/v.mp4',
		'http://localhost:5678/rest/credentials',
		'http://169.254.169.254/latest/meta-data',
		'https://192.168.0.1/',
		'http://[::ffff:10.0.0.1]/',
		'file:///etc/passwd',
		'ftp://files.example/v.mp4',
		'data:video/mp4;base64,AAAA',
	])('may not be fetched from %s where the gateway lives outside', (file) => {
		expect(may(file)).toBe(false);
	});

	it.each([
		['http://127.0.0.1:9000/v.mp4', 'http://127.0.0.1:3000'],
		['http://127.0.0.1:9000/v.mp4', 'http://localhost:3000'],
		['http://localhost:9000/v.mp4', 'http://[::1]:3000'],
		['http://[::1]:9000/v.mp4', 'http://127.0.0.1:3000'],
		['http://192.168.0.7:9000/v.mp4', 'http://192.168.0.7:3000/api'],
		['http://0xc0a80007/v.mp4', 'http://192.168.0.7'],
	])('may be fetched from %s where the gateway is %s', (file, gateway) => {
		expect(may(file, gateway)).toBe(true);
	});

	it.each([
		['http://192.168.0.8/v.mp4', 'http://192.168.0.7'],
		['http://169.254.169.254/', 'http://127.0.0.1:3000'],
		['http://10.0.0.1/', 'http://localhost:3000'],
		['http://127.0.0.1/', 'http://192.168.0.7'],
		['file:///etc/passwd', 'http://localhost:3000'],
	])('may not be fetched from %s where the gateway is %s', (file, gateway) => {
		expect(may(file, gateway)).toBe(false);
	});
});

it('takes localhost under its older name for the machine itself', () => {
	expect(isInnerAddress(new URL('http://localhost.localdomain/'))).toBe(true);
});
