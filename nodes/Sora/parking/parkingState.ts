/**
 * What a run carries from one turn of the node to the next, through n8n's database. Parked executions outlive updates
 * of this package: another version reads what it is certain of, and buys nothing for what it cannot read, since the
 * purchases themselves stand in the ledger. Holds IDs and why items failed, never a prompt, an address or a key.
 */
import { isRecord, type JsonRecord } from '../gateway/contract';
import type { ParkedWatch } from '../tasks/poller';
import { FAILURES, SoraFailure, type FailureCategory } from '../gateway/failures';

const VERSION = 1;

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
	/** A call of the gateway has woken this run already. */
	wasCalled: boolean;
}

/** Of a failure, what its item repeats. */
function storedFailure(itemIndex: number, { category, facts }: SoraFailure): JsonRecord {
	const { detail, words, advice, httpStatus, taskId } = facts;
	return { itemIndex, category, detail, words, advice, httpStatus, taskId };
}

export function storedState({ failures, ...state }: ParkingState): JsonRecord {
	return {
		version: VERSION,
		...state,
		failures: [...failures].map(([itemIndex, failure]) => storedFailure(itemIndex, failure)),
	};
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isMoment = (value: unknown): value is number =>
	typeof value === 'number' && Number.isFinite(value);
const isIndex = (value: unknown): value is number =>
	typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const optionalText = (value: unknown) => (isText(value) ? value : undefined);
const entries = (value: unknown) => (Array.isArray(value) ? value.filter(isRecord) : []);

function readTask({ itemIndex, taskId, hasEnded, parked }: JsonRecord): ParkedTask[] {
	if (!isIndex(itemIndex) || !isText(taskId)) return [];
	const task = { itemIndex, taskId, hasEnded: hasEnded === true };
	const isWatch = isRecord(parked) && isMoment(parked.until);
	return [{ ...task, ...(isWatch && { parked: parked as unknown as ParkedWatch }) }];
}

function readFailure(found: JsonRecord): Array<[number, SoraFailure]> {
	const { itemIndex, category, httpStatus } = found;
	if (!isIndex(itemIndex)) return [];
	const known = isText(category) && Object.hasOwn(FAILURES, category);
	const failure = new SoraFailure(known ? (category as FailureCategory) : 'unexpected', {
		detail: optionalText(found.detail),
		words: optionalText(found.words),
		advice: optionalText(found.advice),
		taskId: optionalText(found.taskId),
		...(typeof httpStatus === 'number' && { httpStatus }),
	});
	return [[itemIndex, failure]];
}

const KINDS = ['probe', 'parked'] as const;

/** @returns `undefined` where what was found is no state, or not enough of one: the run then begins anew */
export function readState(found: unknown): ParkingState | undefined {
	if (!isRecord(found)) return undefined;
	const { executionId, actionId, beganAt, wasCalled } = found;
	const kind = KINDS.find((known) => known === found.kind);
	if (!isText(executionId) || !isText(actionId) || !kind) return undefined;
	if (!isMoment(beganAt)) return undefined;
	return {
		executionId,
		actionId,
		kind,
		beganAt,
		until: isMoment(found.until) ? found.until : beganAt,
		gateway: optionalText(found.gateway),
		hookedTaskId: optionalText(found.hookedTaskId),
		failedTries: isIndex(found.failedTries) ? found.failedTries : 0,
		tasks: entries(found.tasks).flatMap(readTask),
		failures: new Map(entries(found.failures).flatMap(readFailure)),
		wasCalled: wasCalled === true,
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
