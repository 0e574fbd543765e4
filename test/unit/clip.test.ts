/* eslint-disable @n8n/community-nodes/no-restricted-globals -- measures the readers, never inside n8n */
import { ALL_FORMATS, BlobSource, Input } from 'mediabunny';

import type { SoraFailure } from '../../nodes/Sora/gateway/failures';
import { checkClip, videoReader } from '../../nodes/Sora/media/clip';
import { fileKind } from '../../nodes/Sora/media/fileKind';
import { megabytes, VIDEO_LIMITS } from '../../nodes/Sora/media/fileLimits';
import { boxesIn } from '../../nodes/Sora/media/mp4Boxes';
import { sampleClip } from '../../nodes/Sora/media/sampleClip';
import { isThorough } from '../effort';
import {
	box,
	builtClip,
	builtMatroska,
	element,
	pictureless,
	quickTimeClip,
	readVideo,
	silentClip,
	soundClip,
	type BuiltClip,
	type Track,
} from '../files/clips';
import { FIXTURES, fixture, PROBED } from '../files/fixtures';
import { OTHER_FILES } from '../files/images';

const LABEL = 'the file in "data"';

const checked = async (bytes: Buffer, range = { start: 1, end: 3 }) =>
	await checkClip(new Blob([bytes]), fileKind(bytes), range, LABEL);
const closeTo = (seconds: number, digits: number) => expect.closeTo(seconds, digits) as number;

describe('a clip, compared with other programs', () => {
	it.each(Object.keys(PROBED).filter((name) => !name.endsWith('.avi')))(
		'has the duration, the tracks and the size that ffprobe and mediabunny find: %s',
		async (name) => {
			const streams = (PROBED[name]?.streams ?? []).filter(({ codec_type }) =>
				/^(?:video|audio)$/.test(codec_type),
			);
			const lengths = streams.flatMap(({ duration }) => (duration ? [Number(duration)] : []));
			const video = streams.find(({ codec_type }) => codec_type === 'video');
			const { width, height } = video ?? {};
			const isTurned = video?.side_data_list?.some(({ rotation = 0 }) => rotation % 180 !== 0);
			const isSized = video && /\.(?:mp4|mov|3gp)$/.test(name);
			const clip = readVideo(fixture(name));
			expect(clip).toMatchObject({
				isCut: false,
				hasPicture: video !== undefined,
				hasSound: streams.some(({ codec_type }) => codec_type === 'audio'),
				...(lengths.length && { seconds: closeTo(Math.max(...lengths), 1) }),
				...(isSized && (isTurned ? { width: height, height: width } : { width, height })),
			});
			// It adds nothing up of fragments, and counts subtitles.
			if (/^(?:fragmented|empty-moov|subtitled)/.test(name)) return;
			const source = new BlobSource(new Blob([fixture(name)]));
			const input = new Input({ formats: ALL_FORMATS, source });
			expect(clip).toMatchObject({
				hasPicture: (await input.getPrimaryVideoTrack()) !== null,
				hasSound: (await input.getPrimaryAudioTrack()) !== null,
				seconds: closeTo(await input.computeDuration(), 0),
			});
		},
	);
});

