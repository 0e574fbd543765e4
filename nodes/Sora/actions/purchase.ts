/**
 * Keeps the promise: picks up earlier purchases, buys once, and decides what the end of a task means for the next try.
 * Nothing else in the package sends a paid request.
 */
import type { INodeExecutionData } from 'n8n-workflow';

import { createCharacter, submitGeneration } from '../gateway/client';
import { definingFields, type JsonRecord, type Task } from '../gateway/contract';
import { FAILURES, invalidInput, SoraFailure } from '../gateway/failures';
import type { Gateway } from '../gateway/credential';
import type { EditorTest } from '../tasks/editorMemory';
import { digestOf, type Bought, type Purchase, type Slot } from '../tasks/ledger';
import { toSoraFailure } from './nodeErrors';
import { characterItem } from './output';
import { counted, nameOf } from './purchaseHints';
import type { Run } from './run';
import { TO_BUY_AGAIN, type WhenTesting } from '../panel/order';
import { Unfinished, type Performed } from './waiting';

/** The result of the paid request; with the task if the video is finished already. */
type Sold = Bought & { task?: Task };

interface Product {
	name: string;
	send: (gateway: Gateway, body: JsonRecord) => Promise<Sold>;
	/** Used if nobody knows whether it was bought. */
	adviceWhenUncertain: string;
}

export const VIDEO: Product = {
	name: 'video',
	send: submitGeneration,
	adviceWhenUncertain: FAILURES.submission_uncertain.advice,
};

export const CHARACTER: Product = {
	name: 'character',
	send: async (gateway, body) => ({
		character: characterItem(await createCharacter(gateway, body)),
	}),
	adviceWhenUncertain:
		'The character may exist. Look at your gateway before you run it again, or you may get it twice.',
};

/** A paid request, as an operation prepares it. */
export interface PaidRequest {
	itemIndex: number;
	product: Product;
	/** The body that identifies the purchase: unchanged if a file is uploaded again and gets another address. */
	identity: JsonRecord;
	/**
	 * Builds the body when the request is certain to be sent: uploads the files in it.
	 * @param isLast no other request of the run is sent after it
	 */
	body: (isLast: boolean) => Promise<JsonRecord>;
	/** When Max Wait is over, in milliseconds since the epoch; unset if nobody waits for the purchase. */
	orderUntil?: number;
	whenTesting: WhenTesting;
	/** The item to return if nothing is bought. */
	sample: () => Promise<INodeExecutionData>;
	/** What must happen first, such as a wait for another task; it takes no place in the queue of submissions. */
	ready?: () => Promise<void>;
	spendingLimit?: SpendingLimit;
}

/** How much one execution may buy, failed tries included. */
interface SpendingLimit {
	/** As a message names it. */
	name: string;
	most: number;
}

/** An item's purchase. */
export type Purchased = Purchase & {
	/** From an earlier try or turn, or from an earlier test in the editor. */
	pickedUp: boolean;
	/** Bought with another request than this try would send. */
	changed?: boolean;
	/** From an earlier test in the editor. */
	reused?: boolean;
	/** Set if it was finished when it was bought. */
	task?: Task;
};

/** What to do for an item, decided for all items before the first purchase. */
export interface Plan {
	request: PaidRequest;
	slot: Slot;
	/** For later tests in the editor. */
	editorTest?: EditorTest;
	/** An earlier purchase to pick up. */
	purchased?: Purchased;
	/** Why nothing is bought. */
	refusal?: SoraFailure;
}

/**
 * Decides for all items what is bought. The lowest limit of any item applies to the execution.
 * @throws {SoraFailure} invalid_input if the limit or an earlier test forbids it and the node is not to continue
 */
export async function planPurchases(run: Run, requests: readonly PaidRequest[]): Promise<void> {
	const plans = requests.flatMap((request) =>
		request.whenTesting === 'sample' ? [] : planFor(run, request),
	);
	for (const plan of plans) {
		pickUp(run, plan);
		run.plans.set(plan.request.itemIndex, plan);
	}
	const unbought = () => plans.filter(({ purchased, refusal }) => !purchased && !refusal);
	const [limit] = requests
		.flatMap(({ spendingLimit }) => spendingLimit ?? [])
		.sort((a, b) => a.most - b.most);
	const beyond = limit && beyondLimit(run, unbought().length, limit);
	for (const plan of unbought()) plan.refusal = beyond;
	const editorTests = unbought().flatMap(({ editorTest }) => editorTest ?? []);
	await run.editorTests.checkRecord(editorTests);
	for (const plan of unbought()) {
		const { editorTest, request } = plan;
		const isBoughtBefore = editorTest?.wasBoughtBefore && request.whenTesting === 'reuse';
		if (isBoughtBefore) plan.refusal = boughtBefore(request.product);
	}
	const forbidden = plans.find(({ refusal }) => refusal?.category === 'invalid_input');
	if (!forbidden || run.context.continueOnFail()) return;
	for (const editorTest of editorTests) await run.editorTests.forget(editorTest);
	throw forbidden.refusal as SoraFailure;
}

