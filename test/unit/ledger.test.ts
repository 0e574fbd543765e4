import fc from 'fast-check';

import { definingFields, type JsonRecord } from '../../nodes/Sora/gateway/contract';
import { digestOf, Ledger } from '../../nodes/Sora/tasks/ledger';
import { START } from './virtualClock';

const GATEWAY = 'https://gateway.example';
const body = { model: 'sora-2', prompt: 'a paper boat', duration: '10' };
const digest = digestOf(GATEWAY, body);
const other = digestOf(GATEWAY, { ...body, prompt: 'a paper bird' });
const purchase = { taskId: 'video_1', at: START };
const same = { purchase, changed: false };

const ledgerOf = (
	context: JsonRecord = {},
	{ run = 0, execution = 'execution-1', isTool = false, origin = '' } = {},
) =>
	new Ledger(context, {
		runIndex: run,
		executionId: execution,
		isTool,
		...(origin && { originOf: (itemIndex: number) => `${origin} of ${itemIndex}` }),
	});

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

describe('what defines a purchase', () => {
	const where = 'https://n8n.example/webhook-waiting/4711?signature=ab';

	it.each([
		['the notify hook', { notify_hook: where }],
		['a hook by another name', { webhookUrl: where, callback: where, notification_url: where }],
		['an address that resumes an execution, wherever it stands', { metadata: { to: where } }],
	])('leaves out %s', (_, fields) => {
		expect(definingFields({ ...body, ...fields })).toEqual(
			definingFields('metadata' in fields ? { ...body, metadata: {} } : body),
		);
	});

	it('keeps everything else, at every level', () => {
		fc.assert(
			fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
				fc.pre(!/call_?back|hook|notif|"__proto__"/i.test(JSON.stringify(value)));
				expect(JSON.stringify(definingFields({ prompt: value }))).toBe(
					JSON.stringify({ prompt: value }),
				);
			}),
		);
	});
});

