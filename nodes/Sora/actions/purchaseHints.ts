/** What a run bought, reused and sampled, for the output panel. */
import type { NodeExecutionHint } from 'n8n-workflow';

import { printable } from '../gateway/printable';
import { TO_CHANGE_IT, TO_BUY_AGAIN } from '../panel/order';
import type { Bought } from '../tasks/ledger';
import { firstNamed } from './nodeErrors';
import type { PaidRequest, Purchased } from './purchase';
import type { Run } from './run';

export const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

export function nameOf({ name }: PaidRequest['product'], { taskId, character }: Bought): string {
	if (taskId) return `task ${printable(taskId)}`;
	return character ? `${name} ${String(character.username)}` : `${name} without a task ID`;
}

export function purchaseHints(
	{ plans, waiting }: Run,
	requests: readonly PaidRequest[],
): NodeExecutionHint[] {
	const named = (isMeant: (purchased: Purchased) => boolean | undefined) =>
		[...plans.values()].flatMap(({ request, purchased }) =>
			purchased && isMeant(purchased) ? nameOf(request.product, purchased) : [],
		);
	const bought = named(({ reused, pickedUp }) => !reused && (!pickedUp || waiting.isLaterTurn));
	const reused = named((purchased) => purchased.reused);
	const sampled = requests.filter(({ whenTesting }) => whenTesting === 'sample').length;
	const product = requests[0]?.product.name ?? '';
	const messages = [
		bought.length > 0 && `${counted(bought.length, product)} bought (${firstNamed(bought)}).`,
		reused.length > 0 &&
			`Nothing was bought for ${counted(reused.length, 'item')}: ${firstNamed(reused)} of an earlier test was reused. To buy another one, change a parameter, or ${TO_BUY_AGAIN}. n8n remembers the video for a day, until it is restarted.`,
		sampled > 0 &&
			`Nothing was bought for ${counted(sampled, 'item')}: this is a sample, marked sample: true. To get the real one in the editor, ${TO_CHANGE_IT}.`,
	];
	return messages.flatMap((message) =>
		message ? { message, type: 'info', location: 'outputPane' } : [],
	);
}
