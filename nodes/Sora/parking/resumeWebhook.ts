/**
 * The gateway's call wakes a parked execution before its time. Nothing else happens here: n8n reads the execution before
 * it hands over the call and writes back what it read, so that whatever happened meanwhile is lost, another node's
 * purchase included; and what is thrown here ends in an execution that goes on without its data (n8n 2.0 to 2.41).
 */
import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { readCalledTaskId } from '../gateway/taskId';
import { readTask } from '../gateway/contract';
import { messageOf } from '../gateway/failures';
import { systemClock, type Clock } from '../flow/clock';
import { Recent } from '../tasks/recent';
import { AWAITED_CALL, type AwaitedCall } from './parkingState';
import { RESUME_PATH } from './resumePath';

/** @param resumeUrl of the execution, with its secret in the query */
export function resumeAddress(resumeUrl: string): string {
	const url = new URL(resumeUrl);
	url.pathname += `/${RESUME_PATH}`;
	return url.toString();
}

/**
 * Parkings that have ended, as far as this process knows. A call that n8n was slow to hear still sees the parking that it
 * was read with, and waking that would run an older state of the execution.
 */
const ended = new Recent<true>(10_000);

/** A call wakes this parking no more. @returns whether it was still asleep */
export function endParking({ taskId, until }: AwaitedCall): boolean {
	const parking = `${taskId} ${until}`;
	const wasAsleep = !ended.has(parking);
	ended.set(parking, true);
	return wasAsleep;
}

/** From here on n8n's timer wakes the execution, maybe in another process, which cannot be seen from here. In milliseconds. */
const TIMER_NEAR_MS = 5_000;

/** Answers a call, and wakes the execution where the call is about the task that it waits for. Never throws. */
export async function answerResumeCall(
	context: IWebhookFunctions,
	clock: Clock = systemClock,
): Promise<IWebhookResponseData> {
	let wakes = false;
	try {
		// A caller learns nothing from the answer.
		context.getResponseObject().status(200).json({ received: true });
		wakes = isAwaited(context, clock);
	} catch (error) {
		context.logger.warn(`Sora: a call of the gateway was not understood. ${messageOf(error)}`);
	}
	return { noWebhookResponse: true, ...(wakes && { workflowData: [] }) };
}

function isAwaited(context: IWebhookFunctions, clock: Clock): boolean {
	const body = context.getBodyData();
	const taskId = readCalledTaskId(body);
	if (taskId === undefined) return false;
	const found = context.evaluateExpression(awaitedCallOf(context)) as unknown;
	const awaited = found as AwaitedCall | undefined;
	if (awaited?.taskId !== taskId) return false;
	// The call is trusted in one thing: that the task still runs.
	const task = readTask(body, taskId);
	if (task?.status && task.phase === 'running') return false;
	return clock.now() < awaited.until - TIMER_NEAR_MS && endParking(awaited);
}

/** A call has no access to the node's context but by an expression, which no brace in the name may end. */
function awaitedCallOf(context: IWebhookFunctions): string {
	const name = JSON.stringify(context.getNode().name)
		.replaceAll('{', '\\u007b')
		.replaceAll('}', '\\u007d');
	return `{{ $node[${name}].context["${AWAITED_CALL}"] }}`;
}