const boughtBefore = ({ name }: Product) =>
	invalidInput(
		`an earlier test bought this ${name}, and n8n was restarted since or a day has passed`,
		`Find the ${name} under Executions, in the execution of that test. To buy another one, ${TO_BUY_AGAIN}.`,
	).about({ nothingBought: true });

function planFor(run: Run, request: PaidRequest): Plan {
	const { itemIndex, identity } = request;
	const { address, wire } = run.gateway;
	// Model and prompt make the same body on every wire.
	const digest = digestOf(`${address} ${wire.name}`, definingFields(identity));
	const slot = run.ledger.slot(itemIndex, digest);
	return { request, slot, editorTest: run.editorTests.testOf(itemIndex, digest) };
}

/** Decides what an earlier try, turn or test means for the item. */
function pickUp(run: Run, plan: Plan): void {
	const { slot, editorTest, request } = plan;
	const { itemIndex, product, whenTesting } = request;
	slot.pickUpChanged();
	const taskId = run.waiting.taskOf(itemIndex)?.taskId;
	// n8n has lost what an earlier turn wrote to the ledger.
	if (taskId && !slot.found?.bought) slot.complete({ taskId, at: run.waiting.beganAt });
	const ofEarlierTest = !slot.found && whenTesting === 'reuse' ? editorTest?.take() : undefined;
	if (ofEarlierTest) {
		const { purchase: earlier, said } = ofEarlierTest;
		if (earlier) slot.complete(earlier);
		else slot.begin(run.clock.now());
		slot.mark({ pickedUp: true, reused: true, said });
	}
	const { found } = slot;
	if (!found) return;
	const { bought, at, changed, reused, said } = found;
	if (bought) {
		const although = changed ? ', although the parameters of this item have changed since' : '';
		// A parked run comes here for every poll.
		if (!run.waiting.isLaterTurn) {
			const what = nameOf(product, bought);
			run.log(`Sora ${what} was bought before and is picked up${although}`, { itemIndex });
		}
		const taskId = bought.taskId && run.gateway.reveal(bought.taskId);
		plan.purchased = { ...bought, taskId, at, changed, reused, pickedUp: true };
		return;
	}
	const whoSent = reused ? 'an earlier test in the editor' : 'an earlier try';
	const whatNow = `${whoSent} sent the same request, and it was not sent again`;
	const { adviceWhenUncertain } = product;
	plan.refusal = new SoraFailure('submission_uncertain', {
		detail: said?.detail ? `${said.detail}; ${whatNow}` : whatNow,
		words: said?.words,
		advice: reused
			? `${adviceWhenUncertain} To buy in a test, ${TO_BUY_AGAIN}.`
			: adviceWhenUncertain,
	});
}

function beyondLimit(
	{ ledger: { bought } }: Run,
	wanted: number,
	{ name, most }: SpendingLimit,
): SoraFailure | undefined {
	const total = bought.length + wanted;
	if (total <= most) return undefined;
	const failed = bought.findLast((entry) => entry.failed)?.said;
	const why = failed?.detail ? ` The last one failed: ${failed.detail}.` : '';
	return invalidInput(
		`${counted(total, 'video')} would be bought in this execution, and ${name} allows ${most}`,
		`Give the node fewer items, or set the limit to what you mean to buy.${why}`,
	).about({ nothingBought: bought.length === 0, words: failed?.words });
}

/**
 * Buys according to the item's plan, or picks up an earlier purchase.
 * @param finish turns the purchase into an item
 * @throws {SoraFailure} `submission_uncertain` if nobody knows whether it was bought, now or by an earlier try
 */
export async function purchase(
	run: Run,
	request: PaidRequest,
	finish: (purchased: Purchased) => Promise<Performed>,
): Promise<Performed> {
	if (request.whenTesting === 'sample') return await request.sample();
	const plan = run.plans.get(request.itemIndex);
	if (!plan) throw new SoraFailure('unexpected', { detail: 'the purchase was not planned' });
	if (plan.refusal) throw plan.refusal;
	const purchased = plan.purchased ?? (await buy(run, plan));
	if (purchased instanceof Unfinished) return purchased;
	try {
		const performed = await finish(purchased);
		if (performed instanceof Unfinished) return performed;
		// An agent that repeats its call then waits for the same video.
		plan.slot.mark({ delivered: performed.json.timed_out !== true });
		return purchased.reused
			? { ...performed, json: { ...performed.json, reused: true } }
			: performed;
	} catch (error) {
		const failure = toSoraFailure(error);
		await learnFromFailure(run, plan, failure);
		throw failure;
	}
}

