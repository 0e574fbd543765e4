/** What the node tells in its log, kept per task and put into words. */

/** A line of the node's log, as far as the demo listens to it. */
export type NodeEvent = { kind: 'accepted'; taskId: string } | { kind: 'remark'; text: string };

/** @returns nothing for lines that are not the node's */
export function readLogLine(
	message: string,
	{ taskId }: Readonly<Record<string, unknown>> = {},
): NodeEvent | undefined {
	if (!message.startsWith('Sora ')) return undefined;
	return typeof taskId === 'string' && /^Sora task \S+ accepted/.test(message)
		? { kind: 'accepted', taskId }
		: { kind: 'remark', text: message };
}

/** One line of the demo: a video on its way, or the character. */
export interface Step {
	kind: 'task' | 'character';
	title: string;
	/** Of the task, once it is bought; of the character, once it is created. */
	id?: string;
	status: string;
	isOver: boolean;
}

/** A step as it is now, in one line. */
export function plainLine({ kind, status, id }: Step, now: Date): string {
	const clock = [now.getHours(), now.getMinutes(), now.getSeconds()]
		.map((part) => String(part).padStart(2, '0'))
		.join(':');
	return [clock, kind, id ?? '-', status].join(' ');
}

/** All steps of a demo, oldest first. Log lines go to the step under way. */
export class Steps {
	readonly all: Step[] = [];

	/** @param onChange called after a change that is worth a line */
	constructor(private readonly onChange: (step: Step) => void) {}

	begin(kind: Step['kind'], title: string, status: string): Step {
		this.finish();
		const step: Step = { kind, title, status, isOver: false };
		this.all.push(step);
		return step;
	}

	hear(event: NodeEvent): void {
		const step = this.underWay;
		if (!step || event.kind === 'remark') return;
		this.change(step, { id: event.taskId, status: 'accepted' });
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
