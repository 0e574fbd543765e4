/** Lines in n8n's log about calls that led to nothing. Of the call itself, they hold only the task ID. */
import type { IWebhookFunctions } from 'n8n-workflow';

import { toSoraFailure } from '../actions/nodeErrors';
import { concealed, type Conceal } from '../gateway/secrecy';
import type { Clock } from '../flow/clock';

/** A flood must not fill the log: so many lines in so many milliseconds. */
const MOST_LINES = 20;
const SPAN_MS = 60_000;

/** Of one trigger. @returns the line to write; `undefined` if it is one too many */
export function logLimit(clock: Clock): (line: string) => string | undefined {
	let since = -Infinity;
	let lines = 0;
	return (line) => {
		if (clock.now() - since >= SPAN_MS) [since, lines] = [clock.now(), 0];
		lines++;
		if (lines > MOST_LINES) return undefined;
		return lines < MOST_LINES ? line : `${line} (further lines are left out for a minute)`;
	};
}

/** About one call. The task ID is `undefined` if none was read. */
export class CallLog {
	constructor(
		private readonly context: IWebhookFunctions,
		private readonly admit: ReturnType<typeof logLimit>,
		private readonly conceal: Conceal,
	) {}

	dropped(taskId: string | undefined, why: string, level: 'debug' | 'warn' = 'debug'): void {
		this.write(level, taskId, `was dropped: ${why}`);
	}

	trouble(taskId: string | undefined, reason: unknown): void {
		const { category, headline } = toSoraFailure(reason);
		if (category === 'task_not_found') this.dropped(taskId, 'the gateway does not know it');
		else this.write('warn', taskId, `led to nothing. ${headline.replace(` (task ${taskId})`, '')}`);
	}

	private write(level: 'debug' | 'warn', taskId: string | undefined, what: string): void {
		const id = taskId === undefined ? '' : ` about task ${taskId}`;
		const line = this.admit(this.conceal(`Sora Trigger: a call${id} ${what}`));
		const node = this.context.getNode().name;
		if (line !== undefined)
			this.context.logger[level](line, concealed({ node, taskId }, this.conceal));
	}
}
