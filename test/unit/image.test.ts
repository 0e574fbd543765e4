import fc from 'fast-check';

import type { SoraFailure } from '../../nodes/Sora/gateway/failures';
import { fileKind } from '../../nodes/Sora/media/fileKind';
import { checkedImage, isTurned, readImage as read } from '../../nodes/Sora/media/imageFormat';
import { IMAGE_LIMITS } from '../../nodes/Sora/media/fileLimits';
import {
	cameraPreview,
	exif,
	exifSegment,
	jpeg,
	OTHER_FILES,
	png,
	webpExtended,
	webpLossless,
	webpLossy,
	type Size,
} from '../files/images';
import { chunk } from '../files/clips';
import { FIXTURES, fixture } from '../files/fixtures';
import { thrown } from './builders';

const KINDS = Object.entries({
	'image/png': (size: Size) => png(size),
	'image/jpeg': (size: Size) => jpeg(size),
	'image/jpeg, of a camera': (size: Size) => jpeg(size, cameraPreview()),
	'image/webp': webpLossless,
	'image/webp, extended': webpExtended,
	'image/webp, lossy': webpLossy,
});

const readImage = (bytes: Buffer) => read(bytes, fileKind(bytes));
const checked = (bytes: Buffer, label = 'x') => checkedImage(bytes, fileKind(bytes), label);
const refusal = (bytes: Buffer, label?: string) =>
	thrown(() => checked(bytes, label)) as SoraFailure;

describe('an image, by its content', () => {
	it.each(KINDS)('tells the dimensions of %s', (kind, make) => {
		for (const size of [
			{ width: 16_383, height: 1 },
			{ width: 1, height: 16_383 },
		]) {
			expect(readImage(make(size))).toMatchObject({ ...size, whole: true });
		}
		const image = make({ width: 640, height: 360 });
		expect(fileKind(image)?.mimeType).toBe(kind.split(',')[0]);
		expect(checked(image)).toEqual({ width: 640, height: 360, whole: true });
	});

	const size = { width: 300, height: 200 };
	const photo = (data: Buffer) => jpeg(size, exifSegment(data));
	it.each([
		...[0, 1, 2, 3, 6, 8, 9].flatMap((value) =>
			(['LE', 'BE'] as const).map(
				(endian) =>
					[value > 1 && value < 9, `${value}, ${endian}`, photo(exif(value, endian))] as const,
			),
		),
		[true, '6, in a WebP', Buffer.concat([webpExtended(size), chunk('EXIF', exif(6))])],
		[true, '6, in a PNG', Buffer.concat([png(size), Buffer.from('\0\0\0\x99eXIf'), exif(6)])],
		[false, 'none', webpExtended(size)],
		[false, '6, cut', photo(exif(6).subarray(0, 12))],
	] as const)('is stored rotated: %s with the orientation %s', (expected, _, image) => {
		expect(isTurned(image)).toBe(expected);
	});

	it('is damaged if a program converted its line endings, so that a chunk points past its end', () => {
		const whole = png({ width: 300, height: 200 }, true);
		const mangled = Buffer.from(whole.toString('latin1').replace(/\r\n/g, '\n'), 'latin1');
		const signature = whole.subarray(0, 8);
		const kept = Buffer.concat([signature, mangled.subarray(7)]);
		expect(mangled.length).toBeLessThan(whole.length - 1);
		expect(readImage(kept)).toMatchObject({ width: 300, whole: false });
	});

	it.each(KINDS)('is known to be truncated: %s, at any point', (_, make) => {
		const whole = make({ width: 300, height: 200 });
		fc.assert(
			fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (length) => {
				const read = readImage(whole.subarray(0, length));
				expect(read?.whole ?? false).toBe(false);
			}),
		);
	});

	it('is not taken for complete because of the thumbnail that a camera embeds', () => {
		const photo = jpeg({ width: 300, height: 200 }, cameraPreview());
		expect(readImage(photo.subarray(0, -2))).toMatchObject({ width: 300, whole: false });
	});

	it('may have bytes after its end, as phones append them', () => {
		for (const [, make] of KINDS) {
			const longer = Buffer.concat([make({ width: 300, height: 200 }), Buffer.alloc(100, 7)]);
			expect(readImage(longer)).toMatchObject({ width: 300, whole: true });
		}
	});
});

