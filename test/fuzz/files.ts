/**
 * Properties of every file parser, for valid, broken and malicious files. Each is a fast-check property, run briefly in
 * the tests and at length by hand.
 */
import fc from 'fast-check';

import { webUrlOf } from '../../nodes/Sora/actions/parameters';
import { SoraFailure } from '../../nodes/Sora/gateway/failures';
import { checkClip } from '../../nodes/Sora/media/clip';
import { dataUriContent } from '../../nodes/Sora/media/dataUri';
import { extensionOf, FILE_KINDS, fileKind, sentAs } from '../../nodes/Sora/media/fileKind';
import { checkedImage } from '../../nodes/Sora/media/imageFormat';
import { imageList } from '../../nodes/Sora/media/imageList';
import { box, chunk, element, readVideo } from '../files/clips';
import { FIXTURES, fixture } from '../files/fixtures';
import { outcomeOf } from './work';

const text = (bytes: Buffer) => bytes.toString('latin1');

type Parser = (bytes: Buffer) => unknown;

/** Every parser of bytes from foreign files. */
export const BINARY_PARSERS: Readonly<Record<string, Parser>> = {
	fileKind,
	readVideo: (bytes) => readVideo(bytes),
	checkedImage: (bytes) => checkedImage(bytes, fileKind(bytes), 'the file'),
	checkClip: async (bytes) =>
		await checkClip(new Blob([bytes]), fileKind(bytes), { start: 1, end: 3 }, 'the file'),
};

/** Every parser of foreign text. */
export const TEXT_PARSERS: Readonly<Record<string, Parser>> = {
	imageList: (bytes) => imageList(text(bytes), 'Images', webUrlOf),
	'dataUriContent, base64': (bytes) => dataUriContent(`data:;base64,${text(bytes)}`),
	'dataUriContent, percent': (bytes) => dataUriContent(`data:,${text(bytes)}`),
	extensionOf: (bytes) => extensionOf(text(bytes)),
	sentAs: (bytes) => sentAs({ name: text(bytes), mimeType: text(bytes) }, FILE_KINDS[0]),
};

/** What malicious texts repeat. */
export const TEXT_REPETITIONS: readonly Buffer[] = [
	...['<!---->', '<!--', '<?xml ', '<?', '<!DOCTYPE [', '<!DOCTYPE >', '<', ' ', '\n', ',', ', '],
	...[', h', '%', '%41', '%4', '&', '.', '.a', 'a', 'Aa0', '=', '; ', ';base64', 'data:', 'data:,'],
	...[' data:a', ',https:', 'https:', '{', '[', '/', '\0', '\xff', 'é', '😀'],
].map((characters) => Buffer.from(characters));

/** What malicious files repeat. */
export const BINARY_REPETITIONS: readonly Buffer[] = [
	...['<!---->', '\0', '\xff', '\xff\0', 'G', ' ', '\xff\xfe\0\x02', '\xff\xe0\0\0', '\xff\xd8'],
	...['JUNK\0\0\0\0', '\xec\x80', '\xa3\x84\x81\0\x01\0', '\xe7\x81\x01', '\xae\x80'],
	...['\x83\x81\x01', '\xae\x83\x83\x81\x01', '\0\0\0\x08', '\0\0\x01\0', 'mif1', '\x80theora'],
	...['free', 'moov', 'trak', 'moof', 'ftyp', 'uuid'].map((type) => box(type)),
	box('trak', box('tkhd', Buffer.alloc(84)), box('mdia', box('hdlr', Buffer.alloc(12)))),
	box('traf', box('tfhd', 0, 0), box('trun', 0x100, 1)),
	box('moof', box('traf', box('tfhd', 0, 1), box('trun'))),
].map((token) => (typeof token === 'string' ? Buffer.from(token, 'latin1') : token));

const EBML_HEADER = Buffer.from('1a45dfa380', 'hex');
const ENDLESS_SEGMENT = Buffer.from('1853806701ffffffffffffff', 'hex');
const FTYP = box('ftyp', 'mp42', 0);
const INDEX = box('moov', box('mvex'), box('trak', box('tkhd', 1, 1, 1, 1, 1)));

const behind =
	(...parts: Buffer[]) =>
	(inside: Buffer) =>
		Buffer.concat([...parts, inside]);
/** @param types of the boxes around it, the outermost first */
const within = (start: Buffer[], ...types: string[]) => {
	const around = (inside: Buffer) =>
		types.reduceRight((content, type) => box(type, content), inside);
	return (inside: Buffer) => Buffer.concat([...start, around(inside)]);
};