describe('the ledger', () => {
	it('finds what was bought, after n8n stored and loaded it as well', () => {
		const context: JsonRecord = {};
		ledgerOf(context).slot(2, digest).complete(purchase);
		for (const again of [context, stored(context)]) {
			expect(ledgerOf(again, { execution: 'execution-2' }).slot(2, digest).find()).toStrictEqual(
				same,
			);
		}
	});

	it('finds a character that was created, whole', () => {
		const context: JsonRecord = {};
		const made = { character: { id: 'ch_1', mention: '@a.cat', permalink: null }, at: START };
		ledgerOf(context).slot(2, digest).complete(made);
		const again = ledgerOf(stored(context), { execution: 'execution-2' });
		expect(again.slot(2, digest).find()).toStrictEqual({ purchase: made, changed: false });
	});

	it('is empty at first', () => {
		expect(ledgerOf().slot(0, digest).find()).toBeUndefined();
	});

	it.each([
		['another item', 0, 3],
		['another run', 1, 2],
	])('takes nothing up for %s', (_, run, item) => {
		const context: JsonRecord = {};
		ledgerOf(context).slot(2, digest).complete(purchase);
		expect(ledgerOf(context, { run }).slot(item, digest).find()).toBeUndefined();
	});

	it.each([
		['another request', other],
		['another gateway', digestOf('https://other.example', body)],
	])('takes nothing up for %s in another execution', (_, wanted) => {
		const context: JsonRecord = {};
		ledgerOf(context).slot(2, digest).complete(purchase);
		const again = ledgerOf(stored(context), { execution: 'execution-2' });
		expect(again.slot(2, wanted).find()).toBeUndefined();
	});

	it('takes up in another execution what was made from the same, though an expression gives another value', () => {
		const context: JsonRecord = {};
		ledgerOf(context, { origin: 'a' }).slot(2, digest).complete(purchase);
		const again = ledgerOf(stored(context), { execution: 'execution-2', origin: 'a' });
		expect(again.slot(2, other).isTaken).toBe(true);
		expect(again.slot(2, other).find()).toStrictEqual({ purchase, changed: true });
	});

	it.each([
		['what was made from something else', 'b', {}],
		['what was made from the same, and refused', 'a', { refused: true }],
		['what was made from the same, and is uncertain', 'a', { taskId: undefined }],
	])('does not take up in another execution %s', (_, origin, change) => {
		const context: JsonRecord = {};
		ledgerOf(context, { origin: 'a' }).slot(2, digest).complete(purchase);
		const { soraLedger } = stored(context) as { soraLedger: { entries: Record<string, object> } };
		Object.assign(Object.values(soraLedger.entries)[0] as object, change);
		const again = ledgerOf({ soraLedger }, { execution: 'execution-2', origin });
		expect(again.slot(2, other).isTaken).toBe(false);
		expect(again.slot(2, other).find()).toBeUndefined();
	});

	it('takes up by the request alone what a version wrote that knew of no origin', () => {
		const context: JsonRecord = {};
		ledgerOf(context).slot(2, digest).complete(purchase);
		const again = ledgerOf(stored(context), { execution: 'execution-2', origin: 'a' });
		expect(again.slot(2, other).find()).toBeUndefined();
		expect(again.slot(2, digest).find()).toStrictEqual(same);
	});

	it('takes up what stands in the slot in the same execution, whatever is asked for', () => {
		const context: JsonRecord = {};
		ledgerOf(context).slot(2, digest).complete(purchase);
		expect(ledgerOf(context).slot(2, other).find()).toStrictEqual({ purchase, changed: true });
	});

	it('holds no text of the prompt and nothing of the gateway', () => {
		fc.assert(
			fc.property(fc.string({ minLength: 6 }), (secret) => {
				fc.pre(/[^0-9a-f\s"\\]/.test(secret) && !JSON.stringify(purchase).includes(secret));
				const context: JsonRecord = {};
				const wanted = digestOf(GATEWAY, { ...body, prompt: secret });
				ledgerOf(context).slot(0, wanted).complete(purchase);
				const kept = JSON.stringify(context.soraLedger);
				const words =
					'version entries digest executionId execution-1 taskId at delivered refused 0:0';
				fc.pre(!words.includes(secret));
				expect(kept).not.toContain(secret);
				expect(kept).not.toContain('gateway.example');
			}),
		);
	});

	it('holds the newest purchase of an item', () => {
		const ledger = ledgerOf();
		ledger.slot(0, digest).complete(purchase);
		const newer = { taskId: 'video_2', at: START + 1 };
		ledger.slot(0, digest).complete(newer);
		expect(ledger.slot(0, digest).find()).toStrictEqual({ purchase: newer, changed: false });
	});

	it('forgets a task that failed, and no other', () => {
		const ledger = ledgerOf();
		ledger.slot(0, digest).complete(purchase);
		ledger.slot(1, digest).complete(purchase);
		ledger.slot(0, digest).discard();
		ledger.slot(7, digest).discard();
		expect(ledger.slot(0, digest).find()).toBeUndefined();
		expect(ledger.slot(1, digest).find()).toStrictEqual(same);
	});

	it('keeps a refused task for the same execution, so that it is not bought again', () => {
		const context: JsonRecord = {};
		const ledger = ledgerOf(context);
		ledger.slot(0, digest).complete(purchase);
		ledger.slot(0, digest).refuse();
		expect(ledger.slot(0, digest).find()).toStrictEqual(same);
		expect(ledgerOf(stored(context)).slot(0, digest).find()).toStrictEqual(same);
	});

	it('keeps a delivered task for the same execution: n8n may run the node once more', () => {
		const context: JsonRecord = {};
		const ledger = ledgerOf(context);
		ledger.slot(0, digest).complete(purchase);
		ledger.slot(0, digest).deliver();
		expect(ledgerOf(stored(context)).slot(0, digest).find()).toStrictEqual(same);
	});

	it('lets another execution buy a refused task anew', () => {
		const context: JsonRecord = {};
		const first = ledgerOf(context);
		first.slot(0, digest).complete(purchase);
		first.slot(0, digest).refuse();
		const second = ledgerOf(stored(context), { execution: 'execution-2' });
		expect(second.slot(0, digest).find()).toBeUndefined();
		second.slot(0, digest).complete({ taskId: 'video_2', at: START + 1 });
		expect(second.slot(0, digest).find()).toMatchObject({ purchase: { taskId: 'video_2' } });
	});

	it('is uncertain of what was begun in the same execution, so that nothing is bought twice', () => {
		const context: JsonRecord = {};
		ledgerOf(context).slot(0, digest).begin(START);
		const again = ledgerOf(stored(context));
		expect(again.slot(0, digest).find()).toStrictEqual({ purchase: undefined, changed: false });
		expect(again.slot(0, other).find()).toStrictEqual({ purchase: undefined, changed: true });
		expect(again.slot(1, digest).find()).toBeUndefined();
	});

	it('lets another execution, which the user starts, buy what was only begun', () => {
		const context: JsonRecord = {};
		ledgerOf(context).slot(0, digest).begin(START);
		const again = ledgerOf(stored(context), { execution: 'execution-2' });
		expect(again.slot(0, digest).find()).toBeUndefined();
	});

	it('makes what another execution took up its own, whatever is asked for from then on', () => {
		const context: JsonRecord = {};
		ledgerOf(context).slot(0, digest).complete(purchase);
		ledgerOf(context, { execution: 'execution-2' }).slot(0, digest).find();
		const tryAgain = ledgerOf(context, { execution: 'execution-2' });
		expect(tryAgain.slot(0, other).find()).toStrictEqual({ purchase, changed: true });
	});

	it('trusts a task ID more than an older beginning', () => {
		const ledger = ledgerOf();
		ledger.slot(0, digest).begin(START);
		ledger.slot(0, digest).complete(purchase);
		expect(ledger.slot(0, digest).find()).toStrictEqual(same);
	});

	it('refuses nothing that was never bought', () => {
		const ledger = ledgerOf();
		ledger.slot(0, digest).refuse();
		ledger.slot(0, digest).deliver();
		expect(ledger.slot(0, digest).find()).toBeUndefined();
	});

	it('leaves the rest of the context alone, and carries a version', () => {
		const context: JsonRecord = { other: 1 };
		ledgerOf(context).slot(0, digest).complete(purchase);
		expect(context).toMatchObject({ other: 1, soraLedger: { version: 2 } });
	});

	it.each([
		null,
		7,
		'a ledger',
		[],
		{},
		{ version: 1 },
		{ entries: null },
		{ entries: [] },
		{ entries: { '0:0': null } },
		{ entries: { '0:0': 'x' } },
		{ entries: { '0:0': { digest, taskId: 7, at: 'x' } } },
	])('goes on where it finds %j', (found) => {
		const ledger = ledgerOf({ soraLedger: found });
		expect(ledger.slot(0, digest).find()).toBeUndefined();
		ledger.slot(0, digest).complete(purchase);
		expect(ledger.slot(0, digest).find()).toStrictEqual(same);
	});

	it('reads anything that may stand in a context without an error', () => {
		fc.assert(
			fc.property(fc.jsonValue(), fc.jsonValue(), (found, entry) => {
				for (const soraLedger of [found, { version: 9, entries: { '0:0': entry } }]) {
					const ledger = ledgerOf(structuredClone({ soraLedger }) as JsonRecord);
					ledger.slot(0, digest).find();
					ledger.slot(0, digest).begin(START);
					expect(ledger.slot(0, digest).find()).toEqual({ purchase: undefined, changed: false });
				}
			}),
		);
	});

	describe('of a tool', () => {
		const call = (context: JsonRecord, run: number, execution = 'execution-1') =>
			ledgerOf(context, { run, execution, isTool: true });

		it('takes an equal call up, whatever its run index, until it was delivered', () => {
			const context: JsonRecord = {};
			call(context, 0).slot(0, digest).complete(purchase);
			expect(call(context, 1).slot(0, digest).find()).toStrictEqual(same);
			call(context, 0).slot(0, digest).deliver();
			expect(call(context, 2).slot(0, digest).find()).toBeUndefined();
		});

		it('is uncertain of an equal call that was begun', () => {
			const context: JsonRecord = {};
			call(context, 0).slot(0, digest).begin(START);
			expect(call(context, 1).slot(0, digest).find()).toStrictEqual({
				purchase: undefined,
				changed: false,
			});
		});

		it('takes a refused call up, so that it is not bought again', () => {
			const context: JsonRecord = {};
			const first = call(context, 0);
			first.slot(0, digest).complete(purchase);
			first.slot(0, digest).refuse();
			expect(call(context, 1).slot(0, digest).find()).toStrictEqual(same);
		});

		it('buys for another call, also where both have one run index', () => {
			const context: JsonRecord = {};
			call(context, 0).slot(0, digest).complete(purchase);
			expect(call(context, 0).slot(0, other).find()).toBeUndefined();
			call(context, 0).slot(0, other).begin(START);
			expect(call(context, 0).slot(0, digest).find()).toStrictEqual(same);
		});

		it('takes a delivered call up once in an execution that the user retries', () => {
			const context: JsonRecord = {};
			const first = call(context, 0);
			first.slot(0, digest).complete(purchase);
			first.slot(0, digest).deliver();
			const again = call(stored(context), 3, 'execution-2');
			expect(again.slot(0, digest).find()).toStrictEqual(same);
			again.slot(0, digest).deliver();
			expect(again.slot(0, digest).find()).toBeUndefined();
		});
	});
});
