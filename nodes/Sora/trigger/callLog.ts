/** What n8n's log says of calls that lead to nothing. Of a call itself, only the task ID is repeated. */
import type { IWebhookFunctions } from 'n8n-workflow';

import { toSoraFailure } from '../actions/nodeErrors';
import type { Conceal } from '../gateway/secrecy';
import type { Clock } from '../flow/clock';

/** Lines in such a span, in milliseconds: whoever floods the address must not fill the log. */
const MOST_LINES = 20;
const SPAN_MS = 60_000;
/** Characters of an ID that comes from outside: the log is for reading. */
const LONGEST_ID = 80;

/** Counts the lines about one trigger. */
export class LogLimit {
	private since = -Infinity;
	private lines = 0;

	constructor(private readonly clock: Clock) {}

	/** @returns the line as it may be written; `undefined` where it is one too many */
	admit(line: string): string | undefined {
		const now = this.clock.now();
		if (now - this.since < SPAN_MS) {
			this.lines++;
			if (this.lines === MOST_LINES) return `${line} (more such lines are left out for a minute)`;
			return this.lines < MOST_LINES ? line : undefined;
		}
		const leftOut = this.lines - MOST_LINES;
		this.since = now;
		this.lines = 1;
		return leftOut > 0 ? `${line} (${leftOut} lines like it were left out before)` : line;
	}
}

export interface CallLog {
	/** @param taskId `undefined` where the call was not read so far */
	dropped(taskId: string | undefined, why: string): void;
	trouble(taskId: string | undefined, reason: unknown): void;
	/** For the user, whatever n8n's log level. */
	warn(message: string): void;
}

export function callLogOf(context: IWebhookFunctions, limit: LogLimit, conceal: Conceal): CallLog {
	const node = context.getNode().name;
	const short = (taskId: string) =>
		taskId.length > LONGEST_ID ? `${[...taskId].slice(0, LONGEST_ID).join('')}…` : taskId;
	const write = (level: 'debug' | 'warn', taskId: string | undefined, what: string) => {
		const about = taskId === undefined ? '' : ` about task ${short(taskId)}`;
		const line = limit.admit(conceal(`Sora Trigger: a call${about} ${what}`));
		const facts = { node, ...(taskId !== undefined && { taskId: conceal(short(taskId)) }) };
		if (line !== undefined) context.logger[level](line, facts);
	};
	const dropped = (taskId: string | undefined, why: string) =>
		write('debug', taskId, `was dropped: ${why}`);
	return {
		dropped,
		trouble(taskId, reason) {
			const failure = toSoraFailure(reason);
			if (failure.category === 'task_not_found') {
				dropped(taskId, 'the gateway does not know it');
				return;
			}
			const headline = failure.headline.replace(` (task ${taskId})`, '');
			write('warn', taskId, `led to nothing. ${headline}`);
		},
		warn: (message) => context.logger.warn(`Sora Trigger: ${message}`, { node }),
	};
}
