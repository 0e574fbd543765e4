import { createHash } from 'node:crypto';

import type { JsonRecord } from '../gateway/contract';

/** What a request has brought about: a running task, or a character as the node puts it out. */
export type Outcome =
	| { taskId: string; character?: undefined }
	| { taskId?: undefined; character: JsonRecord };

/** An outcome, and when it came: milliseconds since the epoch. */
export type Purchase = Outcome & { at: number };

/**
 * Remembers what was bought in the node's execution context, which survives n8n's Retry On Fail and the
 * editor's Retry: the node then takes the running task up instead of buying it again. It holds task IDs,
 * characters and digests, never a key or a prompt.
 */
interface Entry {
	digest: string;
	/** Neither of both is known where the submission is uncertain. */
	taskId?: string;
	character?: JsonRecord;
	/** When the request was accepted, or the doubt arose, milliseconds since the epoch. */
	at: number;
	/**
	 * The execution in which this must not be bought again: moderation refused it, or nobody knows whether
	 * it was bought. A retry that the user starts is another execution.
	 */
	notAgainIn?: string;
}

interface Pages {
	version: 1;
	entries: Record<string, Entry>;
}

const CONTEXT_KEY = 'soraLedger';

function pagesOf(context: JsonRecord): Pages {
	const found = context[CONTEXT_KEY] as Pages | undefined;
	if (found?.version === 1 && typeof found.entries === 'object') return found;
	const fresh: Pages = { version: 1, entries: {} };
	context[CONTEXT_KEY] = fresh;
	return fresh;
}

/** What a purchase is told apart by: another prompt or another gateway is another purchase. */
export function digestOf(address: string, body: JsonRecord): string {
	return createHash('sha256')
		.update(JSON.stringify([address, body]))
		.digest('hex')
		.slice(0, 32);
}

export class Ledger {
	/**
	 * @param context `this.getContext('node')`
	 * @param runIndex each turn of a loop buys for itself
	 * @param executionId tells n8n's own retry from one that the user starts
	 */
	constructor(
		private readonly context: JsonRecord,
		private readonly runIndex: number,
		private readonly executionId: string,
	) {}

	private key(itemIndex: number) {
		return `${this.runIndex}:${itemIndex}`;
	}

	/**
	 * What is known of this very request.
	 * @returns what to take up, `'uncertain'` where it may have been bought, `undefined` where it was not
	 */
	find(itemIndex: number, digest: string): Purchase | 'uncertain' | undefined {
		const { entries } = pagesOf(this.context);
		const entry = entries[this.key(itemIndex)];
		if (entry?.digest !== digest) return undefined;
		if (entry.notAgainIn !== undefined && entry.notAgainIn !== this.executionId) {
			delete entries[this.key(itemIndex)];
			return undefined;
		}
		const { taskId, character, at } = entry;
		if (taskId !== undefined) return { taskId, at };
		return character ? { character, at } : 'uncertain';
	}

	enter(itemIndex: number, digest: string, purchase: Purchase): void {
		pagesOf(this.context).entries[this.key(itemIndex)] = { digest, ...purchase };
	}

	/** The request may have been carried out: n8n's own retry must not send it again. */
	doubt(itemIndex: number, digest: string, at: number): void {
		const notAgainIn = this.executionId;
		pagesOf(this.context).entries[this.key(itemIndex)] = { digest, at, notAgainIn };
	}

	/** The task failed at the gateway: the next attempt buys a new one. */
	strike(itemIndex: number): void {
		delete pagesOf(this.context).entries[this.key(itemIndex)];
	}

	/** Moderation refused the task: buying the same again in this execution would be refused again. */
	refuse(itemIndex: number): void {
		const entry = pagesOf(this.context).entries[this.key(itemIndex)];
		if (entry) entry.notAgainIn = this.executionId;
	}

	/** Everything of this run has been delivered. */
	close(): void {
		const { entries } = pagesOf(this.context);
		for (const key of Object.keys(entries)) {
			if (key.startsWith(`${this.runIndex}:`)) delete entries[key];
		}
	}
}