describe('a clip, by its boxes', () => {
	const silence = { kind: 'soun', samples: 0 } as const;
	const film = { kind: 'vide', samples: 0 } as const;
	const both = { hasPicture: true, hasSound: true };
	/** Of a second each. */
	const fragments = (count: number, track: number, from = 0) =>
		Array.from({ length: count }, (_, index) => ({
			track,
			samples: 10,
			lengthIn: 'trun' as const,
			start: (from + index) * 1_000,
		}));

	const square = { width: 320, height: 240 };
	const vide = (more: Partial<Track> = {}): Track => ({ kind: 'vide', ...more });
	const soun = (more: Partial<Track> = {}): Track => ({ kind: 'soun', ...more });
	it.each<[string, BuiltClip, object]>([
		['a sound track without samples', { tracks: [vide(), silence] }, { hasSound: false }],
		['no samples of a picture', { tracks: [film, soun()] }, { hasPicture: false }],
		[
			'sound that begins and ends later',
			{ tracks: [vide({ length: 3_000 }), soun({ edits: [3_000], delay: 700 })] },
			{ seconds: 3.7 },
		],
		[
			'a piece that was cut out of a long video',
			{ tracks: [vide, soun].map((track) => track({ edits: [3_000], delay: 190_000 })) },
			{ seconds: 3 },
		],
		[
			'a track of old that holds both',
			{ tracks: [{ kind: 'MPEG' }] },
			{ hasPicture: undefined, hasSound: undefined },
		],
		[
			'a picture in front of which lies its mask',
			{ tracks: [{ kind: 'auxv', size: square }, vide({ size: { width: 10, height: 12 } })] },
			{ width: 10, height: 12 },
		],
		[
			'pixels that are no squares',
			{ tracks: [vide({ size: square, pixel: { across: 8, down: 9 } })] },
			{ width: 284, height: 240 },
		],
		[
			'pixels of no shape',
			{ tracks: [vide({ size: square, pixel: { across: 1, down: 0 } })] },
			square,
		],
		[
			'its longest picture or sound, whatever else is longer',
			{
				tracks: [
					{ kind: 'text', length: 90_000 },
					vide({ length: 3_000 }),
					soun({ length: 4_000 }),
					soun({ length: 80_000, samples: 0 }),
				],
			},
			{ seconds: 4 },
		],
		[
			'its index and the fragments behind it',
			{ length: 1_000, tracks: [vide()], fragments: fragments(9, 1, 1) },
			{ seconds: 10 },
		],
		[
			'a piece of a longer stream',
			{ tracks: [film], fragments: fragments(3, 1, 60) },
			{ seconds: 3 },
		],
		[
			'samples in the index of a file that may have fragments',
			{ length: 4_000, fragments: [] },
			{ seconds: 4, ...both },
		],
	])('is judged by %s', (_, clip, facts) => {
		for (const wide of [false, true]) {
			expect(readVideo(builtClip({ ...clip, wide }))).toMatchObject({ isCut: false, ...facts });
		}
	});

	it.each(['trun', 'tfhd', 'trex', undefined] as const)(
		'is as long as its fragments, however they declare the duration of their samples: %s',
		(lengthIn) => {
			const made = [...fragments(3, 1), ...fragments(5, 2)];
			// Without a time of its own, a fragment follows the one before.
			for (const timed of [{}, { start: undefined }]) {
				const file = builtClip({
					length: 1_000,
					tracks: [film, silence],
					fragments: made.map((fragment) => ({ ...fragment, lengthIn, ...timed })),
				});
				expect(readVideo(file)).toMatchObject({ seconds: lengthIn && 5, ...both });
			}
		},
	);

	it('may predate file type boxes', () => {
		const bytes = builtClip({});
		const old = bytes.subarray(bytes.readUInt32BE(0));
		expect(readVideo(old)).toMatchObject({ mimeType: 'video/quicktime', seconds: 5 });
	});

	it('may end with an index that has no length of its own', async () => {
		const bytes = await soundClip();
		const at = bytes.indexOf('moov') - 4;
		const end = at + bytes.readUInt32BE(at);
		const open = Buffer.from(bytes.subarray(at, end));
		open.writeUInt32BE(0);
		const [head, media] = [bytes.subarray(0, at), bytes.subarray(end)];
		const found = readVideo(Buffer.concat([head, media, open]));
		const { seconds, width, height } = readVideo(bytes);
		expect(found).toMatchObject({ seconds, width, height, hasSound: true });
	});

	it('has unknown tracks if its index is compressed', () => {
		const compressed = Buffer.concat([box('moov', box('cmov')), box('mdat')]);
		expect(readVideo(compressed)).toMatchObject({ hasPicture: undefined, isCut: false });
	});
});

