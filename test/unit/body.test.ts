/* eslint-disable @n8n/community-nodes/no-restricted-imports -- makes streams, never inside n8n */
import { Readable } from 'node:stream';

import { textOf } from '../../nodes/Sora/gateway/body';
import { elapsed, Ending } from '../../nodes/Sora/gateway/transport';

describe('a body', () => {
	it('is read up to its limit and not a chunk further, and is ended then', async () => {
		let made = 0;
		const endless = Readable.from(
			(function* () {
				for (;;) {
					made++;
					yield Buffer.alloc(1_000, 'x');
				}
			})(),
			{ objectMode: false, highWaterMark: 1_000 },
		);
		const { text, isCut } = await textOf(endless, 10_000);
		expect([text.length, isCut]).toEqual([10_000, true]);
		expect(made).toBeLessThan(16);
		expect(endless.destroyed).toBe(true);
	});

	it.each([
		['a stream', Readable.from([Buffer.from('\ufeff{"a"'), Buffer.from(':1}')])],
		['a text', '\ufeff{"a":1}'],
		['bytes', Buffer.from('{"a":1}')],
		['what n8n read already', { a: 1 }],
	])('is read whole where it is %s', async (_, body) => {
		expect(await textOf(body, 100)).toEqual({ text: '{"a":1}', isCut: false });
	});

	it('of no bytes is an empty text', async () => {
		expect(await textOf(undefined, 100)).toEqual({ text: '', isCut: false });
		expect(await textOf(Readable.from([]), 100)).toEqual({ text: '', isCut: false });
	});

	it('that breaks off gives what had come, and why no more did', async () => {
		const broken = Readable.from(
			(async function* () {
				yield Buffer.from('{');
				throw new Error('cut');
			})(),
		);
		expect(await textOf(broken, 100)).toEqual({ text: '{', isCut: false, lost: new Error('cut') });
	});
});

describe('an ending', () => {
	it('comes with another signal, and says that it was not late', () => {
		const other = new AbortController();
		const ending = new Ending(60_000, undefined, other.signal);
		expect(ending.signal.aborted).toBe(false);
		other.abort();
		expect([ending.signal.aborted, ending.isLate]).toEqual([true, false]);
		expect(new Ending(60_000, other.signal).signal.aborted).toBe(true);
	});

	it('comes when time is up, unless it has come or its limit was dropped', async () => {
		const [late, over, free] = [new Ending(1), new Ending(1), new Ending(1)];
		over.end();
		free.dropLimit();
		await elapsed(60_000, late.signal);
		expect([late, over, free].map(({ isLate }) => isLate)).toEqual([true, false, false]);
		expect(free.signal.aborted).toBe(false);
	});
});
