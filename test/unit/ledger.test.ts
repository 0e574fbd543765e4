import fc from 'fast-check';

import { definingFields, type JsonRecord } from '../../nodes/Sora/gateway/contract';
import { EditorMemory, EditorTest } from '../../nodes/Sora/tasks/editorMemory';
import { digestOf, Ledger, type Slot } from '../../nodes/Sora/tasks/ledger';
import { LedgerCopies } from '../../nodes/Sora/tasks/ledgerCopies';
import { Recent } from '../../nodes/Sora/tasks/recent';
import { START } from './virtualClock';

const GATEWAY = 'https://gateway.example';
const body = { model: 'sora-2', prompt: 'a paper boat', duration: '10' };
const digest = digestOf(GATEWAY, body);
const other = digestOf(GATEWAY, { ...body, prompt: 'a paper bird' });
const purchase = { taskId: 'video_1', at: START };
const newer = { taskId: 'video_2', at: START + 1 };
const same = { purchase, changed: false, reused: false };
const isUncertain = { ...same, purchase: undefined };

const STOPPED = {
	node: 'node',
	executionId: 'execution-1',
	lineage: 'lineage',
	isBareRetry: false,
};

interface Whose {
	node?: string;
	run?: number;
	execution?: string;
	isTool?: boolean;
	origin?: string;
	copies?: LedgerCopies;
	lineage?: string;
	isBareRetry?: boolean;
}

function ledgerOf(context: JsonRecord = {}, whose: Whose = {}) {
	const { run: runIndex = 0, execution: executionId = 'execution-1', isTool = false } = whose;
	const { node = 'node', origin, copies, lineage = 'lineage', isBareRetry = false } = whose;
	const originOf = origin ? (itemIndex: number) => `${origin} of ${itemIndex}` : undefined;
	const owner = { node, executionId, lineage, isBareRetry };
	return new Ledger(
		context,
		{ owner, runIndex, isTool, originOf, conceal: (text) => text },
		copies,
	);
}

const slotIn = (context: JsonRecord, whose?: Whose, item = 0, wanted = digest) =>
	ledgerOf(context, whose).slot(item, wanted);

/** The context of an execution in which the first item's request came so far. */
function contextAfter(change: (slot: Slot) => void, whose?: Whose): JsonRecord {
	const context: JsonRecord = {};
	change(slotIn(context, whose));
	// n8n stores it, and loads it again.
	return JSON.parse(JSON.stringify(context)) as JsonRecord;
}

/** What a slot finds, as the tests compare it. */
function found({ found: entry }: Slot) {
	if (!entry) return undefined;
	const { bought: what, at, changed, reused = false, said } = entry;
	return { purchase: what && { ...what, at }, changed, reused, ...(said && { said }) };
}

const bought = (slot: Slot) => slot.complete(purchase);
const refused = (slot: Slot) => {
	slot.complete(purchase);
	slot.mark({ refused: true });
};
const delivered = (slot: Slot) => {
	slot.complete(purchase);
	slot.mark({ delivered: true });
};
const failed = (slot: Slot) => {
	slot.complete(purchase);
	slot.mark({ failed: true, said: { detail: 'it failed' } });
};
const reused = (slot: Slot) => {
	slot.complete(purchase);
	slot.mark({ pickedUp: true, reused: true });
};
const begun = (slot: Slot) => slot.begin(START);
const doubted = (slot: Slot) => {
	slot.begin(START);
	slot.mark({ said: { words: 'lost' } });
};
const discarded = (slot: Slot) => {
	slot.begin(START);
	slot.discard();
};

describe('the digest of a request', () => {
	it('differs between different requests and gateways, and contains neither', () => {
		expect(digest).toMatch(/^[0-9a-f]{32}$/);
		expect(digestOf('https://other.example', body)).not.toBe(digest);
		fc.assert(
			fc.property(fc.jsonValue(), fc.jsonValue(), (one, two) => {
				const isSame = JSON.stringify(one) === JSON.stringify(two);
				const digests = [one, two].map((prompt) => digestOf(GATEWAY, { prompt }));
				expect(digests[0] === digests[1]).toBe(isSame);
			}),
		);
	});
});

