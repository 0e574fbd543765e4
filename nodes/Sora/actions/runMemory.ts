/** What a run remembers of its purchases, and what n8n reveals about the origin of its execution. */
import type { IExecuteFunctions } from 'n8n-workflow';

import { isRecord, type JsonRecord } from '../gateway/contract';
import type { Gateway } from '../gateway/credential';
import { resumeUrlOf } from '../parking/engineRequest';
import { digestOf, Ledger } from '../tasks/ledger';
import { LedgerCopies } from '../tasks/ledgerCopies';

/** One per process. */
const copies = new LedgerCopies();

/** The cancel signal that is watched, by a node's context. */
const watchedForStop = new WeakMap<object, AbortSignal>();

/** An agent calls the node: a tool is entered once, and nobody watches its output. */
export const isToolCall = (context: IExecuteFunctions) =>
	context.getNode().type.endsWith('Tool') || context.isToolExecution?.() === true;

export const scopeOf = (context: IExecuteFunctions) =>
	`${context.getWorkflow().id} ${context.getNode().id}`;

export const runIndexOf = (context: IExecuteFunctions) =>
	Number(context.getWorkflowDataProxy(0).$runIndex ?? 0);

export function openLedger(context: IExecuteFunctions, { address, conceal }: Gateway): Ledger {
	const nodeContext = context.getContext('node');
	const isTool = isToolCall(context);
	const executionId = context.getExecutionId() ?? '';
	// In all runs of the node in this execution: n8n has kept nothing of an earlier one.
	const isBare = (nodeContext.soraSince ??= executionId) === executionId;
	const ofNode = digestOf(address, context.getNode().parameters as JsonRecord);
	const originOf = (itemIndex: number): string | undefined => {
		try {
			return digestOf(ofNode, context.getInputData()[itemIndex]?.json ?? {});
		} catch {
			// An item may contain what is not JSON.
			return undefined;
		}
	};
	// Without an ID, executions are indistinguishable, and nothing writes an older state back.
	const isCopied = executionId !== '' && !isTool;
	const owner = {
		node: scopeOf(context),
		executionId,
		lineage: (isCopied && lineageOf(context)) || executionId,
		isBareRetry: isBare && context.getMode() === 'retry',
	};
	const stop = context.getExecutionCancelSignal();
	if (isCopied && stop && watchedForStop.get(nodeContext) !== stop) {
		watchedForStop.set(nodeContext, stop);
		// Even if it is stopped in a later node.
		stop.addEventListener('abort', () => copies.stop(owner), { once: true });
	}
	const runIndex = runIndexOf(context);
	const caller = { owner, runIndex, isTool, conceal, ...(!isTool && { originOf }) };
	return new Ledger(nodeContext, caller, isCopied ? copies : undefined);
}

/** The secret of the resume address is created with an execution, and its retries inherit it (since n8n 2.15). */
function lineageOf(context: IExecuteFunctions): string | undefined {
	const resumeUrl = resumeUrlOf(context);
	return resumeUrl && new URL(resumeUrl).search;
}

/** n8n's execution modes; retries and sub-workflows have their own. */
const IS_TEST: Readonly<Record<string, boolean>> = {
	...{ manual: true, evaluation: true },
	...{ trigger: false, webhook: false, error: false, cli: false, internal: false },
};

/**
 * Whether the execution was started manually to test the workflow. For a retry, the ledger knows its origin; otherwise
 * n8n's execution context (newer versions), and `$execution.mode` or, undocumented, the engine in a sub-workflow.
 * @returns `undefined` if nobody knows
 */
export function isTest(context: IExecuteFunctions, { stored }: Ledger): boolean | undefined {
	const known = IS_TEST[context.getMode()] ?? stored.isTest ?? beganAsTest(context);
	if (known !== undefined) stored.isTest = known;
	return known;
}

function beganAsTest(context: IExecuteFunctions): boolean | undefined {
	if (context.evaluateExpression('{{ $execution.mode }}', 0) === 'test') return true;
	const host = context as unknown as {
		getExecutionContext?: () => unknown;
		additionalData?: unknown;
	};
	const root = isRecord(host.additionalData) ? host.additionalData.rootExecutionMode : undefined;
	const begun = host.getExecutionContext?.();
	const source = isRecord(begun) ? begun.source : undefined;
	return IS_TEST[String(root ?? source)];
}
