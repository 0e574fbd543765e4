/**
 * The room of the promise: what was bought before, buying once, and what the end of a task means for the next try.
 * Nothing else in the package sends a paid request.
 */
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import {
	ADVICE_ON_UNCERTAIN_CHARACTER,
	createCharacter,
	submitGeneration,
} from '../gateway/client';
import { definingFields, type JsonRecord, type Task } from '../gateway/contract';
import { invalidInput, SoraFailure } from '../gateway/failures';
import { concealedFailure } from '../gateway/secrecy';
import type { Gateway } from '../gateway/credential';
import type { Press } from '../tasks/editorMemory';
import { digestOf, type Bought, type Found, type Purchase, type Slot } from '../tasks/ledger';
import { toSoraFailure } from './nodeErrors';
import { characterItem } from './output';
import { counted } from './purchaseHints';
import type { Run } from './run';
import { TO_BUY_ANEW, type WhenTesting } from '../panel/order';
import { Unfinished, type Performed } from './waiting';

/** A paid request, as an operation prepares it. */
export interface PaidRequest {
	/** The body that identifies the purchase. It stays the same where a file is uploaded anew and gets another address. */
	identity: JsonRecord;
	/**
	 * Made when it is certain that the request is sent: uploads what it refers to.
	 * @param isLast no other request of the run is sent after it
	 */
	body: (isLast: boolean) => Promise<JsonRecord>;
	/** When Max Wait is over, milliseconds since the epoch; unset where nobody waits for what is bought. */
	orderUntil?: number;
	whenTesting: WhenTesting;
	/** The item that is returned where nothing is bought. */
	sample: () => Promise<INodeExecutionData>;
	/** What must have happened before, a wait for another task say; it holds no place in the queue of submissions. */
	ready?: () => Promise<void>;
}

/** What the answer to the paid request gives. */
type Sold = Bought & {
	/** The video is finished already. */
	task?: Task;
};

interface Product {
	name: string;
	send: (gateway: Gateway, body: JsonRecord) => Promise<Sold>;
	/** Where nobody knows whether it was bought. */
	adviceWhenUncertain?: string;
}

export const VIDEO: Product = { name: 'video', send: submitGeneration };

export const CHARACTER: Product = {
	name: 'character',
	send: async (gateway, body) => ({
		character: characterItem(await createCharacter(gateway, body)),
	}),
	adviceWhenUncertain: ADVICE_ON_UNCERTAIN_CHARACTER,
};

/** What an item has bought. */
export type Purchased = Purchase & {
	/** An earlier try or turn did, or an earlier press in the editor. */
	pickedUp: boolean;
	/** With another request than this try would send. */
	changed?: boolean;
	/** By an earlier press in the editor. */
	reused?: boolean;
	/** It was finished when it was bought. */
	task?: Task;
};

interface Wanted {
	itemIndex: number;
	request: PaidRequest;
}

/** What is done for an item, decided for all of them before the first one is bought. */
export interface Plan extends Wanted {
	product: Product;
	/** In the ledger. */
	slot: Slot;
	/** For later presses of the button in the editor. */
	press?: Press;
	/** What was bought before, and is not bought again. */
	purchased?: Purchased;
	/** Why nothing is bought. */
	refusal?: SoraFailure;
}

/** What the user allows; without a number, a test buys no more than `MOST_IN_TEST`. */
interface SpendingLimit {
	/** The field's name. */
	label: string;
	/** In one execution, failed tries included. */
	most?: number;
}

const MOST_IN_TEST = 10;

/**
 * Decides for all items what is bought and what is not.
 * @throws {SoraFailure} invalid_input where the limit or an earlier test forbids it and the node is not to continue
 */