describe('what defines a purchase', () => {
	const where = 'https://n8n.example/webhook-waiting/4711?signature=ab';

	it.each<[string, JsonRecord, JsonRecord]>([
		['the notify hook', { notify_hook: where }, {}],
		['hooks by other names', { webhookUrl: where, callback: where, notification_url: where }, {}],
		['an address that resumes an execution', { metadata: { to: where } }, { metadata: {} }],
		[
			'an address in an object or a list',
			{ webhook: { url: 'https://a.example/b', events: ['done'] }, hooks: [where] },
			{ webhook: { events: ['done'] }, hooks: [] },
		],
		...['hook', 'opening_hook', 'notification_text', 'callback'].map((name) => {
			const kept = { [name]: 'A pirate with a hook', [`${name}_on`]: true };
			return [`nothing of a field named ${name} that holds no address`, kept, kept] as [
				string,
				JsonRecord,
				JsonRecord,
			];
		}),
	])('leaves out %s', (_, fields, kept) =>
		expect(definingFields({ ...body, ...fields })).toEqual({ ...body, ...kept }),
	);

	it('keeps everything else, at every level', () => {
		fc.assert(
			fc.property(fc.jsonValue({ maxDepth: 4 }), (prompt) => {
				fc.pre(!/call_?back|hook|notif|"__proto__"/i.test(JSON.stringify(prompt)));
				expect(JSON.stringify(definingFields({ prompt }))).toBe(JSON.stringify({ prompt }));
			}),
		);
	});
});

describe('the ledger', () => {
	it.each([
		['bought', bought, same],
		['refused', refused, same],
		['delivered', delivered, same],
		['begun and never answered', begun, isUncertain],
		['uncertain', doubted, { ...isUncertain, said: { words: 'lost' } }],
		['failed', failed, undefined],
		['sent without buying anything', discarded, undefined],
		['never sent', () => undefined, undefined],
	])('lets n8n’s own retry find what was %s, whatever is requested now', (_, change, left) => {
		for (const wanted of [digest, other]) {
			const again = found(slotIn(contextAfter(change), {}, 0, wanted));
			expect(again).toEqual(left && { ...left, changed: wanted === other });
		}
	});

	it.each([
		['bought', bought, same, { ...same, changed: true }],
		['delivered', delivered, same, { ...same, changed: true }],
		['refused', refused, same, undefined],
		['begun and never answered', begun, undefined, undefined],
		['uncertain', doubted, undefined, undefined],
		['failed', failed, undefined, undefined],
	])('lets a retry by the user pick up what was %s', (_, change, equal, fromTheSame) => {
		const again = { execution: 'execution-2', origin: 'a' };
		const context = () => contextAfter(change, { origin: 'a' });
		expect(found(slotIn(context(), again))).toEqual(equal);
		expect(found(slotIn(context(), again, 0, other))).toEqual(fromTheSame);
		const changed = { execution: 'execution-2', origin: 'b' };
		expect(found(slotIn(context(), changed))).toEqual(equal);
		expect(found(slotIn(context(), changed, 0, other))).toBeUndefined();
		const unknown = contextAfter(change);
		expect(found(slotIn(unknown, { execution: 'execution-2' }, 0, other))).toBeUndefined();
	});

	it.each([
		['another item', 0, 3],
		['another run', 1, 0],
	])('picks nothing up for %s', (_, run, item) => {
		for (const execution of ['execution-1', 'execution-2']) {
			expect(found(slotIn(contextAfter(bought), { run, execution }, item))).toBeUndefined();
		}
	});

	it('takes over what another execution bought, whatever is requested later', () => {
		const context = contextAfter(delivered);
		slotIn(context, { execution: 'execution-2' });
		const tried = slotIn(context, { execution: 'execution-2' }, 0, other);
		expect(found(tried)).toEqual({ ...same, changed: true });
	});

	it('counts every purchase of the execution, including failed and uncertain ones', () => {
		const context: JsonRecord = {};
		const ledger = ledgerOf(context);
		[failed, bought, begun, discarded, refused].forEach((change, item) =>
			change(ledger.slot(item, digest)),
		);
		ledger.slot(0, digest).complete(newer);
		reused(ledger.slot(7, digest));
		expect(ledger.bought).toHaveLength(5);
		const retried = ledgerOf(context, { execution: 'execution-2' });
		retried.slot(1, digest);
		expect(retried.bought).toHaveLength(0);
	});

	it('distinguishes a task that was bought again with the same ID after it had failed', () => {
		const context = contextAfter(failed);
		slotIn(context).complete({ ...purchase, at: START + 1 });
		expect(found(slotIn(context))?.purchase).toEqual({ ...purchase, at: START + 1 });
	});

	it('knows what an earlier test bought, and does not count it', () => {
		const context = contextAfter(reused);
		expect(found(slotIn(context))).toEqual({ ...same, reused: true });
		expect(ledgerOf(context).bought).toEqual([]);
	});

	it.each([null, 7, [], { entries: [] }, { entries: { other: 7 } }])(
		'starts over if the context contains %j',
		(soraLedger) => {
			const context = { soraLedger, other: 1 };
			begun(slotIn(context));
			expect(found(slotIn(context))).toEqual(isUncertain);
			expect(context.other).toBe(1);
		},
	);
});

