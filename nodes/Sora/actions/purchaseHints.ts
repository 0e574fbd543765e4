/** What a run bought, reused and sampled, for the output panel. */
import type { NodeExecutionHint } from 'n8n-workflow';

import { TO_CHANGE_IT, TO_BUY_ANEW } from '../panel/order';
import { firstNamed } from './nodeErrors';

export class PurchaseHints {
	private product = 'video';
	private readonly bought: string[] = [];
	private readonly reused: string[] = [];
	private sampled = 0;

	/** @param now milliseconds since the epoch */
	constructor(private readonly now: () => number) {}

	/** @param product what it is called, as in "1 video" */
	hasBought(product: string, what: string): void {
		this.bought.push(what);
		this.product = product;
	}

	/** @param at when it was bought, milliseconds since the epoch */
	hasReused(what: string, at: number): void {
		this.reused.push(`${what} (bought ${ago(this.now() - at)})`);
	}

	hasSampled(): void {
		this.sampled++;
	}

	get all(): NodeExecutionHint[] {
		const { bought, reused, sampled, product } = this;
		const messages = [
			bought.length > 0 && `${counted(bought.length, product)} bought (${firstNamed(bought)}).`,
			reused.length > 0 &&
				`Nothing was bought for ${counted(reused.length, 'item')}: ${firstNamed(reused)} of an earlier test was reused. To buy anew, change a parameter, or ${TO_BUY_ANEW}. n8n remembers the video for a day, until it is restarted.`,
			sampled > 0 &&
				`Nothing was bought for ${counted(sampled, 'item')}: this is a sample, marked sample: true. To get the real one in the editor, ${TO_CHANGE_IT}.`,
		];
		return messages.flatMap((message) =>
			message ? { message, type: 'info' as const, location: 'outputPane' as const } : [],
		);
	}
}

export const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

const MINUTE_MS = 60_000;

function ago(ms: number): string {
	const minutes = Math.round(ms / MINUTE_MS);
	if (minutes < 1) return 'less than a minute ago';
	return minutes < 120
		? `${counted(minutes, 'minute')} ago`
		: `${Math.round(minutes / 60)} hours ago`;
}