describe('an image, as other programs make it', () => {
	it.each(FIXTURES.filter((name) => /\.(?:jpg|png|webp)$/.test(name)))(
		'has the dimensions that it was made with: %s',
		(name) => {
			expect(readImage(fixture(name))).toMatchObject({ width: 80, height: 64, whole: true });
		},
	);

	it('may have stray bytes, markers without content, and fill bytes before its segments', () => {
		const photo = fixture('photo.jpg');
		const between = 'ffd0 ffd8 ff01 ffffff fffe0000 ff0212 00 0102fe ff00'.split(' ');
		// Where its segments begin, by their lengths, up to the picture itself.
		for (let at = 2; photo[at] === 0xff; at += 2 + photo.readUInt16BE(at + 2)) {
			for (const bytes of between) {
				const stray = Buffer.from(at > 2 ? bytes : '', 'hex');
				const strewn = Buffer.concat([photo.subarray(0, at), stray, photo.subarray(at)]);
				expect(readImage(strewn)).toMatchObject({ width: 80, height: 64, whole: true });
			}
			if (photo[at + 1] === 0xda) break;
		}
	});

	it('has an unknown height if that comes after the first lines, and none if it never comes', () => {
		const photo = Buffer.from(fixture('photo.jpg'));
		photo.writeUInt16BE(0, photo.indexOf('ffc0', 0, 'hex') + 5);
		expect(refusal(photo).headline).toContain('cut off or damaged');
		const lines = Buffer.from('ffdc00040040', 'hex');
		const end = photo.length - 2;
		const later = Buffer.concat([photo.subarray(0, end), lines, photo.subarray(end)]);
		expect(checked(later)).toEqual({ width: 80, whole: true });
	});

	it('may be a WebP with a program’s chunk in front', () => {
		const photo = fixture('lossy.webp');
		const own = Buffer.from('XYZ \x03\0\0\0abc\0', 'latin1');
		const longer = Buffer.concat([photo.subarray(0, 12), own, photo.subarray(12)]);
		longer.writeUInt32LE(longer.length - 8, 4);
		expect(readImage(longer)).toMatchObject({ width: 80, height: 64, whole: true });
	});
});

describe('an image that a video is to start from', () => {
	it.each([
		['a HEIC image', /Settings > Camera > Formats.*"Most Compatible".*Edit Image/],
		['a GIF image', /Edit Image node.*"Format"/],
		['an MP4 video', /Take a picture out of the video/],
	])('gets advice on how to convert %s', (kind, words) => {
		const { advice } = refusal(OTHER_FILES[kind] ?? Buffer.alloc(0));
		expect(advice).toMatch(words);
	});

	it.each(Object.entries(OTHER_FILES))('is refused by its name if it is %s', (kind, bytes) => {
		const { headline } = refusal(bytes, 'the file in "photo"');
		expect(headline).toContain(`the file in "photo" is ${kind}`);
		expect(headline).toMatch(/and the gateway takes JPEG, PNG and WebP$/);
	});

	it.each([
		['JSON', Buffer.from('{"error":"not found"}'), 'is JSON, no image'],
		['base64', Buffer.from(fixture('photo.jpg').toString('base64')), 'is base64 text, no image'],
		['prose', Buffer.from('Not an image at all, but long enough to be one.'), 'text, no image'],
		['half a picture', png({ width: 300, height: 200 }).subarray(0, 100), 'cut off or damaged'],
		['no dimensions', webpLossy({ width: 0, height: 0 }), 'cut off or damaged'],
		['a tracking pixel', png({ width: 1, height: 1 }), '1 × 1 pixels'],
		['a line', png({ width: 2_000, height: 4 }), '2000 × 4 pixels'],
		['a giant', webpExtended({ width: 20_000, height: 300 }), '20000 × 300 pixels'],
	])('is refused if it is %s', (_, bytes, words) => {
		const failure = refusal(bytes, 'data URI 2');
		expect(failure.category).toBe('invalid_input');
		expect(failure.headline).toContain('data URI 2');
		expect(failure.headline).toContain(words);
	});

	it('may have any size within the limits', () => {
		const size = { width: IMAGE_LIMITS.longestSide, height: IMAGE_LIMITS.shortestSide };
		expect(checked(webpExtended(size))).toMatchObject(size);
	});
});
