/**
 * The room of the promise: what was bought before, buying once, and what the end of a task means for the next try.
 * Nothing else in the package sends a paid request.
 */
import {
	ADVICE_ON_UNCERTAIN_CHARACTER,
	createCharacter,
	submitGeneration,
} from '../gateway/client';
import { definingFields, type JsonRecord } from '../gateway/contract';
import { SoraFailure } from '../gateway/failures';
import { ATTEMPTS } from '../gateway/timeouts';
import type { Gateway } from '../gateway/transport';
import { digestOf, type Bought, type Purchase } from '../tasks/ledger';
import { retry } from '../tasks/retry';
import { toSoraFailure } from './nodeErrors';
import { characterItem } from './output';
import type { Run } from './run';
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
	/** An earlier try or turn did. */
	takenUp: boolean;
	/** With another request than this try would send. */
	changed?: boolean;
};

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
	const digest = digestOf(run.gateway.address, definingFields(request.identity));
	const purchased = await buyOnce(run, itemIndex, digest, product, request);
	try {
		const performed = await finish(purchased);
		if (!(performed instanceof Unfinished)) run.ledger.deliver(itemIndex, digest);
		return performed;
	} catch (error) {
		throw afterTaskFailure(run, itemIndex, digest, error);
	}
}

async function buyOnce(
	run: Run,
	itemIndex: number,
	digest: string,
	product: Product,
	request: PaidRequest,
): Promise<Purchased> {
	const before = boughtBefore(run, itemIndex, digest, product);
	if (before) return before;
	await request.ready?.();
	return await run.submissions(async () => {
		const body = await request.body();
		return await submitOnce(run, itemIndex, digest, product, body);
	});
}

function boughtBefore(
	run: Run,
	itemIndex: number,
	digest: string,
	{ name, adviceWhenUncertain }: Product,
): Purchased | undefined {
	const found = run.ledger.find(itemIndex, digest);
	if (!found) return undefined;
	const { purchase: bought, changed } = found;
	if (!bought) {
		throw new SoraFailure('submission_uncertain', {
			detail: 'it was not sent again when n8n retried the node',
			...(adviceWhenUncertain && { advice: adviceWhenUncertain }),
		});
	}
	const what = bought.taskId
		? `Sora task ${bought.taskId} was bought before and is taken up again`
		: `Sora ${name} ${String(bought.character?.id)} was created before`;
	const although = changed
		? '; the parameters of this item have changed since, and the request was not sent again'
		: '';
	const { taskId } = bought;
	if (taskId !== undefined) run.accepted.set(itemIndex, taskId);
	// A parked run comes here for every poll, and its expressions may give another value each time.
	if (!run.waiting.isLaterTurn) run.log(what + although, { itemIndex, ...(taskId && { taskId }) });
	return { ...bought, takenUp: true, changed };
}

async function submitOnce(
	run: Run,
	itemIndex: number,
	digest: string,
	{ name, send, adviceWhenUncertain }: Product,
	body: JsonRecord,
): Promise<Purchased> {
	const { ledger, clock } = run;
	const attempt = async () => {
		// Written before it is sent: whatever ends the node now, n8n's retry will not send it again.
		ledger.begin(itemIndex, digest, clock.now());
		return await send(run.gateway, body);
	};
	const bought = await retry(attempt, {
		attempts: ATTEMPTS.submission,
		repeats: 'not-bought',
		clock,
		signal: run.signal,
		onRetry: (why, waitMs) => {
			ledger.discard(itemIndex, digest);
			run.log(`Sora ${name} not submitted yet: ${why.headline}`, { itemIndex, waitMs });
		},
		whenStopped: { advice: 'Nothing was bought for this item.', nothingBought: true },
	}).catch((error: unknown) => {
		const failure = toSoraFailure(error);
		if (failure.facts.nothingBought) {
			ledger.discard(itemIndex, digest);
			throw failure;
		}
		throw asUncertain(failure, adviceWhenUncertain);
	});
	const at = clock.now();
	// Written down before anything else can fail.
	ledger.complete(itemIndex, digest, { ...bought, at });
	const { taskId } = bought;
	if (taskId !== undefined) {
		run.accepted.set(itemIndex, taskId);
		run.log(`Sora task ${taskId} accepted`, { taskId, itemIndex });
	}
	return { ...bought, at, takenUp: false };
}

/** Whatever else was thrown once the request was on its way says nothing of the purchase. */
function asUncertain(failure: SoraFailure, advice: string | undefined): SoraFailure {
	if (failure.category === 'submission_uncertain') return failure;
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
function afterTaskFailure(
	{ ledger }: Run,
	itemIndex: number,
	digest: string,
	error: unknown,
): SoraFailure {
	const failure = toSoraFailure(error);
	if (failure.facts.task?.phase === 'failed') {
		if (failure.row.retryable) ledger.discard(itemIndex, digest);
		else ledger.refuse(itemIndex, digest);
	}
	return failure;
}