export async function planPurchases(
	run: Run,
	product: Product,
	wanted: readonly Wanted[],
	limit?: SpendingLimit,
): Promise<void> {
	const plans = wanted
		.filter(({ request }) => request.whenTesting !== 'sample')
		.map((each) => planned(run, { ...each, product }));
	for (const plan of plans) {
		run.plans.set(plan.itemIndex, plan);
		// Errors of other items, and the log after Stop, name the task.
		if (plan.purchased?.taskId) run.accepted.set(plan.itemIndex, plan.purchased.taskId);
	}
	for (const { bought } of run.ledger.bought) countTask(run, bought?.taskId);

	const refuse = (refused: Plan[], refusal: SoraFailure) => {
		if (!run.context.continueOnFail()) throw refusal;
		for (const plan of refused) plan.refusal = refusal;
	};
	const isNew = ({ purchased, refusal }: Plan) => !purchased && !refusal;
	const beyond = limit && beyondLimit(run, product, plans.filter(isNew).length, limit);
	if (beyond) refuse(plans.filter(isNew), beyond);
	const pressed = plans.filter(isNew).filter(({ press }) => press);
	await run.presses.checkRecord(pressed.flatMap(({ press }) => press ?? []));
	const boughtBefore = pressed.filter(
		({ press, request }) => press?.wasBoughtBefore && request.whenTesting === 'reuse',
	);
	if (boughtBefore.length === 0) return;
	if (!run.context.continueOnFail())
		for (const { press } of pressed) await run.presses.forget(press);
	const what = `an earlier test bought this ${product.name}, and n8n was restarted since or a day has passed`;
	const advice = `Find the ${product.name} under Executions, in the execution of that test. To buy another one, ${TO_BUY_ANEW}.`;
	refuse(boughtBefore, invalidInput(what, advice).about({ nothingBought: true }));
}

function planned(run: Run, wanted: Wanted & { product: Product }): Plan {
	const { itemIndex, request } = wanted;
	const { address, wire } = run.gateway;
	// Model and prompt make the same body on every wire.
	const digest = digestOf(`${address} ${wire.name}`, definingFields(request.identity));
	const slot = run.ledger.slot(itemIndex, digest);
	const press = run.presses.press(itemIndex, digest);
	const plan: Plan = { ...wanted, slot, press };
	const taskId = run.waiting.taskOf(itemIndex)?.taskId;
	// n8n has lost what an earlier turn wrote into the ledger.
	if (taskId && !slot.found?.purchase) slot.complete({ taskId, at: run.waiting.beganAt });
	if (slot.found) return { ...plan, ...pickedUp(run, plan, slot.found) };
	const reused = request.whenTesting === 'reuse' ? press?.take() : undefined;
	return reused ? { ...plan, ...ofEarlierPress(run, plan, reused) } : plan;
}

function beyondLimit(
	{ ledger, presses }: Run,
	{ name }: Product,
	wanted: number,
	limit: SpendingLimit,
): SoraFailure | undefined {
	const most = limit.most ?? (presses.isTest ? MOST_IN_TEST : undefined);
	const { bought } = ledger;
	if (most === undefined || wanted === 0 || bought.length + wanted <= most) return undefined;
	const after = bought.length ? ` after ${bought.length} of this execution` : '';
	const what = `${counted(wanted, name)} would be bought${after}`;
	const allowed =
		limit.most === undefined
			? `a test buys no more than ${most} unless "${limit.label}" under Options allows it`
			: `"${limit.label}" allows ${most}`;
	const failed = bought.findLast((entry) => entry.failed)?.said;
	const why = failed?.detail ? ` The last one failed: ${failed.detail}.` : '';
	const more = bought.length ? 'Nothing more was bought. ' : '';
	const advice = `${more}Give the node fewer items, or set the limit under Options to what you mean to buy.${why}`;
	const facts = { nothingBought: bought.length === 0, words: failed?.words };
	return invalidInput(`${what}, and ${allowed}`, advice).about(facts);
}

/** What the ledger knows of an item: it is picked up, or nobody knows whether it was bought. */
function pickedUp(run: Run, { itemIndex, product }: Plan, found: Found): Partial<Plan> {
	const { purchase: bought, changed, reused, said } = found;
	if (!bought) {
		const again = 'it was not sent again when n8n retried the node';
		return { refusal: uncertain(product, said, again) };
	}
	const what = nameOf(product, bought);
	if (reused) run.hints.hasReused(what, bought.at);
	else if (run.waiting.isLaterTurn) run.hints.hasBought(product.name, what);
	const although = changed
		? '; the parameters of this item have changed since, and the request was not sent again'
		: '';
	// A parked run comes here for every poll.
	if (!run.waiting.isLaterTurn) {
		run.log(`Sora ${what} was bought before and is picked up${although}`, { itemIndex });
	}
	return { purchased: { ...bought, changed, reused, pickedUp: true } };
}

