/**
 * The state carried from one turn of the node to the next through n8n's database. Parked executions outlive updates of
 * this package: a state in another format is ignored, and the run starts over. It buys nothing twice, since the
 * purchases are in the ledger. Contains IDs and why items failed, never a prompt, an address or a key.
 */
import { isRecord, type JsonRecord } from '../gateway/contract';
import type { ParkedWatch } from '../tasks/poller';
import { SoraFailure, type FailureCategory, type FailureFacts } from '../gateway/failures';

export interface ParkedTask {
	itemIndex: number;
	taskId: string;
	/** It has finished or failed, and is not polled again until the others have, too. */
	hasEnded: boolean;
	/** The poller's state of its watch. */
	parked?: ParkedWatch;
}

export interface ParkingState {
	/** The execution that wrote it. In another one, the user's retry, it is ignored. */
	executionId: string;
	/** ID of the action requested from the engine, see `engineRequest.ts`. */
	actionId: string;
	/** A probe has bought nothing yet. */
	kind: 'probe' | 'parked';
	/** When the wait began, in milliseconds since the epoch: Max Wait counts from here. */
	beganAt: number;
	/** When n8n's timer ends it, in milliseconds since the epoch. */
	until: number;
	/** Digest of the gateway's address: task IDs mean nothing at another one. */
	gateway?: string;
	/** Failed tries of the node: n8n's Retry On Fail starts counting again in each turn. */
	failedTries: number;
	tasks: ParkedTask[];
	/** Items that failed without a task: they are returned with the others. */
	failures: Map<number, SoraFailure>;
	/** The task that the gateway was asked to call about. */
	hookedTaskId?: string;
	/** A call has already woken the run: further ones leave empty runs behind in n8n. */
	wasCalled: boolean;
}

/** Incremented with each change of the stored format. */
const FORMAT = 1;

/** The facts of a failure that its item repeats. */
const FACTS = ['detail', 'words', 'advice', 'taskId', 'httpStatus', 'nothingBought'] as const;

type StoredFailure = [itemIndex: number, category: FailureCategory, facts: FailureFacts];

export function storedState({ failures, ...state }: ParkingState): JsonRecord {
	const stored = [...failures].map(([itemIndex, { category, facts }]): StoredFailure => {
		const kept = FACTS.flatMap((name) => (facts[name] === undefined ? [] : [[name, facts[name]]]));
		return [itemIndex, category, Object.fromEntries(kept) as FailureFacts];
	});
	return { ...state, format: FORMAT, failures: stored };
}

/** @returns `undefined` unless it is a state in this version's format */
export function readState(found: unknown): ParkingState | undefined {
	if (!isRecord(found) || found.format !== FORMAT || !Number.isFinite(found.beganAt)) {
		return undefined;
	}
	const failures = (found.failures as StoredFailure[]).map(
		([itemIndex, category, facts]) => [itemIndex, new SoraFailure(category, facts)] as const,
	);
	return { ...(found as unknown as ParkingState), failures: new Map(failures) };
}

/** What a call from the gateway is checked against while the run is parked; stored in the node's execution context. */
export interface AwaitedCall {
	taskId: string;
	/** When n8n's timer ends the parking, in milliseconds since the epoch. */
	until: number;
}

/** Its key there. */
export const AWAITED_CALL = 'soraAwaitedCall';
