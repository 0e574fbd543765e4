/** What a run remembers of its purchases, and what n8n tells of where it comes from. */
import type { IExecuteFunctions } from 'n8n-workflow';

import { isRecord, type JsonRecord } from '../gateway/contract';
import type { Gateway } from '../gateway/credential';
import { resumeUrlOf } from '../parking/engineRequest';
import { digestOf, Ledger, type LedgerCopy } from '../tasks/ledger';
import { LedgerCopies } from '../tasks/ledgerCopies';
import { isToolCall } from './turn';

/** One for each process. */
const copies = new LedgerCopies();

/** By the context of a node, which all turns of a loop share, and with it what they have bought. */
const watchedForStop = new WeakMap<object, AbortSignal>();

export const scopeOf = (context: IExecuteFunctions) =>
	`${context.getWorkflow().id} ${context.getNode().id}`;

export const runIndexOf = (context: IExecuteFunctions) =>
	Number(context.getWorkflowDataProxy(0).$runIndex ?? 0);

export function openLedger(context: IExecuteFunctions, gateway: Gateway): Ledger {
	const nodeContext = context.getContext('node');
	const isTool = isToolCall(context);
	const caller = {
		runIndex: runIndexOf(context),
		executionId: context.getExecutionId() ?? '',
		isTool,
		...(!isTool && { originOf: originOf(context, gateway) }),
	};
	const ledger = new Ledger(nodeContext, caller, isTool ? undefined : copyOf(context));
	const stop = context.getExecutionCancelSignal();
	if (stop && watchedForStop.get(nodeContext) !== stop) {
		watchedForStop.set(nodeContext, stop);
		// Also where it is stopped in a later node.
		stop.addEventListener('abort', () => ledger.stop(), { once: true });
	}
	return ledger;
}

/** Without an ID, executions cannot be distinguished, and nothing writes an older state back. */
function copyOf(context: IExecuteFunctions): LedgerCopy | undefined {
	const executionId = context.getExecutionId();
	if (!executionId) return undefined;
	const isBare = Object.keys(context.getContext('node')).length === 0;
	const owner = {
		node: scopeOf(context),
		executionId,
		lineage: lineageOf(context) || executionId,
		isBareRetry: isBare && context.getMode() === 'retry',
	};
	return copies.of(owner);
}

/** The secret of the resume address is made with an execution, and its retries inherit it (since n8n 2.15). */
function lineageOf(context: IExecuteFunctions): string | undefined {
	const resumeUrl = resumeUrlOf(context);
	return resumeUrl && new URL(resumeUrl).search;
}

/** See the ledger. */
function originOf(context: IExecuteFunctions, { address }: Gateway) {
	const ofNode = digestOf(address, context.getNode().parameters as JsonRecord);
	return (itemIndex: number): string | undefined => {
		try {
			return digestOf(ofNode, context.getInputData()[itemIndex]?.json ?? {});
		} catch {
			// An item may hold what is no JSON.
			return undefined;
		}
	};
}

/** Whether somebody started the execution to test the workflow. */
export type Purpose = 'test' | 'production' | 'unknown';

const PURPOSES: Readonly<Record<string, Purpose>> = {
	manual: 'test',
	evaluation: 'test',
	trigger: 'production',
	webhook: 'production',
	error: 'production',
	cli: 'production',
	internal: 'production',
};

/**
 * A retry and a sub-workflow run in modes of their own. What the execution began as is known to the ledger of a
 * retry, to n8n's execution context (newer versions), and to `$execution.mode` or, undocumented, to the engine in a
 * sub-workflow.
 */
export function purposeOf(context: IExecuteFunctions, ledger: Ledger): Purpose {
	const known =
		PURPOSES[context.getMode()] ?? rememberedPurpose(ledger) ?? inheritedPurpose(context);
	if (known !== 'unknown') ledger.isTest = known === 'test';
	return known;
}

function rememberedPurpose({ isTest }: Ledger): Purpose | undefined {
	return isTest === undefined ? undefined : isTest ? 'test' : 'production';
}

function inheritedPurpose(context: IExecuteFunctions): Purpose {
	if (context.evaluateExpression('{{ $execution.mode }}', 0) === 'test') return 'test';
	const host = context as unknown as {
		getExecutionContext?: () => unknown;
		additionalData?: unknown;
	};
	const root = isRecord(host.additionalData) ? host.additionalData.rootExecutionMode : undefined;
	const begun = host.getExecutionContext?.();
	const source = isRecord(begun) ? begun.source : undefined;
	return PURPOSES[String(root ?? source)] ?? 'unknown';
}
