import fc from 'fast-check';

import { FILE_KINDS, fileKind } from '../../nodes/Sora/media/fileKind';
import { endingOf, sentAs } from '../../nodes/Sora/media/sentAs';
import { FIXTURES, fixture } from '../files/fixtures';

const OCTETS = 'application/octet-stream';
const named = (name: string, mimeType: string, content: Buffer) =>
	sentAs({ name, mimeType }, fileKind(content));

describe('the name and type under which a file is sent', () => {
	it.each<[string, string, string, string, string]>([
		['IMG_1.HEIC', 'image/heic', 'photo.jpg', 'IMG_1.jpg', 'image/jpeg'],
		['IMG_1.JPG', 'image/jpg', 'photo.jpg', 'IMG_1.JPG', 'image/jpeg'],
		['photo.jpeg', 'image/jpeg', 'photo.jpg', 'photo.jpeg', 'image/jpeg'],
		['image-1', OCTETS, 'photo.png', 'image-1.png', 'image/png'],
		['download', OCTETS, 'plain.mp4', 'download.mp4', 'video/mp4'],
		['file', OCTETS, 'lossy.webp', 'file.webp', 'image/webp'],
		['clip.mp4', 'video/mp4', 'plain.webm', 'clip.webm', 'video/webm'],
		['clip.mp4', 'video/mp4', 'plain.mov', 'clip.mov', 'video/quicktime'],
		['clip.m4v', 'video/x-m4v', 'plain.mp4', 'clip.m4v', 'video/mp4'],
		['clip.tmp', '', 'plain.mkv', 'clip.mkv', 'video/x-matroska'],
		['Küche v1.2', OCTETS, 'photo.jpg', 'Küche v1.2.jpg', 'image/jpeg'],
		['.png', OCTETS, 'photo.png', 'file.png', 'image/png'],
		['a.b.c.gif', 'image/gif', 'photo.png', 'a.b.c.png', 'image/png'],
		['voice.webm', 'audio/webm', 'plain.webm', 'voice.webm', 'audio/webm'],
		['voice.m4a', 'audio/x-m4a', 'sound.m4a', 'voice.m4a', 'audio/mp4'],
		['raw.dng', 'image/x-adobe-dng', 'photo.tif', 'raw.dng', 'image/x-adobe-dng'],
		['scan', OCTETS, 'photo.tif', 'scan.tif', 'image/tiff'],
	])('%s, said to be %s, with the content of %s', (name, mimeType, content, as, type) => {
		expect(named(name, mimeType, fixture(content))).toEqual({ name: as, mimeType: type });
	});

	it.each([
		['заметка.txt', 'text/plain', 'Any file at all', 'заметка.txt', 'text/plain'],
		['table.csv', 'text/csv', 'a,b\n1,2', 'table.csv', 'text/csv'],
		['letter.docx', 'application/vnd.docx', 'PK\x03\x04', 'letter.docx', 'application/vnd.docx'],
		['letter.docx', OCTETS, 'PK\x03\x04', 'letter.docx', 'application/zip'],
		['data', OCTETS, '{"a":1}', 'data.json', 'application/json'],
		['words.srt', 'text/plain', '1\n00:00', 'words.srt', 'text/plain'],
	])('is its own where the content may be many things: %s', (name, mimeType, text, as, type) => {
		expect(named(name, mimeType, Buffer.from(text))).toEqual({ name: as, mimeType: type });
	});

	it('is its own where nothing is known of the content', () => {
		const unknown = Buffer.from([0x9c, 0x01, 0, 0x13, 0x88, 0xb1]);
		expect(named('model.glb', 'model/gltf', unknown)).toEqual({
			name: 'model.glb',
			mimeType: 'model/gltf',
		});
	});

	it('is not as long as a host may not bear, and keeps its ending', () => {
		const { name } = named(`${'😀'.repeat(400)}.mp4`, OCTETS, fixture('plain.mp4'));
		expect(name).toBe(`${'😀'.repeat(150)}.mp4`);
	});

	it('never lies about content that is known for sure, whatever the file was called', () => {
		const sure = FIXTURES.filter((name) => !fileKind(fixture(name))?.isGeneric);
		fc.assert(
			fc.property(fc.string(), fc.string(), fc.constantFrom(...sure), (name, mimeType, content) => {
				const kind = fileKind(fixture(content));
				const sent = sentAs({ name, mimeType }, kind);
				const endings = [kind?.extension, ...(kind?.otherExtensions ?? [])];
				expect(endings).toContain(endingOf(sent.name));
				expect(sent.mimeType).toBe(kind?.mimeType);
			}),
		);
	});

	it('stays as it is when it is given once more', () => {
		fc.assert(
			fc.property(fc.string(), fc.constantFrom(...FILE_KINDS), (name, kind) => {
				const once = sentAs({ name, mimeType: '' }, kind);
				expect(sentAs(once, kind)).toEqual(once);
			}),
		);
	});
});
