/**
 * What a run carries from one turn of the node to the next, through n8n's database. Parked executions outlive updates
 * of this package: a state in another format is not read, and the run begins anew. It buys nothing twice, since the
 * purchases stand in the ledger. Holds IDs and why items failed, never a prompt, an address or a key.
 */
import { isRecord, type JsonRecord } from '../gateway/contract';
import type { ParkedWatch } from '../tasks/poller';
import { SoraFailure, type FailureCategory, type FailureFacts } from '../gateway/failures';

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

/** Another number with each change of what is stored. */
const FORMAT = 1;

/** The facts of a failure that its item repeats. */
const FACTS = ['detail', 'words', 'advice', 'taskId', 'httpStatus'] as const;

type StoredFailure = [itemIndex: number, category: FailureCategory, facts: FailureFacts];

export function storedState({ failures, ...state }: ParkingState): JsonRecord {
	const stored = [...failures].map(([itemIndex, { category, facts }]): StoredFailure => {
		const kept = FACTS.flatMap((name) => (facts[name] === undefined ? [] : [[name, facts[name]]]));
		return [itemIndex, category, Object.fromEntries(kept) as FailureFacts];
	});
	return { ...state, format: FORMAT, failures: stored };
}

/** @returns `undefined` where what was found is no state that this version has written */
export function readState(found: unknown): ParkingState | undefined {
	if (!isRecord(found) || found.format !== FORMAT || !Number.isFinite(found.beganAt)) {
		return undefined;
	}
	const failures = (found.failures as StoredFailure[]).map(
		([itemIndex, category, facts]) => [itemIndex, new SoraFailure(category, facts)] as const,
	);
	return { ...(found as unknown as ParkingState), failures: new Map(failures) };
}

/** What a call of the gateway is judged by while the run is parked; it lies in the node's execution context. */
export interface AwaitedCall {
	taskId: string;
	/** When n8n's timer ends the parking, milliseconds since the epoch. */
	until: number;
}

/** Where it lies there. */
export const AWAITED_CALL = 'soraAwaitedCall';
