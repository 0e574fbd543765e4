/** Turns a failure into what n8n shows: a node's error, or the fields of an item. */
import {
	NodeApiError,
	NodeOperationError,
	type IExecuteFunctions,
	type ILoadOptionsFunctions,
	type JsonObject,
} from 'n8n-workflow';

import { messageOf, SoraFailure } from '../gateway/failures';
import { printable } from '../gateway/printable';
import { whatToDo } from './output';

/** Maximum number of tasks or refusals listed in an error or a log line before "and N more". */
export const MAX_NAMED = 20;

export function firstNamed(names: readonly string[], separator = ', '): string {
	const more = names.length - MAX_NAMED;
	return names.slice(0, MAX_NAMED).join(separator) + (more > 0 ? ` and ${more} more` : '');
}

export function toSoraFailure(error: unknown): SoraFailure {
	if (error instanceof SoraFailure) return error;
	return new SoraFailure('unexpected', { detail: messageOf(error), origin: error });
}

/** n8n's own errors, such as those of an expression, explain themselves best. */
const isN8nError = (error: unknown): error is NodeOperationError =>
	typeof error === 'object' &&
	error !== null &&
	'name' in error &&
	/^(?:Expression|NodeOperation|NodeApi)Error$/.test(String(error.name));

/** @param where the item, its name among others, and tasks of other items that the node leaves open */
export function toNodeError(
	context: Pick<IExecuteFunctions | ILoadOptionsFunctions, 'getNode'>,
	failure: SoraFailure,
	where: { itemIndex?: number; item?: string; otherTasks?: string[] } = {},
): NodeApiError | NodeOperationError {
	const { itemIndex, item, otherTasks = [] } = where;
	const { facts, row, headline, category, taskId } = failure;
	if (isN8nError(facts.origin)) return facts.origin;
	const message = item ? `${headline} ${item}` : headline;
	const description = [
		otherTasks.length > 0 &&
			`The other videos are bought, and their tasks continue at the gateway: ${firstNamed(otherTasks.map(printable))}. To get them, set On Error to "Continue" under Settings, and execute the node again, or retry the execution with the currently saved workflow: they are picked up, and not bought again.`,
		otherTasks.length > 0 && item && 'About this item:',
		whatToDo(failure).advice,
		facts.words && `The gateway says: "${facts.words}"`,
	];
	const options = {
		message,
		description: description.filter(Boolean).join(' '),
		itemIndex,
		failure: row.cause && {
			cause: row.cause,
			...(row.cause === 'rate-limited' && { retryAfterMs: facts.retryAfterMs }),
		},
	} as ConstructorParameters<typeof NodeApiError>[2] & { message: string };
	const { httpStatus } = facts;
	const error =
		httpStatus === undefined
			? new NodeOperationError(context.getNode(), message, options)
			: new NodeApiError(
					context.getNode(),
					{ category, task_id: taskId } as unknown as JsonObject,
					{ ...options, httpCode: String(httpStatus) },
				);
	Object.assign(error.context, { category, taskId });
	return error;
}
