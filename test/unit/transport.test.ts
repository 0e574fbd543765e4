/* eslint-disable @n8n/community-nodes/no-restricted-imports -- makes streams, never inside n8n */
import { Readable } from 'node:stream';

import { textOf } from '../../nodes/Sora/gateway/body';
import type { Gateway } from '../../nodes/Sora/gateway/credential';
import { callGateway, Ending } from '../../nodes/Sora/gateway/transport';
import { rejection } from './builders';

describe('a body', () => {
	it('is read up to its limit and not a chunk further, then ended', async () => {
		let made = 0;
		function* chunks() {
			for (;;) yield Buffer.alloc(1_000, String(made++));
		}
		const endless = Readable.from(chunks(), { objectMode: false, highWaterMark: 1_000 });
		const { text, isCut } = await textOf(endless, 10_000);
		expect([text.length, isCut]).toEqual([10_000, true]);
		expect(made).toBeLessThan(16);
		expect(endless.destroyed).toBe(true);
	});

	const gbk = Buffer.from([0xd3, 0xe0, 0xb6, 0xee, 0xb2, 0xbb, 0xd7, 0xe3]);

	it.each<[string, unknown, string, string?]>([
		['a stream', Readable.from([Buffer.from('\ufeff{"a"'), Buffer.from(':1}')]), '{"a":1}'],
		['a text', '\ufeff{"a":1}', '{"a":1}'],
		['bytes', Buffer.from('{"a":1}'), '{"a":1}'],
		['what n8n read already', { a: 1 }, '{"a":1}'],
		['nothing', undefined, ''],
		['a stream of nothing', Readable.from([]), ''],
		['UTF-8 that is called Latin 1', Buffer.from('余额不足'), '余额不足', 'x; charset=latin1'],
		['GBK that says so', gbk, '余额不足', 'text/html;charset="GBK"'],
		['UTF-16', Buffer.from('{"id":1}', 'utf16le'), '{"id":1}', 'application/json'],
		['UTF-16 that says so', Buffer.from('余额', 'utf16le'), '余额', 'x; charset=UTF-16'],
		['of no known characters', Buffer.from([0x7b, 0xff]), '{\ufffd', 'x; charset=none-such'],
	])('is read completely if it is %s', async (_, body, text, contentType = '') =>
		expect(await textOf(body, 100, contentType)).toEqual({ text, isCut: false }),
	);

	it('that breaks off returns what had arrived, and why no more did', async () => {
		async function* chunks() {
			yield Buffer.from('{');
			throw new Error('cut');
		}
		const outcome = await textOf(Readable.from(chunks()), 100);
		expect(outcome).toEqual({ text: '{', isCut: false, lost: new Error('cut') });
	});
});

describe('an ending', () => {
	it('aborts with another signal, and is not late then', () => {
		const other = new AbortController();
		const ending = new Ending(60_000, other.signal);
		expect(ending.signal.aborted).toBe(false);
		other.abort();
		expect([ending.signal.aborted, ending.isLate]).toEqual([true, false]);
		expect(new Ending(60_000, other.signal).signal.aborted).toBe(true);
	});

	it('aborts when time is up, unless it has aborted or its limit was dropped', async () => {
		const [late, over, free] = [new Ending(1), new Ending(1), new Ending(1)];
		over.end();
		free.dropLimit();
		await new Promise((resolve) => late.signal.addEventListener('abort', resolve));
		expect([late, over, free].map(({ isLate }) => isLate)).toEqual([true, false, false]);
		expect(free.signal.aborted).toBe(false);
	});
});

describe('a lost connection', () => {
	/** A call that n8n answers with this error. */
	async function failedCall(error: Error) {
		const httpRequestWithAuthentication = async () => await Promise.reject(error);
		const gateway: Partial<Gateway> = {
			context: { helpers: { httpRequestWithAuthentication } } as unknown as Gateway['context'],
			address: 'http://127.0.0.1:9',
		};
		const call = { path: '/x', timeoutMs: 1_000, body: {} };
		return await rejection(callGateway(gateway as Gateway, call));
	}

	// n8n-workflow 2.0 to 2.33: NodeApiError drops the cause, and keeps its code as `httpCode`.
	it.each([
		['ECONNREFUSED', 'unreachable'],
		['ENOTFOUND', 'unreachable'],
		['EPROTO', 'tls_failed'],
		['ECONNRESET', 'gateway_silent'],
		['502', 'gateway_silent'],
	])('is understood even if an older n8n keeps only its code: %s', async (httpCode, category) => {
		const error = Object.assign(new Error('The service refused the connection'), { httpCode });
		expect(await failedCall(error)).toMatchObject({ category });
	});

	it('that is n8n’s own fault is described in its words', async () => {
		const error = new Error('No bridge acquired for this context');
		const detail = 'n8n reports "No bridge acquired for this context"';
		expect(await failedCall(error)).toMatchObject({ facts: { detail } });
	});
});
