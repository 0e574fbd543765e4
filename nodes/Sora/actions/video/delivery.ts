/** From a task's ID to its item, for Generate and Get: settings, and the wait. */
import type { IDataObject } from 'n8n-workflow';

import { taskFailure } from '../../gateway/failedAnswer';
import { SoraFailure } from '../../gateway/failures';
import { patienceMinutes, type RenderKind } from '../../gateway/models';
import type { Outcome, PolledTask } from '../../tasks/poller';
import { timedOutFields, whatToDo } from '../output';
import type { Parameters } from '../parameters';
import type { Run } from '../run';
import { Unfinished, type Performed } from '../waiting';
import { deliver, type ItemSettings } from './item';

const MINUTE_MS = 60_000;

export interface DeliverySettings extends ItemSettings {
	wait: boolean;
	maxWaitMs: number;
	fixedIntervalMs?: number;
	/** A video that is not finished in time becomes an item instead of an error. */
	outputsLate: boolean;
}

/** @param kind what is rendered, as far as it is known */
export const maxWaitMs = (minutes?: number, kind?: RenderKind) =>
	(minutes ?? patienceMinutes(kind)) * MINUTE_MS;

/** @param title names the file, unless the user does */
export function deliverySettings(
	{ isTool }: Run,
	p: Parameters,
	title?: string,
	kind?: RenderKind,
): DeliverySettings {
	const wait = p.choice('waiting') !== 'none';
	const pollInterval = p.number('pollInterval');
	return {
		wait,
		download: !isTool && p.flag('downloadVideo'),
		binaryProperty: p.text('binaryPropertyOutput') || 'data',
		simplify: isTool || p.flag('simplify'),
		maxWaitMs: maxWaitMs(p.number('maxWaitMinutes'), kind),
		fixedIntervalMs: pollInterval && pollInterval * 1000,
		outputsLate: p.choice('onTimeout') === 'output',
		naming: { requested: p.text('fileName'), title },
	};
}

/** Makes the item of a video that was not ordered within Max Wait, if On Timeout asks for one. */
export const orNotOrdered =
	({ outputsLate }: DeliverySettings) =>
	async (error: unknown): Promise<Performed> => {
		const isLate = error instanceof SoraFailure && error.category === 'not_ordered';
		if (!isLate || !outputsLate) return await Promise.reject(error as Error);
		return { json: { status: 'NOT_ORDERED', timed_out: true, ...whatToDo(error) } };
	};

/** The failure of a task that failed or is late; a failed one counts as failed, however late. */
export function failureOf(
	taskId: string,
	{ task, timedOut, lastMiss }: Outcome,
): SoraFailure | undefined {
	if (task?.phase === 'failed') return taskFailure(task);
	if (task && !timedOut) return undefined;
	if (task?.phase === 'succeeded') return new SoraFailure('video_missing', { task });
	const progress = task?.progress === undefined ? '' : ` at ${task.progress} %`;
	const detail = task
		? `its status is ${task.status || 'unknown'}${progress}`
		: 'the gateway reported nothing about it';
	return new SoraFailure('deadline_passed', { taskId, task, detail, words: lastMiss?.facts.words });
}

/** Waits according to the settings and the run, and makes the item. @param extra fields that Generate adds */
export async function deliverWhenFinished(
	run: Run,
	itemIndex: number,
	watch: Omit<PolledTask, 'deadline' | 'fixedIntervalMs'>,
	settings: DeliverySettings,
	extra: IDataObject = {},
): Promise<Performed> {
	const { taskId } = watch;
	const { fixedIntervalMs, outputsLate, simplify } = settings;
	const deadline = run.waiting.beganAt + settings.maxWaitMs;
	const polled = { ...watch, deadline, fixedIntervalMs };
	const outcome = await run.waiting.outcomeOf(itemIndex, polled, (ended) =>
		outputsLate && ended.task?.phase !== 'failed' ? undefined : failureOf(taskId, ended),
	);
	if (outcome instanceof Unfinished) return outcome;
	const { task } = outcome;
	if (task && !outcome.timedOut) return await deliver(run, task, settings, extra);
	return { json: { ...timedOutFields(taskId, task, simplify), ...extra } as IDataObject };
}
