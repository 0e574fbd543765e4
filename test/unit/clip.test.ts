import fc from 'fast-check';

import type { SoraFailure } from '../../nodes/Sora/gateway/failures';
import { BoxWalk } from '../../nodes/Sora/media/boxWalk';
import { checkedClip, readClip as readFile } from '../../nodes/Sora/media/clip';
import {
	box,
	builtClip,
	OTHER_CONTAINERS,
	pictureless,
	quickTimeClip,
	silentClip,
	soundClip,
} from '../files/clips';
import { OTHER_FILES, png } from '../files/images';

const RANGE = { start: 1, end: 3 };
const LABEL = 'the file in "data"';

const readClip = async (bytes: Buffer) => await readFile(new Blob([bytes]));
const checked = async (bytes: Buffer, range = RANGE) =>
	await checkedClip(new Blob([bytes]), range, LABEL);
const refusal = async (bytes: Buffer) =>
	(await checked(bytes).catch((error: unknown) => error)) as SoraFailure;

describe('a clip, by its boxes', () => {
	it('tells length, picture and sound of a recorded video', async () => {
		const read = { seconds: 10, hasPicture: true, hasSound: true };
		expect(await readClip(await soundClip())).toEqual({ mimeType: 'video/mp4', ...read });
		expect(await readClip(await quickTimeClip())).toEqual({ mimeType: 'video/quicktime', ...read });
		expect(await readClip(await silentClip())).toMatchObject({ hasSound: false, hasPicture: true });
		expect(await readClip(await pictureless())).toMatchObject({
			hasSound: true,
			hasPicture: false,
		});
	});

	it('reads lengths in 32 and in 64 bits, of whole files and of fragmented ones', async () => {
		await fc.assert(
			fc.asyncProperty(fc.integer({ min: 1, max: 20_000 }), fc.boolean(), async (length, wide) => {
				const seconds = length / 1000;
				expect(await readClip(builtClip({ length, wide }))).toMatchObject({
					seconds,
					hasSound: true,
				});
				const fragmented = builtClip({ length: 0, wide, fragmentedLength: length });
				expect(await readClip(fragmented)).toMatchObject({ seconds, hasSound: true });
			}),
		);
	});

	it('takes a sound track that holds nothing for silence', async () => {
		const tracks = [{ kind: 'vide' as const }, { kind: 'soun' as const, length: 0 }];
		expect(await readClip(builtClip({ tracks }))).toMatchObject({ hasSound: false });
	});

	it('knows a QuickTime file of old, which does not say what it is', async () => {
		const bytes = builtClip({});
		const old = bytes.subarray(bytes.readUInt32BE(0));
		expect(await readClip(old)).toMatchObject({ mimeType: 'video/quicktime', seconds: 5 });
	});

	it('says nothing of a length that the file does not tell', async () => {
		const read = await readClip(builtClip({ length: 0, fragmentedLength: 0 }));
		expect(read).toMatchObject({ seconds: undefined, hasSound: true });
	});

	it.each(Object.entries(OTHER_CONTAINERS))('leaves %s to the gateway', async (mimeType, bytes) => {
		expect(await readClip(bytes)).toEqual({ mimeType });
	});

	it('may have bytes behind its last box, as phones append them', async () => {
		const longer = Buffer.concat([await soundClip(), Buffer.from('SEFHk\0\0\0more than a header')]);
		expect(await readClip(longer)).toMatchObject({ seconds: 10 });
	});

	it('knows that a file is cut, wherever that happened', async () => {
		const whole = await soundClip();
		await fc.assert(
			fc.asyncProperty(fc.integer({ min: 16, max: whole.length - 9 }), async (length) => {
				const read = await readClip(whole.subarray(0, length));
				expect(read === 'cut' || read === undefined).toBe(true);
			}),
		);
	});

	it('is found in no bytes that happen to come, and reading them never fails', async () => {
		const starts = [builtClip({}).subarray(0, 200), builtClip({ wide: true }).subarray(0, 150)];
		await fc.assert(
			fc.asyncProperty(
				fc.constantFrom(Buffer.alloc(0), ...starts),
				fc.uint8Array(),
				async (start, rest) => {
					await readClip(Buffer.concat([start, rest]));
				},
			),
		);
	});
});

describe('a clip that a character is to come from', () => {
	it('passes with sound, picture, and the seconds inside', async () => {
		expect((await checked(await soundClip())).mimeType).toBe('video/mp4');
		expect((await checked(await soundClip(), { start: 7, end: 10 })).seconds).toBe(10);
		expect((await checked(builtClip({ length: 2_960 }))).seconds).toBe(2.96);
	});

	it.each([
		['has no sound', silentClip, /no sound.*silent clip/],
		['has no picture', pictureless, /no picture/],
		[
			'is shorter than the seconds',
			async () => builtClip({ length: 2_500 }),
			/"End Second" is 3.*only 2.5 seconds/,
		],
		['is a whole film', async () => builtClip({ length: 90_000 }), /90 seconds long.*about 15/],
		['is cut', async () => (await soundClip()).subarray(0, 9_000), /cut off or damaged/],
		['is a photo', async () => png({ width: 80, height: 80 }), /no video/],
		['is an iPhone photo', async () => OTHER_FILES['HEIC image'] ?? Buffer.alloc(0), /no video/],
		['is sound only', async () => builtClip({ brand: 'M4A ' }), /no video/],
		['is prose', async () => Buffer.from('This is not a video at all.'), /no video/],
	])('is refused where it %s', async (_, bytes, words) => {
		const failure = await refusal(await bytes());
		expect(failure.category).toBe('invalid_input');
		expect(failure.headline).toContain(LABEL);
		expect(failure.headline).toMatch(words);
	});
});

describe('the walk along a file that passes by', () => {
	const walked = (bytes: Buffer, cuts: number[]) => {
		const walk = new BoxWalk();
		const ends = [...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
		ends.reduce((from, to) => {
			walk.see(bytes.subarray(from, to));
			return to;
		}, 0);
		return walk.missing;
	};
	const cuts = fc.array(fc.nat(), { maxLength: 30 });

	it('misses nothing of a whole file, however it is cut into chunks', async () => {
		const whole = await soundClip();
		const large = Buffer.concat([builtClip({}), box('free', Buffer.alloc(70_000))]);
		fc.assert(
			fc.property(fc.constantFrom(whole, large), cuts, (file, at) => walked(file, at) === 0),
		);
	});

	it('tells how many bytes are missing, however it is cut into chunks', () => {
		const whole = builtClip({});
		const mdat = 2_008;
		fc.assert(
			fc.property(fc.integer({ min: 1, max: mdat - 16 }), cuts, (missing, at) => {
				expect(walked(whole.subarray(0, whole.length - missing), at)).toBe(missing);
			}),
		);
	});

	it('does not go astray in bytes behind the last box', () => {
		const longer = Buffer.concat([builtClip({}), Buffer.from('SEFHk\0\0\0and more of it')]);
		fc.assert(fc.property(cuts, (at) => walked(longer, at) === 0));
	});
});
