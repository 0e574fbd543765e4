/** From a failure in the user's terms to what n8n shows: an error of the node, or the fields of an item. */
import {
	NodeApiError,
	NodeOperationError,
	type IExecuteFunctions,
	type ILoadOptionsFunctions,
	type JsonObject,
} from 'n8n-workflow';

import { messageOf, SoraFailure } from '../gateway/failures';
import { ConnectionLost } from '../gateway/transport';
import { failedTaskFields } from './output';

/** Other tasks that an error names before it says "and N more". */
const MOST_TASKS_NAMED = 20;

export function toSoraFailure(error: unknown): SoraFailure {
	if (error instanceof SoraFailure) return error;
	if (error instanceof ConnectionLost) return error.failure;
	return new SoraFailure('unexpected', { detail: messageOf(error), origin: error });
}

/** n8n's own errors, of an expression say, explain themselves better than we could. */
const isN8nError = (error: unknown): error is NodeOperationError =>
	typeof error === 'object' &&
	error !== null &&
	'name' in error &&
	/^(?:Expression|NodeOperation|NodeApi)Error$/.test(String(error.name));

interface Where {
	itemIndex?: number;
	isOneOfMany?: boolean;
	/** Tasks of other items that the node leaves behind when it fails. */
	otherTasks?: string[];
}

export function toNodeError(
	context: Pick<IExecuteFunctions | ILoadOptionsFunctions, 'getNode'>,
	failure: SoraFailure,
	{ itemIndex, isOneOfMany = false, otherTasks = [] }: Where = {},
): NodeApiError | NodeOperationError {
	const { facts, row, headline } = failure;
	if (isN8nError(facts.origin)) return facts.origin;
	// One item needs no number.
	const message = isOneOfMany ? `${headline} [item ${itemIndex}]` : headline;
	const options = {
		message,
		description: [
			failure.advice,
			facts.words && `The gateway says: "${facts.words}"`,
			leftBehind(otherTasks),
		]
			.filter(Boolean)
			.join(' '),
		itemIndex,
		failure: row.cause && {
			cause: row.cause,
			...(row.cause === 'rate-limited' && { retryAfterMs: facts.retryAfterMs }),
		},
	} as ConstructorParameters<typeof NodeApiError>[2] & { message: string };
	const facets = { category: failure.category, task_id: failure.taskId } as unknown as JsonObject;
	const error =
		facts.httpStatus === undefined
			? new NodeOperationError(context.getNode(), message, options)
			: new NodeApiError(context.getNode(), facets, {
					...options,
					httpCode: String(facts.httpStatus),
				});
	Object.assign(error.context, { category: failure.category, taskId: failure.taskId });
	return error;
}

function leftBehind(tasks: string[]): string {
	if (!tasks.length) return '';
	const named = tasks.slice(0, MOST_TASKS_NAMED).join(', ');
	const more =
		tasks.length > MOST_TASKS_NAMED ? ` and ${tasks.length - MOST_TASKS_NAMED} more` : '';
	return `Other tasks of this run go on at the gateway: ${named}${more}. "Retry On Fail", or retrying the execution, takes them up again without buying them twice.`;
}

/** What an item carries under Continue On Fail. */
export function failedItemFields(failure: SoraFailure) {
	return {
		error: failure.facts.words
			? `${failure.headline}. The gateway says: "${failure.facts.words}"`
			: failure.headline,
		...failedTaskFields({ taskId: failure.taskId, task: failure.facts.task }),
		...whatToDo(failure),
	};
}

/** What a workflow can act on: the gateway's own words are Chinese as a rule. */
export const whatToDo = ({ category, row, advice }: SoraFailure) => ({
	category,
	retryable: row.retryable,
	advice,
});
