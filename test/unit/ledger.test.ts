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
		ledgerOf(context).complete(2, digest, purchase);
		for (const again of [context, stored(context)]) {
			expect(ledgerOf(again, { execution: 'execution-2' }).find(2, digest)).toStrictEqual(same);
		}
	});

	it('finds a character that was created, whole', () => {
		const context: JsonRecord = {};
		const made = { character: { id: 'ch_1', mention: '@a.cat', permalink: null }, at: START };
		ledgerOf(context).complete(2, digest, made);
		const again = ledgerOf(stored(context), { execution: 'execution-2' });
		expect(again.find(2, digest)).toStrictEqual({ purchase: made, changed: false });
	});

	it('is empty at first', () => {
		expect(ledgerOf().find(0, digest)).toBeUndefined();
	});

	it.each([
		['another item', 0, 3],
		['another run', 1, 2],
	])('takes nothing up for %s', (_, run, item) => {
		const context: JsonRecord = {};
		ledgerOf(context).complete(2, digest, purchase);
		expect(ledgerOf(context, { run }).find(item, digest)).toBeUndefined();
	});

	it.each([
		['another request', other],
		['another gateway', digestOf('https://other.example', body)],
	])('takes nothing up for %s in another execution', (_, wanted) => {
		const context: JsonRecord = {};
		ledgerOf(context).complete(2, digest, purchase);
		const again = ledgerOf(stored(context), { execution: 'execution-2' });
		expect(again.find(2, wanted)).toBeUndefined();
	});

	it('takes up in another execution what was made from the same, though an expression gives another value', () => {
		const context: JsonRecord = {};
		ledgerOf(context, { origin: 'a' }).complete(2, digest, purchase);
		const again = ledgerOf(stored(context), { execution: 'execution-2', origin: 'a' });
		expect(again.has(2, other)).toBe(true);
		expect(again.find(2, other)).toStrictEqual({ purchase, changed: true });
	});

	it.each([
		['what was made from something else', 'b', {}],
		['what was made from the same, and refused', 'a', { refused: true }],
		['what was made from the same, and is uncertain', 'a', { taskId: undefined }],
	])('does not take up in another execution %s', (_, origin, change) => {
		const context: JsonRecord = {};
		ledgerOf(context, { origin: 'a' }).complete(2, digest, purchase);
		const { soraLedger } = stored(context) as { soraLedger: { entries: Record<string, object> } };
		Object.assign(Object.values(soraLedger.entries)[0] as object, change);
		const again = ledgerOf({ soraLedger }, { execution: 'execution-2', origin });
		expect(again.has(2, other)).toBe(false);
		expect(again.find(2, other)).toBeUndefined();
	});

	it('takes up by the request alone what a version wrote that knew of no origin', () => {
		const context: JsonRecord = {};
		ledgerOf(context).complete(2, digest, purchase);
		const again = ledgerOf(stored(context), { execution: 'execution-2', origin: 'a' });
		expect(again.find(2, other)).toBeUndefined();
		expect(again.find(2, digest)).toStrictEqual(same);
	});

	it('takes up what stands in the slot in the same execution, whatever is asked for', () => {
		const context: JsonRecord = {};
		ledgerOf(context).complete(2, digest, purchase);
		expect(ledgerOf(context).find(2, other)).toStrictEqual({ purchase, changed: true });
	});

	it('holds no text of the prompt and nothing of the gateway', () => {
		fc.assert(
			fc.property(fc.string({ minLength: 6 }), (secret) => {
				fc.pre(/[^0-9a-f\s"\\]/.test(secret) && !JSON.stringify(purchase).includes(secret));
				const context: JsonRecord = {};
				const wanted = digestOf(GATEWAY, { ...body, prompt: secret });
				ledgerOf(context).complete(0, wanted, purchase);
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
		ledger.complete(0, digest, purchase);
		const newer = { taskId: 'video_2', at: START + 1 };
		ledger.complete(0, digest, newer);
		expect(ledger.find(0, digest)).toStrictEqual({ purchase: newer, changed: false });
	});

	it('forgets a task that failed, and no other', () => {
		const ledger = ledgerOf();
		ledger.complete(0, digest, purchase);
		ledger.complete(1, digest, purchase);
		ledger.discard(0, digest);
		ledger.discard(7, digest);
		expect(ledger.find(0, digest)).toBeUndefined();
		expect(ledger.find(1, digest)).toStrictEqual(same);
	});

	it('keeps a refused task for the same execution, so that it is not bought again', () => {
		const context: JsonRecord = {};
		const ledger = ledgerOf(context);
		ledger.complete(0, digest, purchase);
		ledger.refuse(0, digest);
		expect(ledger.find(0, digest)).toStrictEqual(same);
		expect(ledgerOf(stored(context)).find(0, digest)).toStrictEqual(same);
	});

	it('keeps a delivered task for the same execution: n8n may run the node once more', () => {
		const context: JsonRecord = {};
		const ledger = ledgerOf(context);
		ledger.complete(0, digest, purchase);
		ledger.deliver(0, digest);
		expect(ledgerOf(stored(context)).find(0, digest)).toStrictEqual(same);
	});

	it('lets another execution buy a refused task anew', () => {
		const context: JsonRecord = {};
		const first = ledgerOf(context);
		first.complete(0, digest, purchase);
		first.refuse(0, digest);
		const second = ledgerOf(stored(context), { execution: 'execution-2' });
		expect(second.find(0, digest)).toBeUndefined();
		second.complete(0, digest, { taskId: 'video_2', at: START + 1 });
		expect(second.find(0, digest)).toMatchObject({ purchase: { taskId: 'video_2' } });
	});

	it('is uncertain of what was begun in the same execution, so that nothing is bought twice', () => {
		const context: JsonRecord = {};
		ledgerOf(context).begin(0, digest, START);
		const again = ledgerOf(stored(context));
		expect(again.find(0, digest)).toStrictEqual({ purchase: undefined, changed: false });
		expect(again.find(0, other)).toStrictEqual({ purchase: undefined, changed: true });
		expect(again.find(1, digest)).toBeUndefined();
	});

	it('lets another execution, which the user starts, buy what was only begun', () => {
		const context: JsonRecord = {};
		ledgerOf(context).begin(0, digest, START);
		const again = ledgerOf(stored(context), { execution: 'execution-2' });
		expect(again.find(0, digest)).toBeUndefined();
	});

	it('makes what another execution took up its own, whatever is asked for from then on', () => {
		const context: JsonRecord = {};
		ledgerOf(context).complete(0, digest, purchase);
		ledgerOf(context, { execution: 'execution-2' }).find(0, digest);
		const tryAgain = ledgerOf(context, { execution: 'execution-2' });
		expect(tryAgain.find(0, other)).toStrictEqual({ purchase, changed: true });
	});

	it('trusts a task ID more than an older beginning', () => {
		const ledger = ledgerOf();
		ledger.begin(0, digest, START);
		ledger.complete(0, digest, purchase);
		expect(ledger.find(0, digest)).toStrictEqual(same);
	});

	it('refuses nothing that was never bought', () => {
		const ledger = ledgerOf();
		ledger.refuse(0, digest);
		ledger.deliver(0, digest);
		expect(ledger.find(0, digest)).toBeUndefined();
	});

	it('leaves the rest of the context alone, and carries a version', () => {
		const context: JsonRecord = { other: 1 };
		ledgerOf(context).complete(0, digest, purchase);
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
		expect(ledger.find(0, digest)).toBeUndefined();
		ledger.complete(0, digest, purchase);
		expect(ledger.find(0, digest)).toStrictEqual(same);
	});

	it('reads anything that may stand in a context without an error', () => {
		fc.assert(
			fc.property(fc.jsonValue(), fc.jsonValue(), (found, entry) => {
				for (const soraLedger of [found, { version: 9, entries: { '0:0': entry } }]) {
					const ledger = ledgerOf(structuredClone({ soraLedger }) as JsonRecord);
					ledger.find(0, digest);
					ledger.begin(0, digest, START);
					expect(ledger.find(0, digest)).toEqual({ purchase: undefined, changed: false });
				}
			}),
		);
	});

	describe('of a tool', () => {
		const call = (context: JsonRecord, run: number, execution = 'execution-1') =>
			ledgerOf(context, { run, execution, isTool: true });

		it('takes an equal call up, whatever its run index, until it was delivered', () => {
			const context: JsonRecord = {};
			call(context, 0).complete(0, digest, purchase);
			expect(call(context, 1).find(0, digest)).toStrictEqual(same);
			call(context, 0).deliver(0, digest);
			expect(call(context, 2).find(0, digest)).toBeUndefined();
		});

		it('is uncertain of an equal call that was begun', () => {
			const context: JsonRecord = {};
			call(context, 0).begin(0, digest, START);
			expect(call(context, 1).find(0, digest)).toStrictEqual({
				purchase: undefined,
				changed: false,
			});
		});

		it('takes a refused call up, so that it is not bought again', () => {
			const context: JsonRecord = {};
			const first = call(context, 0);
			first.complete(0, digest, purchase);
			first.refuse(0, digest);
			expect(call(context, 1).find(0, digest)).toStrictEqual(same);
		});

		it('buys for another call, also where both have one run index', () => {
			const context: JsonRecord = {};
			call(context, 0).complete(0, digest, purchase);
			expect(call(context, 0).find(0, other)).toBeUndefined();
			call(context, 0).begin(0, other, START);
			expect(call(context, 0).find(0, digest)).toStrictEqual(same);
		});

		it('takes a delivered call up once in an execution that the user retries', () => {
			const context: JsonRecord = {};
			const first = call(context, 0);
			first.complete(0, digest, purchase);
			first.deliver(0, digest);
			const again = call(stored(context), 3, 'execution-2');
			expect(again.find(0, digest)).toStrictEqual(same);
			again.deliver(0, digest);
			expect(again.find(0, digest)).toBeUndefined();
		});
	});
});