async function buy(run: Run, plan: Plan): Promise<Purchased | Unfinished> {
	const { request, editorTest } = plan;
	const { itemIndex, product, orderUntil: until } = request;
	const unsent = (error: unknown): never => {
		throw toSoraFailure(error).about({ nothingBought: true });
	};
	try {
		await request.ready?.().catch(unsent);
		const bought = await run.waiting.order({
			itemIndex,
			until,
			body: async (isLast) => await request.body(isLast).catch(unsent),
			send: async (body: JsonRecord) => await send(run, plan, body),
			onRetry: (why, waitMs) =>
				run.log(`Sora ${product.name} not submitted yet: ${why.headline}`, { itemIndex, waitMs }),
		});
		if (bought instanceof Unfinished) {
			await run.editorTests.forget(editorTest);
			return bought;
		}
		plan.purchased = { ...bought, pickedUp: false };
		const { taskId } = bought;
		if (taskId) run.log(`Sora task ${taskId} accepted`, { taskId, itemIndex });
		return plan.purchased;
	} catch (error) {
		const failure = asUncertain(toSoraFailure(error), product);
		if (failure.facts.nothingBought) await run.editorTests.forget(editorTest);
		throw failure;
	}
}

/**
 * Sends a paid request between two ledger writes: one before it, so that n8n's retry does not send it again whatever
 * ends the node now, and one with the result, before anything else can fail.
 */
async function send(
	{ clock, gateway }: Run,
	{ request, slot, editorTest }: Plan,
	body: JsonRecord,
): Promise<Purchase & Sold> {
	slot.begin(clock.now());
	editorTest?.record();
	const { task, ...sold } = await request.product
		.send(gateway, body)
		.catch((error: unknown): never => {
			const { category, facts, headline } = toSoraFailure(error);
			const { detail = category === 'submission_uncertain' ? '' : headline, words } = facts;
			const said = { detail, words };
			if (facts.nothingBought) slot.discard();
			else {
				slot.mark({ said });
				editorTest?.record({ said });
			}
			throw error;
		});
	const link = sold.taskId === '' ? task?.videoUrl : undefined;
	// A link that contains the key is not kept.
	const bought: Bought = link && gateway.conceal(link) === link ? { videoUrl: link } : sold;
	const purchase = { ...bought, at: clock.now() };
	// Without a task ID, a link or a character, the purchase stays uncertain: nobody could find it again.
	if (Object.values(bought).some(Boolean)) {
		slot.complete(purchase);
		editorTest?.record({ purchase });
	}
	return { ...purchase, task };
}

/** Once the request was on its way, an exception leaves the purchase uncertain, unless nothing was bought. */
function asUncertain(failure: SoraFailure, { adviceWhenUncertain: advice }: Product): SoraFailure {
	const { headline: detail, facts, category } = failure;
	if (facts.nothingBought) return failure;
	if (category === 'submission_uncertain') return failure.about({ advice });
	// Not the thrown error itself: n8n would show its own message, which hides what happened to the purchase.
	return new SoraFailure('submission_uncertain', { detail, words: facts.words, advice });
}

/** Records what a failed wait means for the item's next try. A failed poll says nothing about its task. */
async function learnFromFailure(
	run: Run,
	{ slot, editorTest }: Plan,
	{ category, facts, headline, row }: SoraFailure,
): Promise<void> {
	const hasFailed = facts.task?.phase === 'failed';
	const mayBuyAgain = hasFailed && row.retryable;
	if (mayBuyAgain) slot.mark({ failed: true, said: { detail: headline, words: facts.words } });
	else if (hasFailed && row.kind !== 'task') slot.mark({ refused: true });
	if (mayBuyAgain || category === 'task_not_found') await run.editorTests.forget(editorTest);
}

/** Task IDs that the gateway gave to more than one purchase of the execution. */
export function sharedTaskIds({ ledger }: Run): Set<string> {
	const all = new Set<string>();
	const shared = new Set<string>();
	for (const { bought } of ledger.bought) {
		if (bought?.taskId) (all.has(bought.taskId) ? shared : all).add(bought.taskId);
	}
	return shared;
}