const FIND_THE_TASK =
	'Look into the task list or the bill at your gateway. If the task is there, fetch it with Video > Get and its task ID.';

function uncertain(
	{ adviceWhenUncertain: advice }: Product,
	said: Found['said'],
	whatNow: string,
	adviceNow = advice,
): SoraFailure {
	return new SoraFailure('submission_uncertain', {
		detail: said?.detail ? `${said.detail}; ${whatNow}` : whatNow,
		words: said?.words,
		...(adviceNow && { advice: adviceNow }),
	});
}

/** What an earlier press of the button in the editor bought with the same request. */
function ofEarlierPress(
	run: Run,
	{ itemIndex, slot, product }: Plan,
	{ purchase: bought, said }: NonNullable<ReturnType<Press['take']>>,
): Partial<Plan> {
	if (!bought) {
		const advice = product.adviceWhenUncertain ?? FIND_THE_TASK;
		const again = 'an earlier test in the editor sent the same request, and it was not sent again';
		const toBuy = `${advice} If it is not there, ${TO_BUY_ANEW} and run the node again.`;
		return { refusal: uncertain(product, said, again, toBuy) };
	}
	slot.reuse(bought);
	const what = nameOf(product, bought);
	run.hints.hasReused(what, bought.at);
	run.log(`Sora ${what} of an earlier test in the editor is reused`, { itemIndex });
	return { purchased: { ...bought, pickedUp: true, reused: true } };
}

/**
 * Buys what the item's plan says, or picks up what was bought before.
 * @param finish makes the item of what was bought
 * @throws {SoraFailure} `submission_uncertain` where nobody knows whether it was bought, now or by an earlier try
 */
export async function purchase(
	run: Run,
	itemIndex: number,
	request: PaidRequest,
	finish: (purchased: Purchased) => Promise<Performed>,
): Promise<Performed> {
	if (request.whenTesting === 'sample') {
		run.hints.hasSampled();
		return await request.sample();
	}
	const plan = run.plans.get(itemIndex);
	if (!plan) throw new SoraFailure('unexpected', { detail: 'the purchase was not planned' });
	if (plan.refusal) throw plan.refusal;
	const purchased = plan.purchased ?? (await buy(run, plan));
	if (purchased instanceof Unfinished) return purchased;
	try {
		const performed = await finish(purchased);
		if (performed instanceof Unfinished) return performed;
		plan.slot.mark({ delivered: true });
		return { ...performed, json: { ...performed.json, ...remarks(run, purchased) } };
	} catch (error) {
		const failure = concealedFailure(toSoraFailure(error), run.gateway.conceal);
		throw await afterTaskFailure(run, plan, purchased, failure);
	}
}

function remarks(run: Run, { taskId, reused }: Purchased): IDataObject {
	return {
		...(reused && { reused: true }),
		...(isShared(run, taskId) && { purchase_note: SHARED_TASK_ID }),
	};
}

const SHARED_TASK_ID =
	'The gateway gave several purchases of this execution the same task ID. Ask it what became of the others.';

function countTask({ purchasesOf }: Run, taskId = ''): void {
	if (taskId) purchasesOf.set(taskId, (purchasesOf.get(taskId) ?? 0) + 1);
}

const isShared = ({ purchasesOf }: Run, taskId = '') => (purchasesOf.get(taskId) ?? 0) > 1;

async function buy(run: Run, plan: Plan): Promise<Purchased | Unfinished> {
	const { itemIndex, product } = plan;
	try {
		const bought = await submitted(run, plan);
		if (bought instanceof Unfinished) {
			await run.presses.forget(plan.press);
			return bought;
		}
		const { taskId } = bought;
		run.hints.hasBought(product.name, nameOf(product, bought));
		countTask(run, taskId);
		if (taskId) {
			run.accepted.set(itemIndex, taskId);
			run.log(`Sora task ${taskId} accepted`, { taskId, itemIndex });
		}
		if (isShared(run, taskId)) run.log(SHARED_TASK_ID, { taskId, itemIndex });
		return { ...bought, pickedUp: false };
	} catch (error) {
		const failure = asUncertain(toSoraFailure(error), plan);
		if (failure.facts.nothingBought) await run.presses.forget(plan.press);
		throw failure;
	}
}

