import fc from 'fast-check';

import type { JsonRecord } from '../../nodes/Sora/gateway/contract';
import { digestOf, Ledger } from '../../nodes/Sora/tasks/ledger';
import { START } from './virtualClock';

const GATEWAY = 'https://gateway.example';
const body = { model: 'sora-2', prompt: 'a paper boat', duration: '10' };
const digest = digestOf(GATEWAY, body);
const purchase = { taskId: 'video_1', at: START };

/** The same context after n8n stored the execution and loaded it again. */
const stored = (context: JsonRecord) => JSON.parse(JSON.stringify(context)) as JsonRecord;

describe('the digest of a request', () => {
	it('is the same for the same request', () => {
		expect(digestOf(GATEWAY, { ...body })).toBe(digest);
		expect(digest).toMatch(/^[0-9a-f]{32}$/);
	});

	it.each([
		['prompt', GATEWAY, { ...body, prompt: 'a paper bird' }],
		['model', GATEWAY, { ...body, model: 'sora-2-pro' }],
		['field', GATEWAY, { ...body, seed: 1 }],
		['type of a field', GATEWAY, { ...body, duration: 10 }],
		['base URL', 'https://other.example', body],
	])('differs for another %s', (_, address, other) => {
		expect(digestOf(address, other)).not.toBe(digest);
	});

	it('differs for every two requests that differ', () => {
		fc.assert(
			fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
				const same = JSON.stringify(one) === JSON.stringify(other);
				const digests = [one, other].map((prompt) => digestOf(GATEWAY, { prompt }));
				expect(digests[0] === digests[1]).toBe(same);
			}),
		);
	});
});

