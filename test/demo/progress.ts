/** What the node tells in its log, kept per task and put into words. */

/** A line of the node's log, as far as the demo listens to it. */
export type NodeEvent =
	| { kind: 'accepted'; taskId: string }
	| { kind: 'look'; taskId: string; status: string; progress?: number }
	| { kind: 'remark'; text: string };

/** @returns nothing for lines that are not the node's */
export function readLogLine(
	message: string,
	facts: Readonly<Record<string, unknown>> = {},
): NodeEvent | undefined {
	if (!message.startsWith('Sora ')) return undefined;
	const { taskId, status, progress, looks } = facts;
	if (typeof taskId === 'string') {
		if (typeof looks === 'number') {
			return {
				kind: 'look',
				taskId,
				status: String(status ?? ''),
				...(typeof progress === 'number' && { progress }),
			};
		}
		if (/^Sora task \S+ accepted/.test(message)) return { kind: 'accepted', taskId };
	}
	return { kind: 'remark', text: message };
}

/** One line of the demo: a video on its way, or the character. */
export interface Step {
	kind: 'task' | 'character';
	title: string;
	/** Of the task, once it is bought; of the character, once it is created. */
	id?: string;
	status: string;
	progress?: number;
	polls: number;
	startedAt: number;
	endedAt?: number;
}

const BAR_WIDTH = 20;

export function bar(percent: number): string {
	const full = Math.round((Math.min(100, Math.max(0, percent)) / 100) * BAR_WIDTH);
	return `[${'#'.repeat(full)}${'-'.repeat(BAR_WIDTH - full)}]`;
}

const percentOf = ({ progress }: Step) =>
	progress === undefined ? '' : `${Math.round(progress)} %`;

/** A step as a line of a terminal that is redrawn; never wider than the terminal. */
export function liveLine(step: Step, now: number, columns: number): string {
	const seconds = Math.max(0, Math.floor(((step.endedAt ?? now) - step.startedAt) / 1000));
	return [
		step.title.padEnd(13),
		(step.kind === 'task' ? bar(step.progress ?? 0) : '').padEnd(BAR_WIDTH + 2),
		percentOf(step).padStart(5),
		step.status.padEnd(11),
		`${seconds} s`.padStart(5),
		step.id ?? '',
	]
		.join('  ')
		.trimEnd()
		.slice(0, Math.max(1, columns - 1));
}

/** The same for an output that only grows: one line a change. */
export function plainLine({ kind, status, progress, id }: Step, now: Date): string {
	const clock = [now.getHours(), now.getMinutes(), now.getSeconds()]
		.map((part) => String(part).padStart(2, '0'))
		.join(':');
	return [clock, kind, id ?? '-', status, progress === undefined ? '' : `${progress} %`]
		.filter(Boolean)
		.join(' ');
}

/** All steps of a demo, oldest first. Log lines go to the step under way. */
export class Steps {
	readonly all: Step[] = [];

	constructor(
		private readonly now: () => number,
		/** Called after a change that is worth a line. */
		private readonly onChange: (step: Step) => void = () => undefined,
	) {}

	begin(kind: Step['kind'], title: string, status: string): Step {
		this.finish();
		const step: Step = { kind, title, status, polls: 0, startedAt: this.now() };
		this.all.push(step);
		return step;
	}

	hear(event: NodeEvent): void {
		const step = this.underWay;
		if (!step || event.kind === 'remark') return;
		if (event.kind === 'accepted') {
			this.change(step, { id: event.taskId, status: 'accepted' });
			return;
		}
		step.polls++;
		// Before a character is created, the node looks at the task that it comes from.
		if (step.id !== event.taskId) return;
		const { status, progress } = event;
		if (step.status === status && step.progress === progress) return;
		this.change(step, { status, ...(progress !== undefined && { progress }) });
	}

	/** The step under way has come to its end. */
	finish(changes: Partial<Step> = {}): void {
		const step = this.underWay;
		if (!step) return;
		step.endedAt = this.now();
		if (Object.keys(changes).length) this.change(step, changes);
	}

	private get underWay(): Step | undefined {
		return this.all.findLast(({ endedAt }) => endedAt === undefined);
	}

	private change(step: Step, changes: Partial<Step>): void {
		Object.assign(step, changes);
		this.onChange(step);
	}
}
