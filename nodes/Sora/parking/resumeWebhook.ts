/**
 * The gateway's call wakes a parked execution before its time. Nothing else happens here: n8n reads the execution before
 * it hands over the call and writes back what it read, so that whatever happened meanwhile is lost, another node's
 * purchase included; and what is thrown here ends in an execution that goes on without its data (n8n 2.0 to 2.41).
 */
import type { IWebhookDescription, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { readCalledTaskId, readTask } from '../gateway/contract';
import { messageOf } from '../gateway/failures';
import { CountedCalls } from './countedCalls';
import { AWAITED_CALLS, readAwaitedCalls } from './parkingState';

/** A path of its own: a call that comes late must not resume a Wait node that stands further on. */
const PATH = 'sora';

export const RESUME_WEBHOOKS: IWebhookDescription[] = [
	{
		name: 'default',
		httpMethod: 'POST',
		responseMode: 'onReceived',
		responseData: '',
		path: PATH,
		restartWebhook: true,
		isFullPath: true,
	},
];

/** @param resumeUrl of the execution, with its secret in the query */
export function resumeAddress(resumeUrl: string): string {
	const url = new URL(resumeUrl);
	url.pathname += `/${PATH}`;
	return url.toString();
}

/** Of this process; where several take calls, no one of them may hear all, and the timer wakes the execution. */
const calls = new CountedCalls();

/** Answers a call about a task, and wakes the execution when all its open tasks were called about. Never throws. */
export async function answerResumeCall(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	let wakes = false;
	try {
		// Whoever calls learns nothing from the answer.
		context.getResponseObject().status(200).json({ received: true });
		wakes = isLastCall(context);
	} catch (error) {
		context.logger.warn(`Sora: a call of the gateway was not understood. ${messageOf(error)}`);
	}
	return { noWebhookResponse: true, ...(wakes && { workflowData: [] }) };
}

function isLastCall(context: IWebhookFunctions): boolean {
	const body = context.getBodyData();
	const taskId = readCalledTaskId(body);
	if (taskId === undefined) return false;
	const awaited = readAwaitedCalls(context.evaluateExpression(awaitedCallsOf(context)));
	if (!awaited?.taskIds.includes(taskId)) return false;
	// Nothing is believed but that the gateway itself does not say that it is over.
	const told = readTask(body, taskId);
	if (told?.status && told.phase === 'running') return false;
	return calls.isLast(taskId, awaited.taskIds);
}

/** A call has no access to the node's context but by an expression. */
function awaitedCallsOf(context: IWebhookFunctions): string {
	// Whatever a name may hold, braces included, must not end the expression.
	const name = [...context.getNode().name]
		.map((sign) => (/^[A-Za-z0-9 ]$/.test(sign) ? sign : escaped(sign)))
		.join('');
	return `{{ $node["${name}"].context["${AWAITED_CALLS}"] }}`;
}

const escaped = (sign: string) =>
	sign
		.split('')
		.map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
		.join('');
