/* eslint-disable @n8n/community-nodes/no-restricted-globals -- measures the parsers, never inside n8n */
import { ByteFeed } from '../../nodes/Sora/media/byteFeed';
import { fileKind } from '../../nodes/Sora/media/fileKind';
import { CONTAINER_LIMITS, MP4_LIMITS } from '../../nodes/Sora/media/fileLimits';
import { readMatroska } from '../../nodes/Sora/media/matroska';
import { readMp4 } from '../../nodes/Sora/media/mp4File';
import { isThorough, tenthOf } from '../effort';
import { box, builtClip, element } from '../files/clips';
import {
	BEGINNINGS,
	BINARY_PARSERS,
	BINARY_REPETITIONS,
	repeated,
	SURROUNDINGS,
	TEXT_PARSERS,
	TEXT_REPETITIONS,
} from '../fuzz/files';
import { growth, MOST_GROWTH } from '../fuzz/work';

const MIB = 1024 * 1024;
const LARGEST = isThorough ? MIB : MIB / 4;

describe('every parser of files', () => {
	const begun = Object.fromEntries(
		BEGINNINGS.map((begin) => [
			begin,
			(inside: Buffer) => Buffer.concat([Buffer.from(begin), inside, Buffer.from('!')]),
		]),
	);

	it.each([
		...Object.entries(BINARY_PARSERS).map(
			([name, parse]) => [name, parse, BINARY_REPETITIONS, SURROUNDINGS] as const,
		),
		...Object.entries(TEXT_PARSERS).map(
			([name, parse]) => [name, parse, TEXT_REPETITIONS, begun] as const,
		),
	])(
		'%s takes about twice as long for twice the input, whatever repeats itself in it',
		async (_, parse, tokens, surroundings) => {
			const cases = tokens.flatMap((token) =>
				[(inside: Buffer) => inside, ...Object.values(surroundings)].map(
					(surround) => [token, surround] as const,
				),
			);
			for (const [token, surround] of tenthOf(cases)) {
				// What doubles with each of them would take a second for so few.
				const few = 26 * token.length;
				const made = (bytes: number) => surround(repeated(token, bytes));
				expect(await growth(parse, [few, LARGEST / 16, LARGEST], made)).toBeLessThan(MOST_GROWTH);
			}
		},
		120_000,
	);
});

describe('what is kept of a crafted file', () => {
	it.each([
		['boxes', readMp4, box('free'), Buffer.alloc(0)],
		['fragments', readMp4, box('moof'), box('moov', box('mvex'))],
		[
			'elements',
			readMatroska,
			Buffer.from('ec80', 'hex'),
			Buffer.from('1853806701ffffffffffffff', 'hex'),
		],
	])('is not known, where it has more %s than any true one', (_, parser, token, before) => {
		const feed = new ByteFeed(parser);
		feed.push(before);
		for (let part = 0; part < 20; part++) feed.push(repeated(token, 64 * 1024));
		feed.push(box('mdat', Buffer.alloc(500)).subarray(0, 100));
		expect(feed.end()).toMatchObject({ lacks: undefined, movie: {} });
	});

	it.each([
		['an index', readMp4, box('moov', Buffer.alloc(MP4_LIMITS.indexBytes + 1))],
		[
			'a fragment',
			readMp4,
			Buffer.concat([
				builtClip({ fragments: [] }),
				box('moof', Buffer.alloc(MP4_LIMITS.fragmentBytes + 1)),
			]),
		],
		[
			'tracks',
			readMatroska,
			element(0x18538067, element(0x1654ae6b, Buffer.alloc(CONTAINER_LIMITS.headerBytes + 1))),
		],
	])('is not %s longer than any true one', (_, parser, file) => {
		const feed = new ByteFeed(parser);
		feed.push(file);
		expect(feed.end()).toMatchObject({ lacks: undefined });
		expect(feed.end().movie?.seconds).toBeUndefined();
	});

	it('is nothing of a file that is only passed over', () => {
		const before = process.memoryUsage().arrayBuffers;
		const feed = new ByteFeed(readMp4);
		feed.push(Buffer.from('\x7f\xff\xff\xffmoov', 'latin1'));
		for (let part = 0; part < 64; part++) feed.push(Buffer.alloc(MIB));
		expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(80 * MIB);
		expect(feed.end().lacks).toBeGreaterThan(0);
	});

	it('is no more than its head, to tell what kind of file it is', () => {
		const head = Buffer.alloc(4096, '<!-- -->');
		expect(fileKind(Buffer.concat([head, Buffer.from('<svg/>')]))).toBe(fileKind(head));
	});
});
