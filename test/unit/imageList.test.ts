import fc from 'fast-check';

import { webUrlOf } from '../../nodes/Sora/actions/parameters';
import type { SoraFailure } from '../../nodes/Sora/gateway/failures';
import { dataUriContent, isDataUri } from '../../nodes/Sora/media/dataUri';
import { imageList } from '../../nodes/Sora/media/imageList';
import { fixture } from '../files/fixtures';
import { thrown } from './builders';

const LABEL = 'Image URLs';
const listed = (value: unknown) => imageList(value, LABEL, webUrlOf);
const refusal = (value: unknown) => thrown(() => listed(value)) as SoraFailure;

const photo = fixture('photo.png');
const base64 = photo.toString('base64');
const percent = [...photo].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
const ONE = 'https://a.example/1.png';
const TWO = 'http://b.example/2.png?w=3,4;h=(5)';

describe('a data URI', () => {
	it.each([
		['plain', `data:image/png;base64,${base64}`],
		['in capitals', `DATA:image/png;BASE64,${base64}`],
		['without a type', `data:;base64,${base64}`],
		['with a file name', `data:image/png;name=photo.png;base64,${base64}`],
		['with a long parameter', `data:image/png;name=${'x'.repeat(5_000)};base64,${base64}`],
		['with blanks', `data: image/png ; base64 ,${base64}`],
		['in lines', `data:image/png;base64,${base64.replace(/.{76}/g, '$&\r\n')}`],
		['for URLs', `data:image/png;base64,${photo.toString('base64url')}`],
		['with escaped signs', `data:image/png;base64,${encodeURIComponent(base64)}`],
		['without base64', `data:image/png,${percent}`],
		['without anything', `data:,${percent}`],
	])('is read, and has this content: %s', (_, uri) => {
		const [entry = ''] = listed(uri);
		expect(isDataUri(entry)).toBe(true);
		expect(dataUriContent(entry)?.equals(photo)).toBe(true);
	});

	it('has the content that JavaScript’s own reader finds', async () => {
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
				const inBase64 = Buffer.from(content).toString('base64');
				const uri = isBase64 ? `data:x/y;base64,${inBase64}` : `data:x/y,${escaped}`;
				const read = await fetch(uri).then(async (answer) => await answer.arrayBuffer());
				expect(dataUriContent(uri)).toEqual(Buffer.from(read));
			}),
		);
	});

	it.each([
		['data:image/png;base64', /image 1 has no image data/],
		['data:image/png;base64,', /image 1 has no image data/],
		['data:image/png;base64,[object Object]', /image 1 is marked as base64, but/],
		['data:image/png;base64,iVBO{{ $json.x }}', /image 1 is marked as base64/],
		[`${ONE}, data:image/png`, /image 2 has no image data/],
		[[ONE, base64], /"Image URLs": image 2 is base64 text without its "data:"/],
		['iVBORw0K'.repeat(1_000_000), /"Image URLs": image 1 is base64 text without its "data:"/],
	])('is refused with the reason: %j', (uri, words) => {
		const failure = refusal(uri);
		expect(failure.category).toBe('invalid_input');
		expect(failure.headline).toMatch(words);
		expect(failure.headline.length).toBeLessThan(400);
		expect(failure.advice).toMatch(/(?:Write it as|Put) data:/);
	});
});

