/** Video files for tests, made of the stand-in's clips, and boxes to build others of. */
import { clip } from '../simulator/clips';

export function box(type: string, ...content: Buffer[]): Buffer {
	const inside = Buffer.concat(content);
	const header = Buffer.alloc(8);
	header.writeUInt32BE(inside.length + 8);
	header.write(type, 4, 'latin1');
	return Buffer.concat([header, inside]);
}

/** Ten seconds with picture and sound. */
export const soundClip = async () => await clip(false, 10);

/** Where a track of the movie begins, by the handler that it names. */
function trackAt(bytes: Buffer, handler: string): number {
	const at = bytes.indexOf(`hdlr\0\0\0\0\0\0\0\0${handler}`, 0, 'latin1');
	return bytes.lastIndexOf('trak', at, 'latin1');
}

/** The same clip with a track turned into free space, so that nothing moves. */
async function withoutTrack(handler: string): Promise<Buffer> {
	const bytes = Buffer.from(await soundClip());
	bytes.write('free', trackAt(bytes, handler), 'latin1');
	return bytes;
}

export const silentClip = async () => await withoutTrack('soun');
export const pictureless = async () => await withoutTrack('vide');

/** The same clip as a phone or camera of Apple's names it. */
export async function quickTimeClip(): Promise<Buffer> {
	const bytes = Buffer.from(await soundClip());
	bytes.write('qt  ', 8, 'latin1');
	return bytes;
}

const uint32s = (...values: number[]) => {
	const bytes = Buffer.alloc(values.length * 4);
	values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4));
	return bytes;
};

export interface Track {
	kind: 'vide' | 'soun';
	/** Milliseconds; 0 for a track that holds nothing. */
	length?: number;
}

/** An MP4 whose boxes say what the arguments say; its media is nothing. */
export function builtClip({
	brand = 'mp42',
	length = 5_000,
	tracks = [{ kind: 'vide' }, { kind: 'soun' }],
	fragmentedLength,
	wide = false,
}: {
	brand?: string;
	/** Milliseconds. */
	length?: number;
	tracks?: Track[];
	/** Milliseconds: makes a file whose pictures come in fragments. */
	fragmentedLength?: number;
	/** Writes lengths in 64 bits. */
	wide?: boolean;
}): Buffer {
	const timed = (type: string, milliseconds: number) =>
		wide
			? box(type, uint32s(0x0100_0000, 0, 0, 0, 0, 1_000, 0, milliseconds))
			: box(type, uint32s(0, 0, 0, 1_000, milliseconds));
	const traks = tracks.map(({ kind, length: own = length }) =>
		box(
			'trak',
			box(
				'mdia',
				timed('mdhd', own),
				box('hdlr', uint32s(0, 0), Buffer.from(kind, 'latin1'), Buffer.alloc(13)),
			),
		),
	);
	const fragments =
		fragmentedLength === undefined ? [] : [box('mvex', box('mehd', uint32s(0, fragmentedLength)))];
	return Buffer.concat([
		box('ftyp', Buffer.from(brand, 'latin1'), Buffer.alloc(4)),
		box('moov', timed('mvhd', length), ...traks, ...fragments),
		box('mdat', Buffer.alloc(2_000)),
	]);
}

/** The first bytes of containers whose inside is not read. */
export const OTHER_CONTAINERS: Readonly<Record<string, Buffer>> = {
	'video/webm': Buffer.from('\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm', 'latin1'),
	'video/x-matroska': Buffer.from('\x1a\x45\xdf\xa3\xa3\x42\x82\x88matroska', 'latin1'),
	'video/x-msvideo': Buffer.from('RIFF\0\0\0\0AVI LIST', 'latin1'),
};