function nameOf({ name }: Product, { taskId, character }: Bought): string {
	if (taskId) return `task ${taskId}`;
	return character ? `${name} ${String(character.username)}` : `${name} without a task ID`;
}

async function submitted(run: Run, plan: Plan): Promise<(Purchase & Sold) | Unfinished> {
	const { itemIndex, request, product } = plan;
	const unsent = (error: unknown): never => {
		throw toSoraFailure(error).about({ nothingBought: true });
	};
	await request.ready?.().catch(unsent);
	return await run.waiting.order({
		itemIndex,
		until: request.orderUntil,
		body: async (isLast) => await request.body(isLast).catch(unsent),
		send: async (body: JsonRecord) =>
			await writtenDown(run, plan, async () => await product.send(run.gateway, body)),
		onRetry: (why, waitMs) =>
			run.log(`Sora ${product.name} not submitted yet: ${why.headline}`, { itemIndex, waitMs }),
	});
}

/**
 * Sends a paid request between two entries: before it, so that n8n's retry does not send it again whatever ends the
 * node now, and with what it bought, before anything else can fail.
 */
async function writtenDown(
	{ clock, gateway }: Run,
	{ slot, press }: Plan,
	send: () => Promise<Sold>,
): Promise<Purchase & Sold> {
	slot.begin(clock.now());
	press?.note();
	const sent = send();
	await sent.catch((error: unknown) => {
		const { category, facts, headline } = toSoraFailure(error);
		if (facts.nothingBought) return slot.discard();
		const { detail = category === 'submission_uncertain' ? '' : headline, words } = facts;
		const said = { detail: gateway.conceal(detail), words: words && gateway.conceal(words) };
		slot.mark({ said });
		press?.note({ said });
	});
	const { task, ...sold } = await sent;
	const link = sold.taskId === '' ? task?.videoUrl : undefined;
	// A link that holds the key is not kept.
	const bought: Bought = link && gateway.conceal(link) === link ? { videoUrl: link } : sold;
	const purchase = { ...bought, at: clock.now() };
	slot.complete(purchase);
	press?.note({ purchase });
	return { ...purchase, task };
}

/** Whatever was thrown once the request was on its way says nothing of the purchase, unless nothing was bought. */
function asUncertain(failure: SoraFailure, { product }: Plan): SoraFailure {
	if (failure.facts.nothingBought || failure.category === 'submission_uncertain') return failure;
	// Not the thrown error itself: n8n would show that of its own, which hides what happened to the purchase.
	const { adviceWhenUncertain: advice } = product;
	const { headline: detail, facts } = failure;
	return new SoraFailure('submission_uncertain', { detail, words: facts.words, advice });
}

/**
 * What the failure of a wait means for the next try of its item. A poll that failed says nothing of its task.
 * @returns the failure, to be thrown
 */
async function afterTaskFailure(
	run: Run,
	{ slot, press, product }: Plan,
	{ reused }: Purchased,
	failure: SoraFailure,
): Promise<SoraFailure> {
	const hasFailed = failure.facts.task?.phase === 'failed';
	const mayBuyAgain = hasFailed && failure.row.retryable;
	const isGone = failure.category === 'task_not_found';
	const said = { detail: failure.headline, words: failure.facts.words };
	if (mayBuyAgain) slot.mark({ failed: true, said });
	else if (hasFailed && failure.row.kind !== 'task') slot.mark({ refused: true });
	if (mayBuyAgain || isGone) await run.presses.forget(press);
	if (!reused || !isGone) return failure;
	return failure.about({
		advice: `An earlier test bought this ${product.name}, and the gateway has it no longer. Execute the node again to buy a new one, or ${TO_BUY_ANEW}.`,
	});
}
