/**
 * The room of the promise: what was bought before, buying once, and what the end of a task means for the next try.
 * Nothing else in the package sends a paid request.
 */
import type { INodeExecutionData } from 'n8n-workflow';

import {
	ADVICE_ON_UNCERTAIN_CHARACTER,
	createCharacter,
	submitGeneration,
} from '../gateway/client';
import { definingFields, type JsonRecord } from '../gateway/contract';
import { SoraFailure } from '../gateway/failures';
import { ATTEMPTS } from '../gateway/timeouts';
import type { Gateway } from '../gateway/credential';
import type { Clock } from '../flow/clock';
import { digestOf, type Bought, type Purchase, type Slot } from '../tasks/ledger';
import { retry } from '../flow/retry';
import { toSoraFailure } from './nodeErrors';
import { characterItem } from './output';
import type { Run } from './run';
import { SET_TO_ALWAYS, type ItemPress, type WhenTesting } from './testing';
import { Unfinished, type Performed } from './waiting';

/** A paid request, as an operation prepares it. */
export interface PaidRequest {
	/**
	 * The body that purchases are told apart by. It stays the same where a file is uploaded anew and gets another
	 * address.
	 */
	identity: JsonRecord;
	/** Made when it is certain that the request is sent: uploads what it refers to. */
	body: () => Promise<JsonRecord>;
	whenTesting: WhenTesting;
	/** The item that comes out where nothing is bought. */
	sample: () => Promise<INodeExecutionData>;
	/** What must have happened before, a wait for another task say; it holds no place in the queue of submissions. */
	ready?: () => Promise<void>;
}

interface Product {
	/** For the log. */
	name: string;
	send: (gateway: Gateway, body: JsonRecord) => Promise<Bought>;
	/** Where nobody knows whether it was bought. */
	adviceWhenUncertain?: string;
}

export const VIDEO: Product = {
	name: 'video',
	send: async (gateway, body) => ({ taskId: await submitGeneration(gateway, body) }),
};

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
	takenUp: boolean;
	/** With another request than this try would send. */
	changed?: boolean;
	/** By an earlier press in the editor. */
	reused?: boolean;
};

/** One item's request, and where it is written down. */
interface Wanted {
	itemIndex: number;
	product: Product;
	request: PaidRequest;
	/** In the ledger. */
	slot: Slot;
	/** For later presses of the button in the editor. */
	press: ItemPress;
}

const digestOfRequest = ({ gateway }: Run, { identity }: PaidRequest) =>
	digestOf(gateway.address, definingFields(identity));

/**
 * Buys what the request asks for, unless an earlier try of this item did: then that is taken up.
 * @param finish makes the item of what was bought
 * @throws {SoraFailure} `submission_uncertain` where nobody knows whether it was bought, now or by an earlier try
 */
export async function purchase(
	run: Run,
	itemIndex: number,
	product: Product,
	request: PaidRequest,
	finish: (purchased: Purchased) => Promise<Performed>,
): Promise<Performed> {
	if (request.whenTesting === 'sample') {
		run.presses.hasSampled();
		return await request.sample();
	}
	const digest = digestOfRequest(run, request);
	const slot = run.ledger.slot(itemIndex, digest);
	const press = run.presses.press(itemIndex, digest);
	const wanted = { itemIndex, product, request, slot, press };
	const purchased =
		boughtBefore(run, wanted) ?? boughtInEditor(run, wanted) ?? (await buy(run, wanted));
	const { taskId, reused } = purchased;
	// Errors of other items, and the log after Stop, name the task.
	if (taskId !== undefined) run.accepted.set(itemIndex, taskId);
	try {
		const performed = await finish(purchased);
		if (performed instanceof Unfinished) return performed.with({ isReused: reused === true });
		slot.deliver();
		return { ...performed, json: { ...performed.json, ...(reused && { reused: true }) } };
	} catch (error) {
		throw afterTaskFailure(wanted, error);
	}
}

/** How many of these requests would be bought, rather than taken up, reused or sampled. */
export function countOfPurchases(
	run: Run,
	requests: ReadonlyArray<{ itemIndex: number; request: PaidRequest }>,
): number {
	const reused = new Map<string, number>();
	return requests.filter(({ itemIndex, request }) => {
		if (request.whenTesting === 'sample') return false;
		const digest = digestOfRequest(run, request);
		if (run.ledger.slot(itemIndex, digest).isTaken) return false;
		const already = reused.get(digest) ?? 0;
		const { reusable } = run.presses.press(itemIndex, digest);
		if (request.whenTesting === 'buy' || already >= reusable) return true;
		reused.set(digest, already + 1);
		return false;
	}).length;
}

