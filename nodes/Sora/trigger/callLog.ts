import type { IWebhookFunctions } from 'n8n-workflow';

import { toSoraFailure } from '../actions/nodeErrors';
import { concealed, type Conceal } from '../gateway/secrecy';
import type { Clock } from '../flow/clock';

/** Keeps a flood of calls from filling the log: at most this many lines per window in milliseconds. */
const MAX_LINES = 20;
const SPAN_MS = 60_000;

/** Log lines about calls that led to nothing. Of a call, they contain only the task ID, if one was read. */
export class CallLog {
	private since = -Infinity;
	private lines = 0;
	private logger?: IWebhookFunctions['logger'];
	private node = '';

	constructor(
		private readonly clock: Clock,
		private readonly conceal: Conceal,
	) {}

	/** @param context of the newest call */
	writeTo(context: IWebhookFunctions): void {
		this.logger = context.logger;
		this.node = context.getNode().name;
	}

	dropped(taskId: string | undefined, why: string, level: 'debug' | 'warn' = 'debug'): void {
		this.write(level, taskId, `was dropped: ${why}`);
	}

	trouble(taskId: string | undefined, reason: unknown): void {
		const { category, headline } = toSoraFailure(reason);
		if (category === 'task_not_found') this.dropped(taskId, 'the gateway does not know it');
		else this.write('warn', taskId, `led to nothing. ${headline.replace(` (task ${taskId})`, '')}`);
	}

	private write(level: 'debug' | 'warn', taskId: string | undefined, what: string): void {
		const now = this.clock.now();
		if (now - this.since >= SPAN_MS) [this.since, this.lines] = [now, 0];
		if (++this.lines > MAX_LINES) return;
		const id = taskId === undefined ? '' : ` about task ${taskId}`;
		const more = this.lines < MAX_LINES ? '' : ' (further lines are left out for a minute)';
		const { node, conceal } = this;
		const line = conceal(`Sora Trigger: a call${id} ${what}${more}`);
		this.logger?.[level](line, concealed({ node, taskId }, conceal));
	}
}
