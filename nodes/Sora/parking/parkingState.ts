/**
 * What a run carries from one turn of the node to the next, through n8n's database. Parked executions outlive updates
 * of this package: another version reads what it is certain of, and buys nothing for what it cannot read, since the
 * purchases themselves stand in the ledger. Holds IDs and why items failed, never a prompt, an address or a key.
 */
import { isRecord, type JsonRecord } from '../gateway/contract';
import type { ParkedWatch } from '../tasks/poller';
import { FAILURES, SoraFailure, type FailureCategory } from '../gateway/failures';

export interface ParkedTask {
	itemIndex: number;
	taskId: string;
	/** It has finished or failed, and is not polled again before the others have too. */
	hasEnded: boolean;
	/** What the poller left of its watch. */
	parked?: ParkedWatch;
}

export interface ParkingState {
	/** The execution that wrote it. Another one is the user's retry, which begins anew. */
	executionId: string;
	/** Of what the engine was asked for, see `engineRequest.ts`. */
	actionId: string;
	/** A probe has bought nothing yet. */
	kind: 'probe' | 'parked';
	/** When the wait began, milliseconds since the epoch: Max Wait counts from here. */
	beganAt: number;
	/** When n8n's timer ends it, milliseconds since the epoch. */
	until: number;
	/** Digest of the gateway's address: task IDs mean nothing at another one. */
	gateway?: string;
	/** Tries of the node that have failed: n8n's Retry On Fail counts anew in each turn. */
	failedTries: number;
	tasks: ParkedTask[];
	/** Items that failed without a task: they are returned with the others. */
	failures: Map<number, SoraFailure>;
	/** The task that the gateway was asked to call about. */
	hookedTaskId?: string;
	/** A call has woken the run once: further ones leave empty runs behind in n8n. */
	wasCalled: boolean;
}

/** The facts of a failure that its item repeats. */
const TEXTS = ['detail', 'words', 'advice', 'taskId'] as const;

export function storedState({ failures, ...state }: ParkingState): JsonRecord {
	const stored = [...failures].map(([itemIndex, { category, facts }]) => {
		const texts = Object.fromEntries(TEXTS.map((name) => [name, facts[name]]));
		return { itemIndex, category, httpStatus: facts.httpStatus, ...texts };
	});
	return { ...state, failures: stored };
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isMoment = (value: unknown): value is number => Number.isFinite(value);
const isIndex = (value: unknown): value is number =>
	Number.isSafeInteger(value) && Number(value) >= 0;
const textOf = (value: unknown) => (isText(value) ? value : undefined);
const recordsIn = (value: unknown) => (Array.isArray(value) ? value.filter(isRecord) : []);

function readTask({ itemIndex, taskId, hasEnded, parked }: JsonRecord): ParkedTask[] {
	if (!isIndex(itemIndex) || !isText(taskId)) return [];
	const isWatch = isRecord(parked) && isMoment(parked.until);
	const watch = isWatch ? (parked as unknown as ParkedWatch) : undefined;
	return [{ itemIndex, taskId, hasEnded: hasEnded === true, ...(watch && { parked: watch }) }];
}

function readFailure({ itemIndex, category, httpStatus, ...facts }: JsonRecord) {
	const known = isText(category) && Object.hasOwn(FAILURES, category) ? category : 'unexpected';
	const failure = new SoraFailure(known as FailureCategory, {
		...Object.fromEntries(TEXTS.map((name) => [name, textOf(facts[name])])),
		...(typeof httpStatus === 'number' && { httpStatus }),
	});
	return isIndex(itemIndex) ? [[itemIndex, failure] as const] : [];
}

/** @returns `undefined` where what was found is no state, or not enough of one: the run then begins anew */
export function readState(found: unknown): ParkingState | undefined {
	if (!isRecord(found)) return undefined;
	const { executionId, actionId, kind, beganAt, until, failedTries } = found;
	if (!isText(executionId) || !isText(actionId) || !isMoment(beganAt)) return undefined;
	if (kind !== 'probe' && kind !== 'parked') return undefined;
	return {
		executionId,
		actionId,
		kind,
		beganAt,
		until: isMoment(until) ? until : beganAt,
		gateway: textOf(found.gateway),
		hookedTaskId: textOf(found.hookedTaskId),
		failedTries: isIndex(failedTries) ? failedTries : 0,
		tasks: recordsIn(found.tasks).flatMap(readTask),
		failures: new Map(recordsIn(found.failures).flatMap(readFailure)),
		wasCalled: found.wasCalled === true,
	};
}

/** What a call of the gateway is judged by while the run is parked; it lies in the node's execution context. */
export interface AwaitedCall {
	taskId: string;
	/** When n8n's timer ends the parking, milliseconds since the epoch. */
	until: number;
}

/** Where it lies there. */
export const AWAITED_CALL = 'soraAwaitedCall';

/** @returns `undefined` where no call is awaited */
export function readAwaitedCall(found: unknown): AwaitedCall | undefined {
	if (!isRecord(found) || !isText(found.taskId) || !isMoment(found.until)) return undefined;
	return { taskId: found.taskId, until: found.until };
}