describe('as a tool', () => {
	const call = (context: JsonRecord, run: number, execution = 'execution-1', wanted = digest) =>
		slotIn(context, { run, execution, isTool: true }, 0, wanted);
	const tool = { isTool: true };

	it('another call buys, even if both have the same run index', () => {
		const context = contextAfter(bought, tool);
		const another = call(context, 0, 'execution-1', other);
		expect(found(another)).toBeUndefined();
		begun(another);
		expect(found(call(context, 0))).toEqual(same);
		expect(found(slotIn(context, tool, 1))).toBeUndefined();
	});

	it('a returned call is picked up once in an execution that the user retries, tries included', () => {
		const context = contextAfter(delivered, tool);
		for (const run of [3, 4]) {
			expect(found(call(context, run, 'execution-2'))).toEqual(same);
		}
		call(context, 4, 'execution-2').mark({ delivered: true });
		expect(found(call(context, 5, 'execution-2'))).toBeUndefined();
	});
});

describe('what n8n has lost of it', () => {
	const stopped = (change = bought, whose: Whose = {}) => {
		const copies = new LedgerCopies();
		change(slotIn({}, { copies, ...whose }));
		copies.stop(STOPPED);
		return copies;
	};
	const retry = { execution: 'execution-2', isBareRetry: true };

	it('is found by the slot alone in one execution', () => {
		const copies = new LedgerCopies();
		const before = contextAfter(() => undefined);
		bought(slotIn({}, { copies }));
		begun(slotIn({}, { copies, node: 'other' }));
		expect(found(slotIn(before, { copies }, 0, other))).toEqual({ ...same, changed: true });
		const retried = { copies, execution: 'execution-2' };
		slotIn(contextAfter(bought), retried);
		expect(found(slotIn(contextAfter(bought), retried, 0, other))).toMatchObject({ changed: true });
		for (const wanted of [digest, other]) {
			expect(found(slotIn(before, { copies }, 1, wanted))).toBeUndefined();
		}
	});

	it.each([{ node: 'other' }, { lineage: 'other' }])(
		'is not found by another node or execution with the same number: %j',
		(whose) => {
			const copies = new LedgerCopies();
			bought(slotIn({}, { copies }));
			expect(found(slotIn({}, { copies, ...whose }))).toBeUndefined();
		},
	);

	it('is older than what another process has written since', () => {
		const copies = new LedgerCopies();
		const context: JsonRecord = {};
		bought(slotIn(context, { copies }));
		slotIn(context).complete(newer);
		expect(found(slotIn(context, { copies }))?.purchase).toEqual(newer);
		slotIn(context).mark({ failed: true });
		expect(found(slotIn(context, { copies }))).toBeUndefined();
	});

	it('is newer than an older state that n8n wrote back, and what failed stays so', () => {
		const copies = new LedgerCopies();
		const context: JsonRecord = {};
		const slot = slotIn(context, { copies });
		slot.complete(purchase);
		const older = structuredClone(context);
		slot.mark({ failed: true });
		expect(found(slotIn(structuredClone(older), { copies }))).toBeUndefined();
		slotIn(context, { copies }).complete(newer);
		expect(found(slotIn(older, { copies }))?.purchase).toEqual(newer);
		expect(ledgerOf(older, { copies }).bought).toHaveLength(2);
	});

	it('is newer as a whole: what is ordered may change after a refusal', () => {
		const copies = new LedgerCopies();
		const context: JsonRecord = {};
		const slot = slotIn(context, { copies });
		begun(slot);
		const older = structuredClone(context);
		slot.discard();
		slotIn(context, { copies }, 0, other).complete(newer);
		expect(found(slotIn(older, { copies }, 0, other))).toEqual({ ...same, purchase: newer });
	});

	it.each([bought, delivered])(
		'is picked up once by the retry of a stopped execution, in whatever order: %p',
		(change) => {
			const copies = stopped(change);
			const ledger = ledgerOf({}, { copies, ...retry });
			const slots = [ledger.slot(5, other), ledger.slot(4, digest), ledger.slot(0, digest)];
			expect(slots.map(found)).toEqual([undefined, same, undefined]);
			const again = { copies, ...retry, lineage: 'other', execution: 'execution-3' };
			expect(found(slotIn({}, again))).toBeUndefined();
		},
	);

	it('is picked up from the same slot first', () => {
		const copies = new LedgerCopies();
		const ledger = ledgerOf({}, { copies });
		[newer, purchase].forEach((each, item) => ledger.slot(item, digest).complete(each));
		copies.stop(STOPPED);
		const retried = ledgerOf({}, { copies, ...retry });
		expect(found(retried.slot(1, digest))?.purchase).toEqual(purchase);
		expect(found(retried.slot(0, digest))?.purchase).toEqual(newer);
	});

	it.each([
		['of an execution that was not stopped', new LedgerCopies(), {}],
		['for an execution that is no retry', stopped(), { isBareRetry: false, lineage: 'other' }],
		['that was delivered, where n8n tells no lineage', stopped(delivered), { lineage: 'other' }],
		['that failed', stopped(failed), {}],
		['that bought nothing', stopped(discarded), {}],
	])('is not picked up %s', (_, copies, whose) => {
		if (_.includes('not stopped')) bought(slotIn({}, { copies }));
		expect(found(slotIn({}, { copies, ...retry, ...whose }))).toBeUndefined();
	});

	it.each([begun, doubted])('is uncertain to the retry, which shows it: %p', (change) => {
		const retried = slotIn({}, { copies: stopped(change), ...retry });
		expect(found(retried)).toMatchObject(isUncertain);
	});

	it('is what another item requests before it is what was made from the same', () => {
		const copies = stopped(bought, { origin: 'a' });
		slotIn({}, { copies, origin: 'a' }, 1, 'third').complete(newer);
		const ledger = ledgerOf({}, { copies, ...retry, origin: 'a' });
		const slots = [ledger.slot(0, other), ledger.slot(1, digest)];
		for (const slot of slots) slot.pickUpChanged();
		expect(slots.map(found)).toEqual([undefined, same]);
		const changed = ledgerOf(
			{},
			{ copies: stopped(bought, { origin: 'a' }), ...retry, origin: 'a' },
		);
		const slot = changed.slot(0, other);
		slot.pickUpChanged();
		expect(found(slot)).toEqual({ ...same, changed: true });
	});

	it('is picked up if n8n gives no lineage and it was never delivered, but by no known lineage', () => {
		const copies = stopped();
		begun(slotIn({}, { copies, execution: 'execution-7', lineage: 'known' }));
		const known = { copies, ...retry, execution: 'execution-8', lineage: 'known' };
		expect(found(slotIn({}, known))).toBeUndefined();
		expect(found(slotIn({}, { copies, ...retry, lineage: 'unknown' }))).toEqual(same);
	});
});

