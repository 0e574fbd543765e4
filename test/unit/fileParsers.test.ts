/* eslint-disable @n8n/community-nodes/no-restricted-globals -- measures the parsers, never inside n8n */
import { BlobReader } from '../../nodes/Sora/media/blobReader';
import { fileKind } from '../../nodes/Sora/media/fileKind';
import { CONTAINER_LIMITS, MP4_LIMITS } from '../../nodes/Sora/media/fileLimits';
import { readClip } from '../../nodes/Sora/media/clip';
import { BoxWalk } from '../../nodes/Sora/media/boxWalk';
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
			for (const token of tokens) {
				// What doubles with each of them would take a second for so few.
				const few = 26 * token.length;
				for (const [surround, largest] of [
					[(inside: Buffer) => inside, MIB] as const,
					...Object.values(surroundings).map((made) => [made, MIB / 4] as const),
				]) {
					const made = (bytes: number) => surround(repeated(token, bytes));
					expect(await growth(parse, [few, largest / 16, largest], made)).toBeLessThan(MOST_GROWTH);
				}
			}
		},
		120_000,
	);
});

describe('what is read of a crafted file', () => {
	/** Counts what is fetched. */
	class CountedBlob extends Blob {
		fetches = 0;
		fetchedBytes = 0;

		override slice(start = 0, end = this.size): Blob {
			this.fetches++;
			this.fetchedBytes += end - start;
			return super.slice(start, end);
		}
	}

	it.each([
		['outermost boxes', (bytes: number) => SURROUNDINGS.outermost?.(repeated(box('free'), bytes))],
		[
			'fragments',
			(bytes: number) => SURROUNDINGS['behind an index']?.(repeated(box('moof'), bytes)),
		],
		[
			'elements',
			(bytes: number) =>
				SURROUNDINGS['in a segment']?.(repeated(Buffer.from('ec80', 'hex'), bytes)),
		],
		[
			'chunks',
			(bytes: number) => SURROUNDINGS['in an AVI']?.(repeated(Buffer.from('JUNK\0\0\0\0'), bytes)),
		],
	])('is a few windows, however many %s it has, and it passes', async (_, made) => {
		const reads = async (bytes: number) => {
			const file = new CountedBlob([made(bytes) ?? '']);
			const clip = await readClip(file);
			expect(clip).toMatchObject({ mimeType: expect.stringMatching(/^video/) as string });
			expect(clip).toMatchObject({ seconds: undefined });
			return file;
		};
		const [one, two] = [await reads(MIB), await reads(2 * MIB)];
		expect(one.fetches).toBeLessThan(10);
		expect(two.fetchedBytes).toBeLessThanOrEqual(one.fetchedBytes);
	});

	it('is not the index where that is longer than any', async () => {
		const index = box('moov', Buffer.alloc(MP4_LIMITS.indexBytes + 1));
		const file = new CountedBlob([builtClip({}).subarray(0, 16), index]);
		expect(await readClip(file)).toEqual({ mimeType: 'video/mp4' });
		expect(file.fetchedBytes).toBeLessThan(MIB);
	});

	it('is not the tracks where their description is longer than any', async () => {
		const tracks = element(0x1654ae6b, Buffer.alloc(CONTAINER_LIMITS.headerBytes + 1));
		const file = new CountedBlob([Buffer.from('1a45dfa380', 'hex'), element(0x18538067, tracks)]);
		expect(await readClip(file)).toEqual({ mimeType: 'video/x-matroska' });
		expect(file.fetchedBytes).toBeLessThan(MIB);
	});

	it('is each window once, where a header stands at its edge too', async () => {
		const file = new CountedBlob([Buffer.alloc(200_000, 7)]);
		const reader = new BlobReader(file);
		for (let at = 0; at < file.size; at += 10) {
			expect((await reader.read(at, 16)).length).toBe(Math.min(16, file.size - at));
		}
		expect(file.fetches).toBeLessThan(8);
		expect(await reader.read(file.size + 5, 16)).toHaveLength(0);
	});

	it('is no more than its head, to tell what kind of file it is', () => {
		const head = Buffer.alloc(4096, '<!-- -->');
		expect(fileKind(Buffer.concat([head, Buffer.from('<svg/>')]))).toBe(fileKind(head));
	});
});

describe('the walk along a crafted file', () => {
	it('stops following after as many boxes as no file has, and then misses nothing', () => {
		const walk = new BoxWalk();
		for (let part = 0; part < 20; part++) walk.see(repeated(box('free'), 64 * 1024));
		walk.see(box('mdat', Buffer.alloc(500)).subarray(0, 100));
		expect(walk.missing).toBe(0);
		expect(walk.facts().seconds).toBeUndefined();
	});

	it('keeps no index that is longer than any', () => {
		const before = process.memoryUsage().arrayBuffers;
		const walk = new BoxWalk();
		const header = Buffer.from('\x7f\xff\xff\xffmoov', 'latin1');
		walk.see(header);
		for (let part = 0; part < 64; part++) walk.see(Buffer.alloc(MIB));
		expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(80 * MIB);
		expect(walk.missing).toBeGreaterThan(0);
	});
});
