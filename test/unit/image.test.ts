import fc from 'fast-check';

import type { SoraFailure } from '../../nodes/Sora/gateway/failures';
import { checkedImage, readImage } from '../../nodes/Sora/media/imageFormat';
import { IMAGE_LIMITS } from '../../nodes/Sora/media/limits';
import {
	cameraPreview,
	jpeg,
	OTHER_FILES,
	png,
	webpExtended,
	webpLossless,
	webpLossy,
	type Size,
} from '../files/images';
import { thrown } from './builders';

const MAKERS = {
	'image/png': (size: Size) => png(size),
	'image/jpeg': (size: Size) => jpeg(size),
	'image/webp': webpLossless,
};
const KINDS = Object.entries({
	...MAKERS,
	'image/webp, extended': webpExtended,
	'image/webp, lossy': webpLossy,
	'image/jpeg, of a camera': (size: Size) => jpeg(size, cameraPreview()),
});

const refusal = (act: () => unknown) => thrown(act) as SoraFailure;

describe('an image, by its content', () => {
	it.each(KINDS)('tells type and dimensions of %s', (kind, make) => {
		expect(readImage(make({ width: 640, height: 360 }))).toEqual({
			mimeType: kind.split(',')[0],
			width: 640,
			height: 360,
			whole: true,
		});
	});

	it('tells any dimensions that the format can hold', () => {
		const side = fc.integer({ min: 1, max: 16_383 });
		fc.assert(
			fc.property(side, side, (width, height) => {
				for (const make of [webpLossless, webpExtended, webpLossy]) {
					expect(readImage(make({ width, height }))).toMatchObject({ width, height, whole: true });
				}
			}),
		);
	});

	it.each(KINDS)('knows that %s is cut, wherever that happened', (_, make) => {
		const whole = make({ width: 300, height: 200 });
		fc.assert(
			fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (length) => {
				const read = readImage(whole.subarray(0, length));
				expect(read?.whole ?? false).toBe(false);
			}),
		);
	});

	it('is not mistaken for whole by the end of the small picture that a camera puts inside', () => {
		const photo = jpeg({ width: 300, height: 200 }, cameraPreview());
		expect(readImage(photo.subarray(0, -2))).toMatchObject({ width: 300, whole: false });
	});

	it('may have bytes behind its end, as phones append them', () => {
		for (const [, make] of KINDS) {
			const longer = Buffer.concat([make({ width: 300, height: 200 }), Buffer.alloc(100, 7)]);
			expect(readImage(longer)).toMatchObject({ width: 300, whole: true });
		}
	});

	it('is found in no bytes that happen to come, and reading them never fails', () => {
		const starts = KINDS.map(([, make]) => make({ width: 80, height: 80 }).subarray(0, 40));
		fc.assert(
			fc.property(fc.constantFrom(Buffer.alloc(0), ...starts), fc.uint8Array(), (start, rest) => {
				const read = readImage(Buffer.concat([start, rest]));
				if (start.length === 0 && rest.length < 8) expect(read).toBeUndefined();
			}),
		);
	});
});

describe('an image that a video is to start from', () => {
	it.each(Object.entries(OTHER_FILES))(
		'is refused where it is a %s, by its name',
		(kind, bytes) => {
			const { headline, advice } = refusal(() => checkedImage(bytes, 'the file in "photo"'));
			expect(headline).toContain(
				`the file in "photo" is a ${kind}, and the gateway takes JPEG, PNG`,
			);
			expect(advice).toContain('Nothing was sent');
		},
	);

	it.each([
		['nothing at all', Buffer.alloc(0), 'is empty'],
		['prose', Buffer.from('Not an image at all, but long enough to be one.'), 'no image'],
		['half a picture', png({ width: 300, height: 200 }).subarray(0, 100), 'cut off or damaged'],
		['no dimensions', webpLossy({ width: 0, height: 0 }), 'cut off or damaged'],
		['a tracking pixel', png({ width: 1, height: 1 }), '1 × 1 pixels'],
		['a line', png({ width: 2_000, height: 4 }), '2000 × 4 pixels'],
		['a giant', webpExtended({ width: 20_000, height: 300 }), '20000 × 300 pixels'],
	])('is refused where it is %s', (_, bytes, words) => {
		const failure = refusal(() => checkedImage(bytes, 'data URI 2'));
		expect(failure.category).toBe('invalid_input');
		expect(failure.headline).toContain('data URI 2');
		expect(failure.headline).toContain(words);
	});

	it('may measure all that the limits allow', () => {
		const { shortestSide, longestSide } = IMAGE_LIMITS;
		const size = { width: longestSide, height: shortestSide };
		expect(checkedImage(webpExtended(size), 'x')).toMatchObject(size);
	});
});
