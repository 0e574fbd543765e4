/** Lines in n8n's log about calls that led to nothing. Of the call itself, they hold only the task ID. */
import type { IWebhookFunctions } from 'n8n-workflow';

import { toSoraFailure } from '../actions/nodeErrors';
import type { Conceal } from '../gateway/secrecy';
import type { Clock } from '../flow/clock';

/** A flood must not fill the log: so many lines in so many milliseconds. */
const MOST_LINES = 20;
const SPAN_MS = 60_000;
/** Characters of an ID. */
const LONGEST_ID = 80;

/** Of one trigger. */
export class LogLimit {
	private since = -Infinity;
	private lines = 0;

	constructor(private readonly clock: Clock) {}

	/** @returns the line to write; `undefined` if it is one too many */
	admit(line: string): string | undefined {
		const now = this.clock.now();
		if (now - this.since >= SPAN_MS) {
			this.since = now;
			this.lines = 0;
		}
		this.lines++;
		if (this.lines > MOST_LINES) return undefined;
		return this.lines < MOST_LINES ? line : `${line} (further lines are left out for a minute)`;
	}
}

export interface CallLog {
	/** @param taskId `undefined` if none was read */
	dropped(taskId: string | undefined, why: string, level?: 'debug' | 'warn'): void;
	trouble(taskId: string | undefined, reason: unknown): void;
}

export function callLogOf(context: IWebhookFunctions, limit: LogLimit, conceal: Conceal): CallLog {
	const write = (level: 'debug' | 'warn', taskId: string | undefined, what: string) => {
		const characters = [...(taskId ?? '')];
		const id = characters.slice(0, LONGEST_ID).join('') + (characters[LONGEST_ID] ? '…' : '');
		const line = limit.admit(conceal(`Sora Trigger: a call${id && ` about task ${id}`} ${what}`));
		const facts = { node: context.getNode().name, ...(id && { taskId: conceal(id) }) };
		if (line !== undefined) context.logger[level](line, facts);
	};
	const dropped: CallLog['dropped'] = (taskId, why, level = 'debug') =>
		write(level, taskId, `was dropped: ${why}`);
	return {
		dropped,
		trouble(taskId, reason) {
			const { category, headline } = toSoraFailure(reason);
			if (category === 'task_not_found') dropped(taskId, 'the gateway does not know it');
			else write('warn', taskId, `led to nothing. ${headline.replace(` (task ${taskId})`, '')}`);
		},
	};
}