describe('a clip in WebM or MKV', () => {
	it('uses the file’s tick length, milliseconds by default', () => {
		for (const tick of [undefined, 1_000, 1_000_000, 20_833_333]) {
			expect(readVideo(builtMatroska({ seconds: 7, tick }))).toMatchObject({
				seconds: closeTo(7, 6),
			});
		}
	});

	it('is as long as its blocks if a browser recorded it, or if subtitles are longer', () => {
		expect(readVideo(fixture('live.webm'))).toMatchObject({ seconds: closeTo(2, 1) });
		expect(readVideo(fixture('subtitled.mkv'))).toMatchObject({ seconds: expect.any(Number) });
		const block = (track: number, time: number) =>
			element(0xa3, Buffer.from([0x80 + track, time >> 8, time & 0xff, 0]));
		const cluster = (time: number, ...blocks: Buffer[]) =>
			element(0x1f43b675, element(0xe7, Buffer.from([time >> 8, time & 0xff])), ...blocks);
		const track = (number: number, type: number) =>
			element(0xae, element(0xd7, Buffer.from([number])), element(0x83, Buffer.from([type])));
		const recorded = Buffer.concat([
			Buffer.from('1a45dfa3874282847765626d', 'hex'),
			Buffer.from('1853806701ffffffffffffff', 'hex'),
			element(0x1654ae6b, track(1, 1), track(2, 2), track(3, 17)),
			cluster(0, block(1, 0), block(2, 10), block(2, 30), block(1, 40), block(3, 9_000)),
			cluster(1_000, block(1, 0), block(2, 10), block(1, 40)),
		]);
		// Each of the last two pictures is shown for 40 ms.
		expect(readVideo(recorded)).toMatchObject({ seconds: closeTo(1.08, 6), isCut: false });
	});

	it('may describe its tracks behind its media', () => {
		const whole = builtMatroska();
		const [tracks, media] = ['1654ae6b', '1f43b675'].map((id) => whole.indexOf(id, 0, 'hex'));
		const parts = [whole.subarray(0, tracks), whole.subarray(media), whole.subarray(tracks, media)];
		expect(readVideo(Buffer.concat(parts))).toEqual(readVideo(whole));
	});

	it('has unknown tracks after a truncated track description', () => {
		const tracks = element(0xae, element(0x83, Buffer.from([1])));
		const broken = Buffer.concat([tracks, Buffer.from('aeff', 'hex'), Buffer.alloc(9)]);
		const segment = element(0x18538067, element(0x1654ae6b, broken));
		const file = Buffer.concat([Buffer.from('1a45dfa380', 'hex'), segment]);
		const { hasPicture, hasSound } = readVideo(file);
		expect([hasPicture, hasSound]).toEqual([true, undefined]);
	});
});