describe('the ledger', () => {
	it('finds what was bought, after n8n stored and loaded it as well', () => {
		const context: JsonRecord = {};
		new Ledger(context, 0, 'execution-1').enter(2, digest, purchase);
		for (const again of [context, stored(context)]) {
			expect(new Ledger(again, 0, 'execution-2').find(2, digest)).toStrictEqual(purchase);
		}
	});

	it('finds a character that was created, whole', () => {
		const context: JsonRecord = {};
		const made = { character: { id: 'ch_1', mention: '@a.cat', permalink: null }, at: START };
		new Ledger(context, 0, 'execution-1').enter(2, digest, made);
		const again = new Ledger(stored(context), 0, 'execution-2');
		expect(again.find(2, digest)).toStrictEqual(made);
	});

	it('is empty at first', () => {
		expect(new Ledger({}, 0, 'execution-1').find(0, digest)).toBeUndefined();
	});

	it.each([
		['another item', 0, 3, digest],
		['another run', 1, 2, digest],
		['another request', 0, 2, digestOf(GATEWAY, { ...body, prompt: 'b' })],
		['another gateway', 0, 2, digestOf('https://other.example', body)],
	])('takes nothing up for %s', (_, run, item, wanted) => {
		const context: JsonRecord = {};
		new Ledger(context, 0, 'execution-1').enter(2, digest, purchase);
		expect(new Ledger(context, run, 'execution-1').find(item, wanted)).toBeUndefined();
	});

	it('holds no text of the prompt and nothing of the gateway', () => {
		fc.assert(
			fc.property(fc.string({ minLength: 6 }), (secret) => {
				fc.pre(/[^0-9a-f\s"\\]/.test(secret) && !JSON.stringify(purchase).includes(secret));
				const context: JsonRecord = {};
				const wanted = digestOf(GATEWAY, { ...body, prompt: secret });
				new Ledger(context, 0, 'execution-1').enter(0, wanted, purchase);
				const pages = JSON.stringify(context.soraLedger);
				const words = ['version', 'entries', 'digest', 'taskId', 'at', '0:0'].join(' ');
				fc.pre(!words.includes(secret));
				expect(pages).not.toContain(secret);
				expect(pages).not.toContain('gateway.example');
			}),
		);
	});

	it('holds the newest purchase of an item', () => {
		const ledger = new Ledger({}, 0, 'execution-1');
		ledger.enter(0, digest, purchase);
		ledger.enter(0, digest, { taskId: 'video_2', at: START + 1 });
		expect(ledger.find(0, digest)).toStrictEqual({ taskId: 'video_2', at: START + 1 });
	});

	it('forgets a task that failed, and no other', () => {
		const ledger = new Ledger({}, 0, 'execution-1');
		ledger.enter(0, digest, purchase);
		ledger.enter(1, digest, purchase);
		ledger.strike(0);
		ledger.strike(7);
		expect(ledger.find(0, digest)).toBeUndefined();
		expect(ledger.find(1, digest)).toStrictEqual(purchase);
	});

	it('keeps a refused task for the same execution, so that it is not bought again', () => {
		const context: JsonRecord = {};
		const ledger = new Ledger(context, 0, 'execution-1');
		ledger.enter(0, digest, purchase);
		ledger.refuse(0);
		expect(ledger.find(0, digest)).toStrictEqual(purchase);
		expect(new Ledger(stored(context), 0, 'execution-1').find(0, digest)).toStrictEqual(purchase);
	});

	it('lets another execution buy a refused task anew', () => {
		const context: JsonRecord = {};
		const first = new Ledger(context, 0, 'execution-1');
		first.enter(0, digest, purchase);
		first.refuse(0);
		const second = new Ledger(stored(context), 0, 'execution-2');
		expect(second.find(0, digest)).toBeUndefined();
		second.enter(0, digest, { taskId: 'video_2', at: START + 1 });
		expect(second.find(0, digest)).toMatchObject({ taskId: 'video_2' });
	});

	it('holds a doubt for the same execution, so that nothing is bought twice', () => {
		const context: JsonRecord = {};
		new Ledger(context, 0, 'execution-1').doubt(0, digest, START);
		const again = new Ledger(stored(context), 0, 'execution-1');
		expect(again.find(0, digest)).toBe('uncertain');
		expect(again.find(0, digestOf(GATEWAY, { ...body, prompt: 'b' }))).toBeUndefined();
		expect(again.find(1, digest)).toBeUndefined();
	});

	it('lets another execution, which the user starts, buy in spite of a doubt', () => {
		const context: JsonRecord = {};
		new Ledger(context, 0, 'execution-1').doubt(0, digest, START);
		expect(new Ledger(stored(context), 0, 'execution-2').find(0, digest)).toBeUndefined();
	});

	it('trusts a task ID more than an older doubt', () => {
		const ledger = new Ledger({}, 0, 'execution-1');
		ledger.doubt(0, digest, START);
		ledger.enter(0, digest, purchase);
		expect(ledger.find(0, digest)).toStrictEqual(purchase);
	});

	it('refuses nothing that was never bought', () => {
		const ledger = new Ledger({}, 0, 'execution-1');
		ledger.refuse(0);
		expect(ledger.find(0, digest)).toBeUndefined();
	});

	it('closes the pages of its own run only', () => {
		const context: JsonRecord = {};
		const runs = [1, 11, 2].map((run) => new Ledger(context, run, 'execution-1'));
		for (const ledger of runs) {
			ledger.enter(0, digest, purchase);
			ledger.enter(1, digest, purchase);
		}
		runs[0]?.close();
		expect(runs.map((ledger) => ledger.find(1, digest))).toStrictEqual([
			undefined,
			purchase,
			purchase,
		]);
	});

	it('carries a version, and reads no other', () => {
		const context: JsonRecord = { other: 1 };
		new Ledger(context, 0, 'execution-1').enter(0, digest, purchase);
		const pages = context.soraLedger as JsonRecord;
		expect(pages.version).toBe(1);
		expect(context.other).toBe(1);
		pages.version = 2;
		expect(new Ledger(context, 0, 'execution-1').find(0, digest)).toBeUndefined();
	});

	it.each([null, 7, 'pages', [], {}, { version: 1 }])('begins anew where it finds %j', (pages) => {
		const ledger = new Ledger({ soraLedger: pages }, 0, 'execution-1');
		expect(ledger.find(0, digest)).toBeUndefined();
		ledger.enter(0, digest, purchase);
		expect(ledger.find(0, digest)).toStrictEqual(purchase);
	});
});
