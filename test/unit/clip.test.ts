import fc from 'fast-check';
import { ALL_FORMATS, BlobSource, Input } from 'mediabunny';
import { createFile, type MP4BoxBuffer } from 'mp4box';

import type { SoraFailure } from '../../nodes/Sora/gateway/failures';
import { BoxWalk } from '../../nodes/Sora/media/boxWalk';
import { checkedClip, readClip as readFile } from '../../nodes/Sora/media/clip';
import {
	box,
	builtAvi,
	builtClip,
	builtMatroska,
	OTHER_CONTAINERS,
	pictureless,
	quickTimeClip,
	silentClip,
	soundClip,
} from '../files/clips';
import { FIXTURES, fixture, PROBED } from '../files/fixtures';
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

describe('a clip, beside other programs', () => {
	/** Of the longest track of picture or sound, where ffprobe knows the tracks' lengths. */
	function probed(name: string) {
		const { streams = [], format } = PROBED[name] ?? {};
		const played = streams.filter((stream) => /^(?:video|audio)$/.test(stream.codec_type));
		const lengths = played.flatMap(({ duration }) => (duration ? [Number(duration)] : []));
		const whole = played.length === streams.length ? Number(format?.duration) : Number.NaN;
		const seconds = lengths.length ? Math.max(...lengths) : whole;
		return {
			seconds: Number.isNaN(seconds) ? undefined : expect.closeTo(seconds, 1),
			hasPicture: streams.some((stream) => stream.codec_type === 'video'),
			hasSound: streams.some((stream) => stream.codec_type === 'audio'),
		};
	}

	it.each(Object.keys(PROBED))('is read as ffprobe reads it: %s', async (name) => {
		expect(await readClip(fixture(name))).toMatchObject(probed(name));
	});

	const inFragments = (name: string) =>
		['fragmented', 'empty-moov'].includes(name.split('.')[0] ?? '');

	it.each(Object.keys(PROBED).filter((name) => !name.endsWith('.avi') && !inFragments(name)))(
		'is read as mediabunny reads it: %s',
		async (name) => {
			const source = new BlobSource(new Blob([fixture(name)]));
			const input = new Input({ formats: ALL_FORMATS, source });
			const clip = await readClip(fixture(name));
			const { seconds, hasPicture, hasSound } = clip === 'cut' ? {} : (clip ?? {});
			expect(hasPicture).toBe((await input.getPrimaryVideoTrack()) !== null);
			expect(hasSound).toBe((await input.getPrimaryAudioTrack()) !== null);
			if (seconds !== undefined) expect(seconds).toBeCloseTo(await input.computeDuration(), 0);
		},
	);

	it.each(FIXTURES.filter(inFragments))(
		'has the length of the samples that mp4box finds: %s',
		async (name) => {
			const file = createFile();
			const bytes = Uint8Array.from(fixture(name)).buffer as MP4BoxBuffer;
			bytes.fileStart = 0;
			file.appendBuffer(bytes);
			file.flush();
			const ends = file.getInfo().tracks.map(({ id }) => {
				const last = file.getTrackSamplesInfo(id).at(-1);
				return last ? (last.dts + last.duration) / last.timescale : 0;
			});
			const clip = await readClip(fixture(name));
			expect(clip).toMatchObject({ seconds: expect.closeTo(Math.max(...ends), 2) as number });
		},
	);
});

