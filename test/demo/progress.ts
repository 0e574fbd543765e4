/** What the node tells in its log, kept per task and put into words. */

/** A line of the node's log, as far as the demo listens to it. */
export type NodeEvent =
	| { kind: 'accepted'; taskId: string }
	| { kind: 'poll'; taskId: string; status: string; progress?: number }
	| { kind: 'remark'; text: string };

/** @returns nothing for lines that are not the node's */
export function readLogLine(
	message: string,
	facts: Readonly<Record<string, unknown>> = {},
): NodeEvent | undefined {
	if (!message.startsWith('Sora ')) return undefined;
	const { taskId, status, progress, polls } = facts;
	if (typeof taskId === 'string') {
		if (typeof polls === 'number') {
			return {
				kind: 'poll',
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
	isOver: boolean;
}

/** A step as it is now, in one line. */
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

	/** @param onChange called after a change that is worth a line */
	constructor(private readonly onChange: (step: Step) => void) {}

	begin(kind: Step['kind'], title: string, status: string): Step {
		this.finish();
		const step: Step = { kind, title, status, polls: 0, isOver: false };
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
		// Before a character is created, the node polls the task that it comes from.
		if (step.id !== event.taskId) return;
		const { status, progress } = event;
		if (step.status === status && step.progress === progress) return;
		this.change(step, { status, ...(progress !== undefined && { progress }) });
	}

	/** The step under way has come to its end. */
	finish(changes: Partial<Step> = {}): void {
		const step = this.underWay;
		if (!step) return;
		step.isOver = true;
		if (Object.keys(changes).length) this.change(step, changes);
	}

	private get underWay(): Step | undefined {
		return this.all.findLast(({ isOver }) => !isOver);
	}

	private change(step: Step, changes: Partial<Step>): void {
		Object.assign(step, changes);
		this.onChange(step);
	}
}
