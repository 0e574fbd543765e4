/**
 * Building a workflow means pressing the button many times. What an execution that somebody starts in the editor does
 * instead of buying: it takes up what the node bought before, or puts out a sample. Production executions never look.
 */
import type { NodeExecutionHint } from 'n8n-workflow';

import { EditorMemory, type Press } from '../tasks/editorMemory';
import type { Purchase } from '../tasks/ledger';
import { field, type AnyParameters } from './fields';

const LABEL = 'When Testing in the Editor';
const ALWAYS = 'Always Buy';
/** What to do for a new one, as a part of a sentence. */
export const SET_TO_ALWAYS = `set "${LABEL}" to "${ALWAYS}"`;
const DESCRIPTION =
	'What to do when you execute the workflow or this step yourself in the editor. Executions of the active workflow always buy.';

export const whenTestingVideo = field({
	displayName: LABEL,
	name: 'whenTesting',
	type: 'options',
	default: 'reuse',
	description: DESCRIPTION,
	options: [
		{
			name: 'Reuse the Same Video',
			value: 'reuse',
			description:
				'Take the video that this node bought before with the same parameters, or buy it where there is none',
		},
		{
			name: 'Sample Clip (Free)',
			value: 'sample',
			description:
				'Buy nothing, and put out a short clip with picture and sound, to build what follows',
		},
		{ name: ALWAYS, value: 'buy', description: 'Buy a new video at every execution' },
	],
});

export const whenTestingCharacter = field({
	displayName: LABEL,
	name: 'whenTesting',
	type: 'options',
	default: 'reuse',
	description: DESCRIPTION,
	options: [
		{
			name: 'Reuse the Same Character',
			value: 'reuse',
			description:
				'Take the character that this node created before with the same parameters, or create it where there is none',
		},
		{
			name: 'Sample Character (Free)',
			value: 'sample',
			description: 'Create nothing, and put out an invented character, to build what follows',
		},
		{ name: ALWAYS, value: 'buy', description: 'Create a new one at every execution' },
	],
});

export type WhenTesting = 'reuse' | 'sample' | 'buy';

/** One for each process. */
const memory = new EditorMemory();

/** One item's request, as presses of the button ask for it: production executions remember none. */
export class ItemPress {
	constructor(private readonly press?: () => Press) {}

	/** What an earlier press bought with the same request. */
	take(): ReturnType<EditorMemory['take']> {
		return this.press && memory.take(this.press());
	}

	/** How many equal requests of this execution would be reused. */
	get reusable(): number {
		return this.press ? memory.open(this.press()) : 0;
	}

	/** The request is about to be sent, or was carried out. */
	note(purchase?: Purchase): void {
		if (this.press) memory.note(this.press(), purchase);
	}

	forget(): void {
		if (this.press) memory.forget(this.press());
	}
}

/** What was reused and sampled in a run, for the hint in the output panel. */
export class Presses {
	private readonly reused: Array<{ what: string; at: number }> = [];
	private sampled = 0;

	constructor(
		private readonly isManual: boolean,
		private readonly scope: string,
		private readonly executionId: string,
		private readonly runIndex: number,
		private readonly now: () => number,
	) {}

	/** What counts for this execution: production always buys. */
	chosen(parameters: AnyParameters): WhenTesting {
		const chosen = parameters.with([whenTestingVideo]).choice('whenTesting');
		return this.isManual ? chosen : 'buy';
	}

	/** @param digest of the item's request */
	press(itemIndex: number, digest: string): ItemPress {
		const { scope, executionId, runIndex, now } = this;
		const press = (): Press => ({
			key: `${scope} ${digest}`,
			executionId,
			slot: `${runIndex}:${itemIndex}`,
			now: now(),
		});
		return new ItemPress(this.isManual ? press : undefined);
	}

	hasReused(what: string, at: number): void {
		this.reused.push({ what, at });
	}

	hasSampled(): void {
		this.sampled++;
	}

	hints(): NodeExecutionHint[] {
		const { reused, sampled } = this;
		const messages: string[] = [];
		if (reused.length) {
			const named = reused
				.slice(0, 3)
				.map(({ what, at }) => `${what} (bought ${ago(this.now() - at)})`)
				.join(', ');
			const more = reused.length > 3 ? ` and ${reused.length - 3} more` : '';
			messages.push(
				`Nothing was bought for ${counted(reused.length)}: ${named}${more} of an earlier test was reused. To buy anew, change a parameter, or ${SET_TO_ALWAYS}. n8n remembers this for a day, until it is restarted.`,
			);
		}
		if (sampled) {
			messages.push(
				`Nothing was bought for ${counted(sampled)}: this is a sample, marked sample: true. To get the real one in the editor, change "${LABEL}".`,
			);
		}
		return messages.map((message) => ({ message, type: 'info', location: 'outputPane' }));
	}
}

const counted = (items: number) => (items === 1 ? 'this item' : `${items} items`);

const MINUTE = 60_000;

function ago(ms: number): string {
	const minutes = Math.round(ms / MINUTE);
	if (minutes < 1) return 'less than a minute ago';
	if (minutes < 120) return `${minutes} ${minutes === 1 ? 'minute' : 'minutes'} ago`;
	return `${Math.round(minutes / 60)} hours ago`;
}