describe('a clip, by the rules of its boxes', () => {
	const silence = { kind: 'soun', samples: 0 } as const;
	const film = { kind: 'vide', samples: 0 } as const;
	const seconds = (count: number, track: number) =>
		Array.from({ length: count }, (_, index) => ({
			track,
			samples: 10,
			sampleLength: 100,
			start: index * 1_000,
		}));

	it('is as long as its fragments, whatever the index says of the first of them', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.integer({ min: 1, max: 20 }),
				fc.integer({ min: 1, max: 20 }),
				fc.constantFrom('each', 'common', 'untold' as const),
				fc.boolean(),
				async (pictures, sounds, way, isAnnounced) => {
					const fragments = [...seconds(pictures, 1), ...seconds(sounds, 2)].map((fragment) => ({
						...fragment,
						...(way === 'each' ? {} : { sampleLength: undefined }),
						...(way === 'common' ? { commonLength: 100 } : {}),
						// Without a time of its own, a fragment follows the one before.
						...(pictures % 2 ? {} : { start: undefined }),
					}));
					const file = builtClip({
						length: 1_000,
						tracks: [film, { kind: 'soun', samples: 0 }],
						fragments,
						...(isAnnounced ? { fragmentedLength: 500 } : {}),
					});
					const known = way === 'untold' ? undefined : Math.max(pictures, sounds);
					expect(await readClip(file)).toMatchObject({
						seconds: known ?? (isAnnounced ? 0.5 : undefined),
						hasPicture: true,
						hasSound: true,
					});
				},
			),
		);
	});

	it('is longer than its index by what follows in fragments', async () => {
		const file = builtClip({
			length: 1_000,
			tracks: [
				{ kind: 'vide', samples: 10 },
				{ kind: 'soun', samples: 10 },
			],
			fragments: seconds(9, 1).map(({ start, ...rest }) => ({ ...rest, start: start + 1_000 })),
		});
		expect(await readClip(file)).toMatchObject({ seconds: 10 });
	});

	it('has an unknown length where it is a piece of a longer stream, or no fragment came', async () => {
		const late = seconds(3, 1).map((fragment) => ({ ...fragment, start: fragment.start + 60_000 }));
		for (const fragments of [late, []]) {
			const file = builtClip({ length: 1_000, tracks: [film, silence], fragments });
			expect(await readClip(file)).toMatchObject({ seconds: undefined, hasPicture: true });
		}
	});

	it('is silent where sound is announced and no fragment brings any', async () => {
		const file = builtClip({ tracks: [film, silence], fragments: seconds(3, 1) });
		expect(await readClip(file)).toMatchObject({ hasPicture: true, hasSound: false });
	});

	it.each([...['pdin', 'meco', 'imda', 'PICT', 'uuid', 'free', 'XtRa', '\xa9swr', 'moo1', '    ']])(
		'may have a %j box before its index, or a piece of one behind its end',
		async (type) => {
			const read = { seconds: 5, hasPicture: true, hasSound: true };
			const strange = box(type, Buffer.alloc(70_000, type));
			expect(await readClip(builtClip({ before: [strange] }))).toMatchObject(read);
			expect(await readClip(Buffer.concat([strange, builtClip({})]))).toMatchObject(read);
			const longer = Buffer.concat([builtClip({}), strange.subarray(0, 50)]);
			expect(await readClip(longer)).toMatchObject(read);
		},
	);

	it.each(['mdat', 'moov', 'moof'])('is cut where its last box is a piece of %s', async (type) => {
		const piece = box(type, Buffer.alloc(500)).subarray(0, 400);
		expect(await readClip(Buffer.concat([builtClip({}), piece]))).toBe('cut');
	});

	it('is cut where it has no index', async () => {
		expect(await readClip(Buffer.concat([box('ftyp', Buffer.from('mp42')), box('mdat')]))).toBe(
			'cut',
		);
		expect(await readClip(box('wide'))).toBe('cut');
	});

	it('has the length of its longest picture or sound, whatever else is longer', async () => {
		const other = fc.constantFrom('text', 'sbtl', 'tmcd' as const);
		const length = fc.integer({ min: 1, max: 90_000 });
		await fc.assert(
			fc.asyncProperty(length, length, other, fc.boolean(), async (picture, sound, kind, wide) => {
				const file = builtClip({
					wide,
					length: 90_000,
					tracks: [
						{ kind, length: 90_000 },
						{ kind: 'vide', length: picture },
						{ kind: 'soun', length: sound },
						{ kind: 'soun', length: 80_000, samples: 0 },
					],
				});
				expect(await readClip(file)).toMatchObject({
					seconds: Math.max(picture, sound) / 1_000,
				});
			}),
		);
	});

	it('does not count pictures of chapters', async () => {
		const file = builtClip({
			tracks: [
				{ kind: 'soun', chapters: [2] },
				{ kind: 'vide', length: 60_000 },
			],
		});
		expect(await readClip(file)).toMatchObject({ seconds: 5, hasPicture: false });
	});

	it('is as long as what is shown of it', async () => {
		const file = builtClip({
			tracks: [{ kind: 'vide', length: 60_000, edits: [2_000, 6_000] }, { kind: 'soun' }],
		});
		expect(await readClip(file)).toMatchObject({ seconds: 8 });
	});

	it('has picture and sound where a track does not say how long it is', async () => {
		for (const wide of [true, false]) {
			const tracks = [
				{ kind: 'vide', length: 'unknown', samples: 50 },
				{ kind: 'soun', length: 'unknown' },
			] as const;
			const read = { hasPicture: true, hasSound: true };
			expect(await readClip(builtClip({ wide, tracks: [...tracks] }))).toMatchObject({
				...read,
				seconds: 5,
			});
			const subtitled = [...tracks, { kind: 'text' } as const];
			expect(await readClip(builtClip({ wide, tracks: subtitled }))).toMatchObject({
				...read,
				seconds: undefined,
			});
		}
	});

	it('has no picture where its table counts no sample, whatever its length', async () => {
		const tracks = [{ kind: 'vide', samples: 0 } as const, { kind: 'soun' } as const];
		expect(await readClip(builtClip({ tracks }))).toMatchObject({ hasPicture: false });
	});

	it('has an unknown picture where a track of old holds both, or the index is compressed', async () => {
		const unknown = { hasPicture: undefined, hasSound: undefined };
		expect(await readClip(builtClip({ tracks: [{ kind: 'MPEG' }] }))).toMatchObject(unknown);
		const compressed = Buffer.concat([box('moov', box('cmov')), box('mdat')]);
		expect(await readClip(compressed)).toMatchObject(unknown);
	});
});