describe('a truncated clip', () => {
	it.each(FIXTURES.filter((name) => /\.(?:mp4|mov|3gp|mkv)$|^(?:plain|silent)\.webm/.test(name)))(
		'is recognised by what is missing, whatever its length: %s',
		(name) => {
			const whole = fixture(name);
			const boxes = [...boxesIn(whole)];
			for (let length = whole.length - 1; length > 8; length -= isThorough ? 1 : 37) {
				const clip = readVideo(whole.subarray(0, length));
				const next = boxes.find(({ end }) => end > length);
				// The beginning of a movie in fragments is a shorter one, where it ends between two of them.
				const mayBeWhole = whole.includes('moof') && next?.type !== 'mdat';
				const isShort = clip.isCut || clip.mimeType === undefined;
				if (!mayBeWhole) expect([length, isShort]).toEqual([length, true]);
			}
		},
	);

	const film = { kind: 'vide', samples: 0 } as const;
	it.each<[string, () => Buffer]>([
		['is the beginning of a stream', () => builtClip({ tracks: [film], fragments: [] })],
		['holds no sample', () => builtClip({ tracks: [film] })],
		['has no tracks', () => Buffer.concat([box('ftyp', 'mp42'), box('moov', box('mvhd'))])],
		['has no index', () => Buffer.concat([box('ftyp', 'mp42'), box('mdat')])],
		['is nothing but the head of a WebM', () => builtMatroska().subarray(0, 20)],
		['has nothing but a box that says nothing', () => box('wide')],
		['ends in a box of its pictures', () => builtClip({}).subarray(0, -100)],
		[
			'ends in another index',
			() => Buffer.concat([builtClip({}), box('moov', Buffer.alloc(99)).subarray(0, 50)]),
		],
		[
			'ends behind the head of a fragment',
			() => {
				const whole = builtClip({ tracks: [film], fragments: [{ track: 1, samples: 5 }] });
				return whole.subarray(0, whole.indexOf('mdat') - 4);
			},
		],
		['is a WebM that ends before its announced end', () => builtMatroska().subarray(0, -1)],
	])('is detected when it %s', (_, made) => {
		expect(readVideo(made()).isCut).toBe(true);
	});

	it('lacks as many bytes as are missing', () => {
		const whole = builtClip({ mediaBytes: 200_000 });
		for (const missing of [1, 1_500, 190_000]) {
			const { lacks } = readVideo(whole.subarray(0, -missing));
			expect(lacks).toBe(`${megabytes(missing)} of it are missing`);
		}
	});

	it('is complete if the tables end within the file, whatever size the media box declares', async () => {
		const sound = await soundClip();
		for (const whole of [sound, fixture('plain.mov'), fixture('turned.mp4')]) {
			const mdat = [...boxesIn(whole)].at(-1);
			if (mdat?.type !== 'mdat') continue;
			for (const more of [8, 100_000]) {
				const wrong = Buffer.from(whole);
				wrong.writeUInt32BE(mdat.size + more, mdat.end - mdat.size);
				expect(readVideo(wrong)).toMatchObject({ isCut: false, hasSound: true });
			}
		}
	});

	it('is complete if its media is in a box of another name', () => {
		for (const name of ['medi', '-\0\0\xff']) {
			const renamed = Buffer.from(fixture('plain.mp4'));
			renamed.write(name, renamed.indexOf('mdat'), 'latin1');
			expect(readVideo(renamed)).toMatchObject({ isCut: false, hasPicture: true, hasSound: true });
		}
	});

	it('is never said to lack what a broken index may contain', () => {
		const whole = builtClip({});
		const second = whole.lastIndexOf('trak', undefined, 'latin1') - 4;
		for (const size of [0, 7, 0x7fff_ffff]) {
			whole.writeUInt32BE(size, second);
			const clip = readVideo(whole);
			expect(clip).toMatchObject({ hasPicture: true });
			expect(clip.hasSound).not.toBe(false);
		}
	});
});

describe('a clip to create a character from', () => {
	it('is accepted with sound, picture, and the requested seconds', async () => {
		await checked(await soundClip());
		await checked(await quickTimeClip(), { start: 7, end: 10 });
		await checked(builtClip({ length: 2_960 }));
		await checked(fixture('silent.avi'));
	});

	const hundred = (name: string) => OTHER_FILES[name] ?? Buffer.alloc(0);
	it.each<[string, () => Promise<Buffer> | Buffer, RegExp]>([
		['has no sound', silentClip, /no sound.*silent clip/],
		['has no picture', pictureless, /no picture/],
		['is too short', () => builtClip({ length: 2_500 }), /"End Second" is 3.*only 2.5 seconds/],
		['is a whole film', () => builtClip({ length: 90_000 }), /90 seconds long.*about 15/],
		['is cut', async () => (await soundClip()).subarray(0, 9_000), /cut off or damaged/],
		['is an iPhone photo', () => hundred('a HEIC image'), /not a video/],
		['is sound only', () => builtClip({ brand: 'M4A ' }), /not a video/],
		['is silent, as a WebM', () => fixture('silent.webm'), /no sound/],
		['is a film, as a WebM', () => builtMatroska({ seconds: 60 }), /60 seconds long/],
		['is a broadcast', () => fixture('plain.m2t'), /is an MPEG-TS video.*MP4 and MOV/],
		['is a song', () => fixture('sound.mp3'), /is an MP3 sound file, not a video/],
		['is a web page', () => Buffer.from('<!doctype html>'), /is a web page, not a video/],
		['is base64', () => Buffer.from(fixture('plain.mp4').toString('base64')), /base64/],
	])('is refused if it %s', async (_, bytes, words) => {
		const failure = (await checked(await bytes()).catch((error: unknown) => error)) as SoraFailure;
		expect(failure.category).toBe('invalid_input');
		expect(failure.headline).toContain(LABEL);
		expect(failure.headline).toMatch(words);
	});
});