function boughtBefore(
	run: Run,
	{ itemIndex, slot, product: { name, adviceWhenUncertain } }: Wanted,
): Purchased | undefined {
	const found = slot.find();
	if (!found) return undefined;
	const { purchase: bought, changed } = found;
	if (!bought) {
		throw new SoraFailure('submission_uncertain', {
			detail: 'it was not sent again when n8n retried the node',
			...(adviceWhenUncertain && { advice: adviceWhenUncertain }),
		});
	}
	const { taskId } = bought;
	if (run.waiting.isLaterTurn) return boughtInEarlierTurn(run, itemIndex, { ...bought, changed });
	const what = taskId
		? `Sora task ${taskId} was bought before and is taken up again`
		: `Sora ${name} ${String(bought.character?.id)} was created before`;
	const although = changed
		? '; the parameters of this item have changed since, and the request was not sent again'
		: '';
	run.log(what + although, { itemIndex, ...(taskId && { taskId }) });
	return { ...bought, takenUp: true, changed };
}

/** A parked run comes here for every poll, and its expressions may give another value each time: nothing to tell of. */
function boughtInEarlierTurn(
	{ waiting, presses }: Run,
	itemIndex: number,
	bought: Purchase & { changed: boolean },
): Purchased {
	const reused = waiting.taskOf(itemIndex)?.isReused;
	if (reused) presses.hasReused(`task ${bought.taskId}`, bought.at);
	return { ...bought, takenUp: true, reused };
}

const FIND_THE_TASK =
	'Look into the task list or the bill at your gateway. If the task is there, fetch it with Video > Get and its task ID.';

/** What an earlier press of the button in the editor bought with the same request. */
function boughtInEditor(
	run: Run,
	{ itemIndex, slot, press, request, product }: Wanted,
): Purchased | undefined {
	const { name, adviceWhenUncertain: advice = FIND_THE_TASK } = product;
	const found = request.whenTesting === 'reuse' ? press.take() : undefined;
	if (!found) return undefined;
	const { purchase: bought } = found;
	if (!bought) {
		throw new SoraFailure('submission_uncertain', {
			detail: 'an earlier test in the editor sent the same request, and it was not sent again',
			advice: `${advice} If it is not there, ${SET_TO_ALWAYS} and run the node again.`,
		});
	}
	slot.complete(bought);
	const { taskId } = bought;
	const what = taskId ? `task ${taskId}` : `${name} ${String(bought.character?.username)}`;
	run.presses.hasReused(what, bought.at);
	run.log(`Sora ${what} of an earlier test in the editor is reused`, { itemIndex });
	return { ...bought, takenUp: true, reused: true };
}

async function buy(run: Run, wanted: Wanted): Promise<Purchased> {
	const { clock } = run;
	const { itemIndex, request, product } = wanted;
	const { name, send, adviceWhenUncertain } = product;
	await request.ready?.();
	return await run.submissions(async () => {
		const body = await request.body();
		const attempt = async () =>
			await writtenDown(wanted, clock, async () => await send(run.gateway, body));
		const bought = await retry(attempt, {
			attempts: ATTEMPTS.submission,
			repeats: 'not-bought',
			clock,
			signal: run.buying,
			onRetry: (why, waitMs) =>
				run.log(`Sora ${name} not submitted yet: ${why.headline}`, { itemIndex, waitMs }),
			whenStopped: { advice: 'Nothing was bought for this item.', nothingBought: true },
		}).catch((error: unknown) => {
			throw asUncertain(toSoraFailure(error), adviceWhenUncertain);
		});
		const { taskId } = bought;
		if (taskId !== undefined) run.log(`Sora task ${taskId} accepted`, { taskId, itemIndex });
		return { ...bought, takenUp: false };
	});
}

/**
 * Sends a paid request between two entries: before it, so that n8n's retry does not send it again whatever ends the
 * node now, and with what it brought about, before anything else can fail.
 */
async function writtenDown(
	{ slot, press }: Wanted,
	clock: Clock,
	send: () => Promise<Bought>,
): Promise<Purchase> {
	slot.begin(clock.now());
	press.note();
	const sent = send();
	await sent.catch((error: unknown) => {
		if (!toSoraFailure(error).facts.nothingBought) return;
		slot.discard();
		press.forget();
	});
	const purchase = { ...(await sent), at: clock.now() };
	slot.complete(purchase);
	press.note(purchase);
	return purchase;
}

/** Whatever was thrown once the request was on its way says nothing of the purchase, unless nothing was bought. */
function asUncertain(failure: SoraFailure, advice: string | undefined): SoraFailure {
	if (failure.facts.nothingBought || failure.category === 'submission_uncertain') return failure;
	return new SoraFailure('submission_uncertain', {
		...failure.facts,
		detail: failure.headline,
		// n8n's own error would hide what happened to the purchase.
		origin: undefined,
		...(advice && { advice }),
	});
}

/**
 * What the failure of a wait means for the next try of its item. A poll that failed says nothing of its task.
 * @returns the failure, to be thrown
 */
function afterTaskFailure({ slot, press }: Wanted, error: unknown): SoraFailure {
	const failure = toSoraFailure(error);
	const hasFailed = failure.facts.task?.phase === 'failed';
	if (hasFailed && failure.row.retryable) slot.discard();
	else if (hasFailed) slot.refuse();
	if ((hasFailed && failure.row.retryable) || failure.category === 'task_not_found') press.forget();
	return failure;
}