describe('a clip in WebM, MKV and AVI', () => {
	it.each([
		['WebM', (seconds: number) => builtMatroska({ seconds })],
		['AVI', (seconds: number) => builtAvi({ seconds })],
	])('tells its length: %s', async (_, made) => {
		await fc.assert(
			fc.asyncProperty(fc.integer({ min: 1, max: 90 }), async (seconds) => {
				expect(await readClip(made(seconds))).toMatchObject({ seconds, hasSound: true });
			}),
		);
	});

	it('does not take the end of subtitles for the end of the picture', async () => {
		const tracks = ['picture' as const, 'sound' as const, 'subtitles' as const];
		const read = await readClip(builtMatroska({ seconds: 60, tracks, docType: 'matroska' }));
		expect(read).toMatchObject({ seconds: undefined, hasPicture: true, hasSound: true });
	});

	it('has picture and sound in one stream where a camera recorded DV', async () => {
		expect(await readClip(builtAvi({ streams: ['iavs'] }))).toMatchObject({
			seconds: 5,
			hasPicture: true,
			hasSound: true,
		});
	});

	it('has no known length where the recorder did not come to its end', async () => {
		const avi = builtAvi({});
		const movi = avi.indexOf('movi', 0, 'latin1') - 4;
		for (const size of [0, 0xffff_ffff]) {
			avi.writeUInt32LE(size, movi);
			expect(await readClip(avi)).toMatchObject({ seconds: undefined, hasSound: true });
		}
	});

	it.each([
		['WebM', builtMatroska({})],
		['AVI', builtAvi({}).subarray(0, -72)],
	])('is cut where the pictures that it announces do not come: %s', async (_, whole) => {
		await fc.assert(
			fc.asyncProperty(fc.integer({ min: 1, max: 1_900 }), async (missing) => {
				expect(await readClip(whole.subarray(0, whole.length - missing))).toBe('cut');
			}),
		);
	});

	it.each(['live.webm', 'plain.webm', 'plain.mkv', 'plain.avi'])(
		'never fails to be read, wherever it ends: %s',
		async (name) => {
			const whole = fixture(name);
			await fc.assert(
				fc.asyncProperty(fc.nat(whole.length), async (length) => {
					const read = await readClip(whole.subarray(0, length));
					if (read && read !== 'cut' && length > 2_000) expect(read.hasPicture).not.toBe(false);
				}),
			);
		},
	);
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
		['is an iPhone photo', async () => OTHER_FILES['a HEIC image'] ?? Buffer.alloc(0), /no video/],
		['is sound only', async () => builtClip({ brand: 'M4A ' }), /no video/],
		['is silent, as a WebM', async () => fixture('silent.webm'), /no sound/],
		['is silent, as an MKV', async () => fixture('silent.mkv'), /no sound/],
		['is silent, as an AVI', async () => fixture('silent.avi'), /no sound/],
		['is a film, as a WebM', async () => builtMatroska({ seconds: 60 }), /60 seconds long/],
		['is a film, as an AVI', async () => builtAvi({ seconds: 60 }), /60 seconds long/],
		['is short, as a WebM', async () => builtMatroska({ seconds: 2 }), /only 2 seconds/],
		['is a broadcast', async () => fixture('plain.m2t'), /is an MPEG-TS video.*MP4 and MOV/],
		['is a disc', async () => fixture('plain.m2ts'), /is an MPEG-TS video.*MP4 and MOV/],
		['is Flash', async () => fixture('plain.flv'), /is an FLV video.*MP4 and MOV/],
		['is of Windows', async () => fixture('plain.wmv'), /is a WMV video.*MP4 and MOV/],
		['is Theora', async () => fixture('plain.ogv'), /is an OGV video.*MP4 and MOV/],
		['is a song', async () => fixture('sound.mp3'), /is an MP3 sound file, no video/],
		['is a web page', async () => Buffer.from('<!doctype html>'), /is a web page, no video/],
		['is base64', async () => Buffer.from(fixture('plain.mp4').toString('base64')), /base64/],
		['is prose', async () => Buffer.from('This is not a video at all.'), /no video/],
	])('is refused where it %s', async (_, bytes, words) => {
		const failure = await refusal(await bytes());
		expect(failure.category).toBe('invalid_input');
		expect(failure.headline).toContain(LABEL);
		expect(failure.headline).toMatch(words);
	});
});