describe('a list of images', () => {
	const separator = fc.constantFrom(
		...[',', ';', '|', '，', '、', '；', '\n', ' ', '\t', '&nbsp;', ', ', ' ; ', ' | ', ',\n,'],
		...[' and ', ' und ', ' & ', ', and ', ', dann auch ', '，然后 ', ' -> ', '" , "'],
		...['\n- ', '\n2. '],
	);

	it('has the same addresses, whatever separates and surrounds them', () => {
		const entry = fc.constantFrom(ONE, TWO, `data:image/png;base64,${base64}`);
		const around = fc.constantFrom('', ' ', ',', ';\n');
		fc.assert(
			fc.property(
				fc.array(entry, { minLength: 1, maxLength: 5 }),
				separator,
				around,
				(entries, between, outside) => {
					expect(listed(outside + entries.join(between) + outside.trim())).toEqual(entries);
				},
			),
		);
	});

	it.each<[string, unknown]>([
		['arrays in arrays', [[ONE], [`${TWO}`]]],
		['JSON', JSON.stringify([ONE, TWO])],
		['JSON with records', JSON.stringify([{ url: ONE }, { url: TWO, filename: '2.png' }])],
		['what nearly is JSON', `[${ONE}, ${TWO}]`],
		['Airtable’s attachments', [{ id: 'att1', url: ONE, filename: '1.png' }, { url: TWO }]],
		[
			'Notion’s files',
			[{ name: '1', type: 'file', file: { url: ONE } }, { external: { url: TWO } }],
		],
		['Markdown', `![a boat](${ONE}) and [another, b](${TWO} "its title")`],
		['Airtable’s text', `1.png (${ONE}),2.png (${TWO})`],
		['angle brackets', `<${ONE}> <${TWO}>`],
		['quotes', `"${ONE}", '${TWO}'`],
		['quotes of a text processor', `“${ONE}”, ‘${TWO}’`],
		['quotes of other languages', `„${ONE}“ und «${TWO}»`],
		['quotes without a blank between', `「${ONE}」「${TWO}」`],
		['a numbered list', `1. ${ONE}\n2. ${TWO}`],
		['a bulleted list', `• ${ONE}\n• ${TWO}`],
		['a sentence', `${ONE} or ${TWO}`],
		['Markdown, with an address as its text', `[${ONE}](${ONE}), [${TWO}](${TWO})`],
		['the end of a sentence', `${ONE} → ${TWO}!`],
		['numbered fields', { image1: ONE, preview1: ONE, image2: TWO }],
		['numbered fields, the first without a number', { url: ONE, url_2: TWO, name: '1.png' }],
		['a field in several sizes, beside another', [{ photo_75: ONE, photo_604: TWO }, { 1: TWO }]],
		['HTML', `<img src="${ONE}"><br><img src='${TWO}'/>`],
		['lines that a script escaped', `${ONE}\\n${TWO}`],
		['what an API wraps', { data: [{ attributes: { url: ONE } }, { json: { link: TWO } }] }],
		[
			'files of a drive',
			[
				{ id: '1', thumbnailLink: TWO, webContentLink: ONE },
				{ icon: ONE, signedUrl: TWO },
			],
		],
	])('is understood as %s', (_, value) => {
		expect(listed(value)).toEqual([ONE, TWO]);
	});

	it('has the spaces of a file name percent-encoded', () => {
		const names = ['My boat (1).png', 'a b.jpeg?w=1'].map((name) => `https://a.example/${name}`);
		expect(listed(names)).toEqual(names.map((name) => name.replaceAll(' ', '%20')));
	});

	it.each([undefined, null, '', ' , ;', [], [''], '[]'])('may be empty: %j', (value) => {
		expect(listed(value)).toEqual([]);
	});

	it.each([
		[`${ONE}${TWO}`, /image 1 contains a second address/],
		[`https://cache.example/fetch/${ONE}`, /image 1 contains a second address/],
		[`${ONE}, https://proxy.example/?url=${ONE}`, /image 2 contains a second address/],
		['see the pictures', /must be an http or https address/],
		[`my picture ${ONE}`, /must be an http or https address/],
		[`${ONE} (front), ${TWO}`, /more than an address/],
		[`${ONE} - front.png`, /more than an address/],
		['https://a.example/1 front', /more than an address/],
		['https:/a.example/1.png', /must be an http or https address/],
		['ftp://a.example/1.png', /must be an http or https address/],
		[[{ filename: '1.png' }], /an object without a "url"/],
		['[[[[[[[[[["https://a.example"]]]]]]]]]]', /nested too deep/],
	])('contains no broken address: %j', (value, words) => {
		const failure = refusal(value);
		expect(failure.headline).toMatch(words);
		expect(failure.category).toBe('invalid_input');
	});
});

describe('a share page in place of a picture', () => {
	const drive = 'https://drive.google.com/uc?export=download&id=1A-b_C';
	it.each([
		['https://drive.google.com/file/d/1A-b_C/view?usp=sharing', drive],
		['https://drive.google.com/open?id=1A-b_C&usp=drive_fs', drive],
		[drive, drive],
		['https://www.dropbox.com/s/abc/a.png?dl=0', 'https://www.dropbox.com/s/abc/a.png?raw=1'],
		[
			'https://www.dropbox.com/scl/fi/abc/a.png?rlkey=k&dl=0',
			'https://www.dropbox.com/scl/fi/abc/a.png?rlkey=k&raw=1',
		],
		[
			'https://github.com/o/r/blob/main/docs/a%20b.png?raw=true',
			'https://raw.githubusercontent.com/o/r/main/docs/a%20b.png',
		],
		['https://gitlab.com/o/r/-/blob/main/a.png', 'https://gitlab.com/o/r/-/raw/main/a.png'],
		['https://huggingface.co/o/r/blob/main/a.png', 'https://huggingface.co/o/r/resolve/main/a.png'],
		['https://www.dropbox.com/s/abc/a.png', 'https://www.dropbox.com/s/abc/a.png?raw=1'],
	])('is replaced by the picture: %s', (page, file) => {
		expect(listed(page)).toEqual([file]);
	});

	it.each([
		'https://drive.google.com/drive/folders/1A',
		'https://www.dropbox.com/scl/fo/abc/x?dl=0',
		'https://photos.app.goo.gl/abc',
		'https://1drv.ms/i/s!abc',
		'https://share.icloud.com/photos/abc',
		'https://imgur.com/abc',
		'https://x.sharepoint.com/:i:/g/abc',
	])('is refused if the picture’s own address is unknown: %s', (page) => {
		const { headline, advice } = refusal([ONE, page]);
		expect(headline).toMatch(/image 2 is a page of .* not the picture itself/);
		expect(advice).toMatch(/input data field/);
	});
});
