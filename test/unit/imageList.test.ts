import fc from 'fast-check';

import { invalidInput, type SoraFailure } from '../../nodes/Sora/gateway/failures';
import { dataUriContent, isDataUri, parsedDataUri } from '../../nodes/Sora/media/dataUri';
import { imageList } from '../../nodes/Sora/media/imageList';
import { fixture } from '../files/fixtures';
import { thrown } from './builders';

const LABEL = 'Image URLs';
const checkAddress = (address: string) => {
	if (!/^https?:/i.test(address)) throw invalidInput(`"${LABEL}" must be an address`);
};
const listed = (value: unknown) => imageList(value, LABEL, checkAddress);
const refusal = (value: unknown) => thrown(() => listed(value)) as SoraFailure;
const contentOf = (uri: string) =>
	dataUriContent(parsedDataUri(uri) ?? { isBase64: false, body: '' });

const photo = fixture('photo.png');
const base64 = photo.toString('base64');
const percent = [...photo].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

describe('a data URI', () => {
	it.each([
		['plain', `data:image/png;base64,${base64}`],
		['in capitals', `DATA:image/png;BASE64,${base64}`],
		['without a type', `data:;base64,${base64}`],
		['with a parameter', `data:image/png;charset=utf-8;base64,${base64}`],
		['with a file name', `data:image/png;name=photo.png;base64,${base64}`],
		['with a long parameter', `data:image/png;name=${'x'.repeat(5_000)};base64,${base64}`],
		['with blanks', `data: image/png ; base64 ,${base64}`],
		['in lines', `data:image/png;base64,${base64.replace(/.{76}/g, '$&\r\n')}`],
		['for URLs', `data:image/png;base64,${photo.toString('base64url')}`],
		['with escaped signs', `data:image/png;base64,${encodeURIComponent(base64)}`],
		['without base64', `data:image/png,${percent}`],
		['without base64, in capitals', `data:image/png,${percent.toUpperCase()}`],
		['without anything', `data:,${percent}`],
	])('is taken, and has its content: %s', (_, uri) => {
		const [entry = ''] = listed(uri);
		expect(isDataUri(entry)).toBe(true);
		expect(contentOf(entry)?.equals(photo)).toBe(true);
	});

	it('has the content that JavaScript’s own reader finds in it', async () => {
		const bytes = fc.uint8Array({ minLength: 1, maxLength: 60 });
		await fc.assert(
			fc.asyncProperty(bytes, fc.boolean(), async (content, isBase64) => {
				const escaped = [...content]
					.map((byte) =>
						byte > 0x2f && byte < 0x7f
							? String.fromCharCode(byte)
							: `%${byte.toString(16).padStart(2, '0')}`,
					)
					.join('')
					// Begins the part of an address that is no content.
					.replace(/#/g, '%23');
				const uri = isBase64
					? `data:x/y;base64,${Buffer.from(content).toString('base64')}`
					: `data:x/y,${escaped}`;
				const read = await fetch(uri).then(async (answer) => await answer.arrayBuffer());
				expect(contentOf(uri)).toEqual(Buffer.from(read));
			}),
		);
	});

	it.each([
		['data:image/png;base64', /data URI 1 holds no image.*no comma/, /data:image\/png;base64,/],
		['data:image/png;base64,', /data URI 1 holds no image.*no comma/, /Write it as/],
		['data:', /data URI 1 holds no image/, /Write it as/],
		['data:image/png;base64,[object Object]', /data URI 1 says that it is base64, but/, /Write it/],
		['data:image/png;base64,iVBO{{ $json.x }}', /data URI 1 says that it is base64/, /Write it/],
		[`data:image/png,${base64}`, /data URI 1 holds base64, but does not say so/, /Write it as/],
		[`data:image/png;charset=utf-8,${base64}`, /does not say so/, /Write it as/],
		['data:image/svg+xml,<svg/>', /data URI 1 is an SVG drawing, and the gateway takes/, /Convert/],
		['data:image/svg+xml;utf8,%3Csvg%20width="1"/%3E', /is an SVG drawing/, /Convert/],
		['data:text/html,<html>', /is a web page/, /Convert/],
		['data:,Hello', /is plain text/, /Convert/],
		[`https://a.example/1.png, data:image/png`, /data URI 2 holds no image/, /Write it as/],
	])('is refused with what is wrong with it: %s', (uri, words, advice) => {
		const failure = refusal(uri);
		expect(failure.category).toBe('invalid_input');
		expect(failure.headline).toContain(`"${LABEL}"`);
		expect(failure.headline).toMatch(words);
		expect(failure.advice).toMatch(advice);
		expect(failure.advice).toMatch(/Nothing was sent/);
	});

	it('is asked for where there is only its base64', () => {
		const failure = refusal(['https://a.example/1.png', base64]);
		expect(failure.headline).toMatch(/"Image URLs": image 2 is base64 without the beginning/);
		expect(failure.headline.length).toBeLessThan(400);
	});
});

describe('a list of images', () => {
	it('leaves out what is between its entries, and keeps what is within them', () => {
		const address = 'https://a.example/1.png?w=3,4';
		const uri = `data:image/png;base64,${base64}`;
		expect(listed(`,, ${address},\n\n${uri} , ,`)).toEqual([address, uri]);
		expect(listed([`${uri}\n${address}`, [address]])).toEqual([uri, address, address]);
		expect(listed(',,,')).toEqual([]);
	});
});