it('a map of recent entries drops the oldest', () => {
	const map = new Recent<string>(3);
	for (const key of ['a', 'b', 'c', 'a', 'd', 'd']) map.set(key, key);
	expect([...map.values()]).toEqual(['c', 'a', 'd']);
});

const HOUR = 3_600_000;
type TestChanges = { key?: string; slot?: string; now?: number };
const editorTest = (memory: EditorMemory, executionId: string, changes: TestChanges = {}) => {
	const { now = START, key = 'workflow node digest', slot = '0:0' } = changes;
	return new EditorTest(memory, key, executionId, slot, () => now);
};
const memoryOfOne = () => {
	const memory = new EditorMemory();
	editorTest(memory, '1').record({ purchase });
	return memory;
};

describe('what was bought in the editor', () => {
	it.each([
		['the test that bought it', '1', {}],
		['another node or request', '2', { key: 'workflow other digest' }],
	])('is not reused by %s', (_, id, changes) => {
		const own = editorTest(memoryOfOne(), id, { slot: '0:1', ...changes });
		expect(own.take()).toBeUndefined();
		expect(own.isKnown).toBe(id === '1');
	});

	it.each([
		[23.9, true],
		[24, false],
	])('is known for a day, however often it was reused (%s h: %s)', (hours, isKnown) => {
		const memory = memoryOfOne();
		editorTest(memory, '2', { now: START + 23 * HOUR }).take();
		const later = editorTest(memory, '3', { slot: '0:1', now: START + hours * HOUR });
		expect(later.take() !== undefined).toBe(isKnown);
	});

	it('is unknown if a request was sent and never answered, with what was said about it', () => {
		const memory = new EditorMemory();
		editorTest(memory, '1').record();
		editorTest(memory, '1').record({ said: { words: 'connection lost' } });
		expect(editorTest(memory, '2').take()).toEqual({
			...{ said: { words: 'connection lost' }, at: START },
			...{ executionIds: ['1'], slot: '0:0' },
		});
		expect(editorTest(memory, '2', { slot: '0:1' }).take()).toBeUndefined();
	});

	it('is forgotten if it came to nothing, by its last user', () => {
		const memory = memoryOfOne();
		editorTest(memory, '2').take();
		editorTest(memory, '1').forget();
		expect(editorTest(memory, '3').isKnown).toBe(true);
		editorTest(memory, '2').forget();
		expect(editorTest(memory, '3').isKnown).toBe(false);
	});

	it('is the latest purchase, and never given to two items of an execution', () => {
		const step = fc.record({
			buys: fc.boolean(),
			execution: fc.constantFrom('1', '2', '3', '4'),
			item: fc.integer({ min: 0, max: 3 }),
		});
		fc.assert(
			fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
				const memory = new EditorMemory();
				const used: string[] = [];
				steps.forEach(({ buys, execution, item }, number) => {
					const own = editorTest(memory, execution, { slot: `0:${item}:${number}` });
					const taken = own.take()?.purchase?.taskId;
					if (!taken && !buys) return;
					const taskId = taken ?? `video_${number}`;
					if (!taken) own.record({ purchase: { taskId, at: START } });
					used.push(`${execution} ${taskId}`);
				});
				expect(new Set(used).size).toBe(used.length);
			}),
		);
		const memory = new EditorMemory();
		editorTest(memory, '1').record({ purchase });
		for (const each of [newer, purchase]) {
			editorTest(memory, '2', { slot: each.taskId }).record({ purchase: each });
		}
		const ids = [0, 1, 2].map((item) => editorTest(memory, '3', { slot: `${item}` }).take());
		expect(ids.map((known) => known?.purchase)).toEqual([purchase, newer, purchase]);
	});
});