/** How files start around the repetitions, so that parsers enter them. */
export const SURROUNDINGS: Readonly<Record<string, (inside: Buffer) => Buffer>> = {
	outermost: behind(FTYP),
	'behind an index': behind(FTYP, INDEX),
	'in an index': within([FTYP], 'moov'),
	'in a track': within([FTYP], 'moov', 'trak'),
	'in an edit list': within([FTYP], 'moov', 'trak', 'edts', 'elst'),
	'in sample tables': within([FTYP], 'moov', 'trak', 'mdia', 'minf', 'stbl'),
	'in a fragment': within([FTYP, INDEX], 'moof'),
	'in a track of a fragment': within([FTYP, INDEX], 'moof', 'traf'),
	'in a brand list': within([], 'ftyp'),
	'in an EBML header': (inside) => element(0x1a45dfa3, inside),
	'in a segment': behind(EBML_HEADER, ENDLESS_SEGMENT),
	'in the tracks of a segment': (inside) =>
		behind(EBML_HEADER, ENDLESS_SEGMENT)(element(0x1654ae6b, inside)),
	'in a WebP': (inside) => chunk('RIFF', Buffer.from('WEBP'), inside),
	'in a PNG': behind(Buffer.from('89504e470d0a1a0a', 'hex')),
	'in a JPEG': behind(Buffer.from('ffd8ffe00002', 'hex')),
};

/** How texts start before the repetitions. */
export const BEGINNINGS: readonly string[] = [
	'',
	'<?xml version="1.0"?>',
	'<!DOCTYPE svg [',
	'data:image/png;base64,',
	'data:image/png,',
	'https://a.example/',
	'file.',
];

/** As many as fit. */
export const repeated = (token: Buffer, bytes: number) => Buffer.alloc(bytes, token);

/** @returns the parser's result, or the failure that it throws */
async function outcome(parse: Parser, bytes: Buffer): Promise<unknown> {
	let refusal: unknown;
	const found = await outcomeOf(parse, bytes, (error) => {
		refusal = error;
		return error instanceof SoraFailure && error.category === 'invalid_input';
	});
	return refusal ?? found;
}

const parser = fc.constantFrom(...Object.values({ ...BINARY_PARSERS, ...TEXT_PARSERS }));

/** Nearly valid files. */
const brokenFile = fc
	.tuple(
		fc.constantFrom(...FIXTURES).map((name) => fixture(name)),
		fc.array(
			fc.record({
				how: fc.constantFrom('flip', 'cut', 'insert', 'repeat', 'number' as const),
				at: fc.nat(),
				value: fc.nat(0xffff_ffff),
				bytes: fc.uint8Array({ maxLength: 40 }),
			}),
			{ maxLength: 8 },
		),
	)
	.map(([whole, changes]) =>
		changes.reduce<Buffer>((file, { how, at: anywhere, value, bytes }) => {
			// Most of what matters is near the start.
			const at = file.length ? anywhere % Math.min(file.length, value % 2 ? 600 : file.length) : 0;
			const [before, after] = [file.subarray(0, at), file.subarray(at)];
			if (how === 'cut') return before.length > 40 ? before : file;
			if (how === 'insert') return Buffer.concat([before, bytes, after]);
			if (how === 'repeat') return Buffer.concat([before, after.subarray(0, 64), after]);
			const changed = Buffer.from(file);
			if (how === 'flip' && at < changed.length) changed[at] = value & 0xff;
			if (how === 'number' && at + 4 <= changed.length) changed.writeUInt32BE(value, at);
			return changed;
		}, whole),
	);

/** Files of nothing but nested repetitions. */
const repetitiveFile = fc
	.tuple(
		fc.constantFrom(...Object.values(SURROUNDINGS)),
		fc.array(fc.tuple(fc.constantFrom(...BINARY_REPETITIONS, ...TEXT_REPETITIONS), fc.nat(20)), {
			maxLength: 20,
		}),
	)
	.map(([surround, parts]) =>
		surround(Buffer.concat(parts.map(([token, times]) => repeated(token, token.length * times)))),
	);

const anyFile = fc.oneof(
	{ weight: 4, arbitrary: brokenFile },
	{ weight: 3, arbitrary: repetitiveFile },
	{ weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)) },
);

export const FILE_PROPERTIES = {
	'every parser gives an answer or a refusal of any file': fc.asyncProperty(
		parser,
		anyFile,
		async (parse, file) => void (await outcome(parse, file)),
	),
	'a refusal is short and names the file': fc.asyncProperty(anyFile, async (file) => {
		for (const name of ['checkedImage', 'checkClip']) {
			const failure = await outcome(BINARY_PARSERS[name] ?? String, file);
			if (!(failure instanceof SoraFailure)) continue;
			if (!failure.headline.includes('the file') || failure.headline.length > 300) {
				throw new Error(failure.headline);
			}
		}
	}),
	'a clip has a length that can be, or none': fc.asyncProperty(anyFile, async (file) => {
		const { seconds = 1 } = readVideo(file);
		if (!(seconds > 0 && seconds < Infinity)) throw new Error(String(seconds));
	}),
	'what is found in a file does not depend on its chunks': fc.asyncProperty(
		anyFile,
		fc.integer({ min: 1, max: 500 }),
		async (file, chunkBytes) => {
			const length = file.length / chunkBytes;
			const ends = Array.from({ length }, (_, index) => index * chunkBytes);
			const found = JSON.stringify(readVideo(file, ends));
			if (found !== JSON.stringify(readVideo(file))) throw new Error(found);
		},
	),
} as const;