describe('the sample clip', () => {
	it.each([
		['16:9', 4, 320, 4],
		['9:16', 15, 180, 15],
		['1:1', 7.5, 320, 8],
		['', undefined, 320, 10],
		['16:9', Number.NaN, 320, 10],
		['16:9', 1e9, 320, 600],
	])('of %s lasts %s seconds, according to its own boxes', (ratio, wished, width, seconds) => {
		const { content, height, ...said } = sampleClip(ratio, wished);
		expect(said).toEqual({ width, seconds });
		expect(readVideo(content)).toEqual({
			mimeType: 'video/mp4',
			isCut: false,
			width,
			height,
			hasPicture: true,
			hasSound: true,
			seconds: expect.closeTo(seconds * ((47 * 1024) / 48_000), 3),
		});
	});
});

describe('a crafted file', () => {
	const { parts, bytes } = VIDEO_LIMITS;
	const begun = (...inside: Buffer[]) => Buffer.concat([box('ftyp', 'mp42'), ...inside]);
	const endless = Buffer.from('1a45dfa3874282847765626d1853806701ffffffffffffff', 'hex');
	const most = 0xffff_ffff;
	const tables = [box('stsz', 0, 0, most), box('stsc', 0, 1, 1, most, 1), box('stco', 0, 1, 0)];
	const cutMedia = box('mdat', Buffer.alloc(500)).subarray(0, 100);
	it.each<[string, () => Buffer]>([
		['boxes', () => begun(Buffer.alloc(8 * (parts + 1), box('free')), cutMedia)],
		[
			'fragments',
			() => begun(box('moov', box('trak')), Buffer.alloc(8 * (parts + 1), box('moof'))),
		],
		['elements', () => Buffer.concat([endless, Buffer.alloc(2 * (parts + 1), 'ec80', 'hex')])],
		['samples', () => begun(box('moov', box('trak', ...tables)))],
		['tables', () => begun(box('moov', box('trak', box('tkhd', Buffer.alloc(bytes + 1)))))],
		[
			'levels',
			() => {
				const levels = 100_000;
				const nested = Buffer.alloc(8 * levels, box('trak'));
				for (let at = 0; at < nested.length; at += 8) nested.writeUInt32BE(nested.length - at, at);
				return begun(box('moov', nested), box('mdat'));
			},
		],
	])('is left unknown if it has more %s than any real one', (_, made) => {
		expect(readVideo(made())).toEqual({ mimeType: expect.any(String), isCut: false });
	});

	it('is not kept if it is only skipped', () => {
		const reader = videoReader(fileKind(box('moov')));
		const chunk = Buffer.alloc(1024 * 1024);
		const before = process.memoryUsage().arrayBuffers;
		reader?.push(Buffer.from('\x7f\xff\xff\xffmoov\x7f\xff\xff\xf0free', 'latin1'));
		for (let part = 0; part < 64; part++) reader?.push(chunk);
		expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(48 * 1024 * 1024);
		expect(reader?.end().lacks).toMatch(/missing/);
	});
});
