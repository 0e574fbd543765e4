/**
 * What a run carries from one turn of the node to the next, through n8n's database. Parked executions outlive updates
 * of this package: another version reads what it is certain of, and buys nothing for what it cannot read, since the
 * purchases themselves stand in the ledger. Holds IDs and why items failed, never a prompt, an address or a key.
 */
import { isRecord, type JsonRecord } from '../gateway/contract';
import { FAILURES, SoraFailure, type FailureCategory } from '../gateway/failures';

const VERSION = 1;

export interface ParkedTask {
	itemIndex: number;
	taskId: string;
	/** It has finished or failed, and is not polled again before the others have too. */
	hasEnded: boolean;
	/** It was bought by an earlier test in the editor. */
	isReused: boolean;
}

export interface ParkingState {
	/** The execution that wrote it. Another one is the user's retry, which begins anew. */
	executionId: string;
	/** Of what the engine was asked for, see `engineRequest.ts`. */
	actionId: string;
	/** What is waited for; a probe has nothing yet. */
	kind: 'probe' | 'checkpoint' | 'parked';
	/** When the wait began, milliseconds since the epoch: Max Wait counts from here. */
	beganAt: number;
	/** Tries of the node that have failed: n8n's Retry On Fail counts anew in each turn. */
	failedTries: number;
	tasks: ParkedTask[];
	/** Items that failed without a task: they are put out with the others. */
	failures: Map<number, SoraFailure>;
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
const isIndex = (value: unknown): value is number =>
	typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const optionalText = (value: unknown) => (isText(value) ? value : undefined);
const entries = (value: unknown) => (Array.isArray(value) ? value.filter(isRecord) : []);

function readTask({ itemIndex, taskId, hasEnded, isReused }: JsonRecord): ParkedTask[] {
	if (!isIndex(itemIndex) || !isText(taskId)) return [];
	return [{ itemIndex, taskId, hasEnded: hasEnded === true, isReused: isReused === true }];
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

const KINDS = ['probe', 'checkpoint', 'parked'] as const;

/** @returns `undefined` where what was found is no state, or not enough of one: the run then begins anew */
export function readState(found: unknown): ParkingState | undefined {
	if (!isRecord(found)) return undefined;
	const { executionId, actionId, beganAt, wasCalled } = found;
	const kind = KINDS.find((known) => known === found.kind);
	if (!isText(executionId) || !isText(actionId) || !kind) return undefined;
	if (typeof beganAt !== 'number' || !Number.isFinite(beganAt)) return undefined;
	return {
		executionId,
		actionId,
		kind,
		beganAt,
		failedTries: isIndex(found.failedTries) ? found.failedTries : 0,
		tasks: entries(found.tasks).flatMap(readTask),
		failures: new Map(entries(found.failures).flatMap(readFailure)),
		wasCalled: wasCalled === true,
	};
}

/** What a call of the gateway is judged by while the run is parked; it lies in the node's execution context. */
export interface AwaitedCalls {
	/** Tasks that are not known to have ended. */
	taskIds: string[];
}

/** Where it lies there. */
export const AWAITED_CALLS = 'soraAwaitedCalls';

export const storedAwaitedCalls = ({ taskIds }: AwaitedCalls): JsonRecord => ({
	version: VERSION,
	taskIds,
});

/** @returns `undefined` where no call is awaited */
export function readAwaitedCalls(found: unknown): AwaitedCalls | undefined {
	if (!isRecord(found) || !Array.isArray(found.taskIds)) return undefined;
	const taskIds = found.taskIds.filter(isText);
	return taskIds.length > 0 ? { taskIds } : undefined;
}