describe('the walk along a file that passes by', () => {
	const walked = (bytes: Buffer, cuts: number[]) => walkOver(bytes, cuts).missing;
	const walkOver = (bytes: Buffer, cuts: number[]) => {
		const walk = new BoxWalk();
		const ends = [...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
		ends.reduce((from, to) => {
			walk.see(bytes.subarray(from, to));
			return to;
		}, 0);
		return walk;
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

	it('tells size and length of what passed, as ffprobe does, however it is cut into chunks', () => {
		const names = Object.keys(PROBED).filter((name) => /\.(?:mp4|mov|3gp)$/.test(name));
		fc.assert(
			fc.property(fc.constantFrom(...names), cuts, (name, at) => {
				const walk = walkOver(fixture(name), at);
				const video = PROBED[name]?.streams.find(({ codec_type }) => codec_type === 'video');
				const isTurned = video?.side_data_list?.some(({ rotation = 0 }) => rotation % 180 !== 0);
				const [width, height] = isTurned
					? [video?.height, video?.width]
					: [video?.width, video?.height];
				const lengths = PROBED[name]?.streams
					.filter(({ codec_type }) => /^(?:video|audio)$/.test(codec_type))
					.map(({ duration }) => Number(duration));
				expect(walk.facts()).toEqual({
					width,
					height,
					seconds: expect.closeTo(Math.max(...(lengths ?? [])), 1) as number,
				});
			}),
		);
	});

	it('tells of a turned picture what is seen', () => {
		const size = { width: 1_280, height: 720 };
		const sizeOf = (turned: boolean, wide: boolean) =>
			walkOver(builtClip({ wide, tracks: [{ kind: 'vide', size, turned }] }), []).facts();
		for (const wide of [true, false]) {
			expect(sizeOf(false, wide)).toMatchObject(size);
			expect(sizeOf(true, wide)).toMatchObject({ width: 720, height: 1_280 });
		}
	});

	it('knows nothing of what is no MP4, or has not come to its index', () => {
		const nothing = { width: undefined, height: undefined, seconds: undefined };
		for (const bytes of [
			fixture('plain.webm'),
			Buffer.alloc(0),
			Buffer.alloc(9),
			box('moov').subarray(0, 7),
		]) {
			expect(walkOver(bytes, []).facts()).toEqual(nothing);
			expect(walkOver(bytes, []).missing).toBe(0);
		}
	});

	it.each(['pdin', 'uuid', 'XtRa', 'free', 'meta'])(
		'takes a %s box that goes on beyond the end for what was appended',
		(type) => {
			const piece = box(type, Buffer.alloc(500)).subarray(0, 400);
			fc.assert(
				fc.property(cuts, (at) => {
					expect(walked(Buffer.concat([builtClip({}), piece]), at)).toBe(0);
				}),
			);
		},
	);

	it.each(['mdat', 'moov', 'moof'])('misses the rest of a cut %s', (type) => {
		const piece = box(type, Buffer.alloc(500)).subarray(0, 400);
		fc.assert(
			fc.property(cuts, (at) => {
				expect(walked(Buffer.concat([builtClip({}), piece]), at)).toBe(108);
			}),
		);
	});
});
