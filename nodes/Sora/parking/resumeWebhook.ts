/**
 * Lets the gateway's call wake a parked execution early. Does nothing else: n8n reads the execution before it hands
 * over the call and writes back what it read, so anything that happened in between is lost, another node's purchase
 * included; and an exception here continues the execution without its data (n8n 2.0 to 2.41).
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
 * Parkings that have ended, as far as this process knows. If n8n is slow to deliver a call, it still sees the parking
 * as it was read before, and waking that would run an older state of the execution.
 */
const ended = new Recent<true>(10_000);

/** No call wakes this parking any more. @returns whether it was still asleep */
export function endParking({ taskId, until }: AwaitedCall): boolean {
	const parking = `${taskId} ${until}`;
	const wasAsleep = !ended.has(parking);
	ended.set(parking, true);
	return wasAsleep;
}

/** In milliseconds: this close to the end, n8n's timer may wake the execution in another process. */
const TIMER_NEAR_MS = 5_000;

/** Answers a call, and wakes the execution if the call is about the task that it waits for. Never throws. */
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
	// The call is trusted only if it says that the task is still running.
	const task = readTask(body, taskId);
	if (task?.status && task.phase === 'running') return false;
	return clock.now() < awaited.until - TIMER_NEAR_MS && endParking(awaited);
}

/** A call can access the node's context only by an expression, which a brace in the node's name must not end. */
function awaitedCallOf(context: IWebhookFunctions): string {
	const name = JSON.stringify(context.getNode().name)
		.replaceAll('{', '\\u007b')
		.replaceAll('}', '\\u007d');
	return `{{ $node[${name}].context["${AWAITED_CALL}"] }}`;
}
