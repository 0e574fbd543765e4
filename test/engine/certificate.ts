import { generateKeyPairSync, sign } from 'node:crypto';

/** DER: tag, length, content. */
function der(tag: number, ...parts: Uint8Array[]): Buffer {
	const content = Buffer.concat(parts);
	const { length } = content;
	const bytes =
		length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
	return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}

const SEQUENCE = 0x30;
const text = (tag: number, value: string) => der(tag, Buffer.from(value, 'latin1'));
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const pem = (label: string, content: Buffer) =>
	`-----BEGIN ${label}-----\n${content.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`;

/**
 * A certificate for 127.0.0.1 that nobody vouches for, made anew for each test run (X.509 as in RFC 5280):
 * so no key lies in the repository, and no tool is needed that Node does not bring along.
 */
export function selfSigned(): { key: string; cert: string } {
	const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const ecdsaWithSha256 = der(SEQUENCE, oid('2a8648ce3d040302'));
	const commonName = der(SEQUENCE, oid('550403'), text(0x0c, '127.0.0.1'));
	const name = der(SEQUENCE, der(0x31, commonName));
	const certificate = der(
		SEQUENCE,
		der(0x02, Buffer.from([1])),
		ecdsaWithSha256,
		name,
		der(SEQUENCE, text(0x17, '250101000000Z'), text(0x17, '490101000000Z')),
		name,
		publicKey.export({ type: 'spki', format: 'der' }),
	);
	const signature = der(0x03, Buffer.from([0]), sign('sha256', certificate, privateKey));
	return {
		key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
		cert: pem('CERTIFICATE', der(SEQUENCE, certificate, ecdsaWithSha256, signature)),
	};
}
