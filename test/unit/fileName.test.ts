import fc from 'fast-check';

import { videoFileName } from '../../nodes/Sora/media/fileName';

const TASK = 'video_7f0e6c1a';
const named = (requested: string) => videoFileName({ requested }, TASK, 'mp4');
const titled = (title: string) => videoFileName({ title }, TASK, 'mp4');

describe('the name of a video', () => {
	it.each([
		['A paper boat', 'a-paper-boat'],
		[
			'A snail mail carrier delivers letters by moonlight, tiny lantern',
			'a-snail-mail-carrier-delivers-letters-by',
		],
		['@783316a1d.diggyloade conducts @{cat.hat} an orchestra', 'conducts-an-orchestra'],
		['The cat’s “big” day: part 2!', 'the-cats-big-day-part-2'],
		['雨中的纸船，慢镜头', '雨中的纸船-慢镜头'],
		['Ein Schiffchen in der Straße', 'ein-schiffchen-in-der-straße'],
		['See https://example.com/a.png?x=1 and draw', 'see-and-draw'],
		[`${'long'.repeat(30)} word`, 'long'.repeat(10)],
	])('begins with the first words of its prompt: %s', (title, slug) => {
		expect(titled(title)).toBe(`${slug}_${TASK}.mp4`);
	});

	it.each(['', '   ', '!!!', '@cat.hat', '🦔🦔'])(
		'is that of its task if the words say nothing: "%s"',
		(title) => {
			expect(titled(title)).toBe(`${TASK}.mp4`);
		},
	);

	it('has a number if a task made several', () => {
		const second = { requested: 'Boat', number: 2 };
		expect(videoFileName(second, TASK, 'mp4')).toBe('Boat_2.mp4');
		expect(videoFileName({ ...second, number: 1 }, TASK, 'mp4')).toBe('Boat.mp4');
	});

	it('leaves out a task ID that cannot be part of a file name', () => {
		expect(videoFileName({}, 'sora-2:task_01/k6', 'webm')).toBe('sora-2_task_01_k6.webm');
	});

	it.each([
		['Monday post', 'Monday post.mp4'],
		['clip.mp4', 'clip.mp4'],
		['clip.MOV', 'clip.mp4'],
		['clip v1.2', 'clip v1.2.mp4'],
		['report.pdf', 'report.pdf.mp4'],
		['Ünïcode – ok', 'Ünïcode – ok.mp4'],
		['videos/monday/clip', 'videos-monday-clip.mp4'],
		['../../etc/passwd', 'etc-passwd.mp4'],
		['C:\\Users\\me\\clip', 'C-Users-me-clip.mp4'],
		['.hidden', 'hidden.mp4'],
		['-rf', 'rf.mp4'],
		['two\nlines', 'two lines.mp4'],
		['a\u0000b', 'a b.mp4'],
		['txt\u202e4pm', 'txt4pm.mp4'],
		['CON', '_CON.mp4'],
		['lpt1.clip', '_lpt1.clip.mp4'],
		['what? "this" <that>', 'what-this-that.mp4'],
		['ends with dots...', 'ends with dots.mp4'],
	])('is the requested one, as far as possible: %j', (requested, name) => {
		expect(named(requested)).toBe(name);
	});

	it.each(['', ' ', '...', '///', '.mp4', '\u202e'])(
		'ignores a request that is no name: %j',
		(requested) => {
			expect(videoFileName({ requested, title: 'A boat' }, TASK, 'mp4')).toBe(`a-boat_${TASK}.mp4`);
		},
	);

	it('can be stored, whatever was requested', () => {
		const text = fc.oneof(
			fc.string(),
			fc.string({ unit: 'grapheme' }),
			fc.string({ unit: 'binary' }),
			fc.constantFrom('长'.repeat(900), 'x/'.repeat(900), '.'.repeat(900), 'nul', 'aux.mp4'),
		);
		fc.assert(
			fc.property(
				text,
				text,
				text,
				fc.constantFrom('mp4', 'webm', 'mov'),
				(requested, title, taskId, extension) => {
					const name = videoFileName({ requested, title }, taskId || 'x', extension);
					expect(name.endsWith(`.${extension}`)).toBe(true);
					expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
					expect(name).toMatch(/^[^\s.-][^\\/<>:"|?*\p{Cc}\p{Cf}\p{Cs}]*$/u);
					expect(name).not.toMatch(/^(?:con|prn|aux|nul|com\d|lpt\d)\./i);
				},
			),
			{ numRuns: 300 },
		);
	});
});
