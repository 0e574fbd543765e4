/** From a task's ID to its item, for Generate and for Get: the fields of the panel, and the waiting. */
import type { IDataObject } from 'n8n-workflow';

import { taskFailure } from '../../gateway/failedAnswer';
import type { Task } from '../../gateway/contract';
import { SoraFailure } from '../../gateway/failures';
import { patienceMinutes, type RenderKind } from '../../gateway/models';
import type { Naming } from '../../media/fileName';
import type { Outcome, PolledTask } from '../../tasks/poller';
import { field, withDefault, type AnyParameters, type Field } from '../fields';
import { whatToDo } from '../nodeErrors';
import { timedOutFields } from '../output';
import type { Run } from '../run';
import { waitingField } from '../turn';
import { Unfinished, type Performed } from '../waiting';
import { deliver, type ItemSettings } from './item';

const MINUTE_MS = 60_000;
/** A render of 10 seconds takes about four minutes as a rule. */
const SHORT_WAIT_MINUTES = 5;

export interface DeliverySettings extends ItemSettings {
	naming: Naming;
	wait: boolean;
	/** `undefined` where the model's own patience applies. */
	maxWaitMinutes?: number;
	pollIntervalMs?: number;
	onTimeout: 'error' | 'output';
}

export function deliveryFields(defaults: {
	waiting: 'node' | 'none';
	download: Field['displayOptions'];
}): Field[] {
	return [
		withDefault(defaults.waiting, waitingField),
		{
			// It is shown for an expression too, whatever that gives.
			displayName: `A "Max Wait" of less than ${SHORT_WAIT_MINUTES} minutes is shorter than many renders take. When it is over, the node gives up, while the video is still made and paid for; Video > Get fetches it later.`,
			name: 'shortWaitNotice',
			type: 'notice',
			default: '',
			displayOptions: {
				show: {
					waiting: ['node', 'parked'],
					'/options.maxWaitMinutes': [{ _cnd: { lt: SHORT_WAIT_MINUTES } }],
				},
			},
		},
		...deliveredFileFields(defaults.download, true),
	];
}

/** What an item of a task holds. */
export function deliveredFileFields(
	whenDownload?: Field['displayOptions'],
	downloads = false,
): Field[] {
	return [
		withDefault(downloads, {
			displayName: 'Download Video',
			name: 'downloadVideo',
			type: 'boolean',
			default: false,
			description:
				'Whether to put the video into the output as a file, once it is finished. Its link expires after a while, or opens with the API key only; the file does not.',
			...(whenDownload && { displayOptions: whenDownload }),
		}),
		{
			displayName: 'Put Output File in Field',
			name: 'binaryPropertyOutput',
			type: 'string',
			default: 'data',
			required: true,
			hint: 'The name of the output binary field to put the file in',
			description:
				'Later nodes ask for this name, as "Input Data Field Name" say. Where a task gives several videos, the others are in data_2, data_3 and so on.',
			displayOptions: {
				show: { ...whenDownload?.show, downloadVideo: [true] },
			},
		},
		{
			displayName: 'Simplify',
			name: 'simplify',
			type: 'boolean',
			default: true,
			description:
				'Whether to return a simplified version of the response instead of the raw data: the same few fields from every gateway, instead of the gateway’s own object',
		},
	];
}

/** For options; fields of the node itself are named without the slash. */
export const whenWaiting = { show: { '/waiting': ['node', 'parked'] } } as const;

export const maxVideosField = field({
	displayName: 'Max Concurrent Videos',
	name: 'maxConcurrentVideos',
	type: 'number',
	typeOptions: { minValue: 1, numberPrecision: 0 },
	default: 3,
	description:
		'How many videos of this execution are made at a time: the next one is ordered when one has ended. Without this option all are ordered at once, and where the account allows fewer, the node waits by itself.',
	displayOptions: whenWaiting,
});

export const maxWaitField = field({
	displayName: 'Max Wait (Minutes)',
	name: 'maxWaitMinutes',
	type: 'number',
	typeOptions: { minValue: 0.1, maxValue: 10_080 },
	default: 30,
	description:
		'How long to wait for the video at most. Without this option: 30 minutes, or 60 for HD, 25 seconds and storyboards.',
	displayOptions: whenWaiting,
});

export const onTimeoutField = field({
	displayName: 'On Timeout',
	name: 'onTimeout',
	type: 'options',
	default: 'error',
	description:
		'What to do when the video is not finished within Max Wait. The task goes on either way.',
	options: [
		{
			name: 'Output Unfinished Task',
			value: 'output',
			description: 'Go on, with timed_out set to true',
		},
		{ name: 'Throw Error', value: 'error', description: 'Fail, with the task ID in the message' },
	],
	displayOptions: whenWaiting,
});

export const pollIntervalField = field({
	displayName: 'Poll Interval (Seconds)',
	name: 'pollInterval',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: 3_600 },
	default: 10,
	description:
		'Fixed time between two polls of the task. Without this option the node adapts to the reported progress and to how busy the gateway is.',
	displayOptions: whenWaiting,
});

export const fileNameField = field({
	displayName: 'File Name',
	name: 'fileName',
	type: 'string',
	default: '',
	placeholder: 'e.g. {{ $json.title }}',
	description:
		'Name of the downloaded file; its ending is added by what the file is. Without this option: the first words of the prompt, where they are known, and the task ID.',
});

/** The options of a wait, as they stand among those of its operation. */
const WAIT_FIELDS = [
	...deliveryFields({ waiting: 'node', download: undefined }),
	{ name: 'options', options: [fileNameField, maxWaitField, onTimeoutField, pollIntervalField] },
] as const;

export function deliverySettings({ isTool }: Run, parameters: AnyParameters): DeliverySettings {
	const p = parameters.with(WAIT_FIELDS);
	const flag = (name: string) => p.flag(name) ?? false;
	const pollInterval = p.number('options.pollInterval');
	return {
		wait: p.with([waitingField]).choice('waiting') !== 'none',
		download: !isTool && flag('downloadVideo'),
		binaryProperty: p.text('binaryPropertyOutput') || String(p.preset('binaryPropertyOutput')),
		simplify: isTool || flag('simplify'),
		maxWaitMinutes: p.number('options.maxWaitMinutes'),
		pollIntervalMs: pollInterval && pollInterval * 1000,
		onTimeout: p.choice('options.onTimeout'),
		naming: { wished: p.text('options.fileName') },
	};
}

/** How long is waited for a video, in milliseconds. */
export const maxWaitMs = (
	{ maxWaitMinutes }: Pick<DeliverySettings, 'maxWaitMinutes'>,
	kind?: RenderKind,
) => (maxWaitMinutes ?? patienceMinutes(kind)) * MINUTE_MS;

/** Makes the item of a video that was not ordered within Max Wait, where On Timeout asks for one. */
export const orNotOrdered =
	({ onTimeout }: DeliverySettings) =>
	async (error: unknown): Promise<Performed> => {
		const isLate = error instanceof SoraFailure && error.category === 'not_ordered';
		if (!isLate || onTimeout !== 'output') return await Promise.reject(error as Error);
		return { json: { status: 'NOT_ORDERED', timed_out: true, ...whatToDo(error) } };
	};

interface Wait {
	taskId: string;
	/** When the render began as far as we know, on the run's clock. */
	since: number;
	pollAtOnce: boolean;
	gatewayProven: boolean;
	/** What is rendered, as far as it is known. */
	kind?: RenderKind;
	maxWaitMinutes?: number;
	pollIntervalMs?: number;
}

function polledTask(wait: Wait, beganAt: number): PolledTask {
	return {
		taskId: wait.taskId,
		since: wait.since,
		pollAtOnce: wait.pollAtOnce,
		deadline: beganAt + maxWaitMs(wait, wait.kind),
		fixedIntervalMs: wait.pollIntervalMs,
		gatewayProven: wait.gatewayProven,
	};
}

function lateness(taskId: string, { task, lastMiss }: Outcome): SoraFailure {
	if (task?.phase === 'succeeded') return new SoraFailure('video_missing', { task });
	const seen = task
		? `its status is ${task.status || 'unknown'}${task.progress === undefined ? '' : ` at ${task.progress} %`}`
		: 'the gateway told nothing of it';
	return new SoraFailure('deadline_passed', {
		taskId,
		task,
		detail: seen,
		words: lastMiss?.facts.words,
	});
}

/** What went wrong with a task that failed or is late; a failed one failed, however late. */
function failureOf(taskId: string, outcome: Outcome): SoraFailure | undefined {
	if (outcome.task?.phase === 'failed') return taskFailure(outcome.task);
	return outcome.timedOut || !outcome.task ? lateness(taskId, outcome) : undefined;
}

/** Waits for a task in the node. @throws {SoraFailure} when it fails, or is not finished in time */
export async function finishedTask(run: Run, wait: Wait): Promise<Task> {
	const outcome = await run.poller.watch(polledTask(wait, run.clock.now()));
	const failure = failureOf(wait.taskId, outcome);
	if (failure || !outcome.task) throw failure ?? lateness(wait.taskId, outcome);
	return outcome.task;
}

/**
 * Waits as the settings and the run's way of waiting say, and makes the item.
 * @param extra fields that Generate adds
 */
export async function deliverWhenFinished(
	run: Run,
	itemIndex: number,
	wait: Wait,
	settings: DeliverySettings,
	extra: IDataObject = {},
): Promise<Performed> {
	const { taskId } = wait;
	const { maxWaitMinutes, pollIntervalMs, onTimeout } = settings;
	const order = run.plans.get(itemIndex)?.request.identity;
	const timed = { ...wait, maxWaitMinutes, pollIntervalMs };
	const polled = { ...polledTask(timed, run.waiting.beganAt), order };
	const mayBeLate = onTimeout === 'output';
	const outcome = await run.waiting.outcomeOf(itemIndex, polled, (ended) => {
		const failed = ended.task?.phase === 'failed';
		return failed || !mayBeLate ? failureOf(taskId, ended) : undefined;
	});
	if (outcome instanceof Unfinished) return outcome;
	const { task } = outcome;
	if (task && !outcome.timedOut) return await deliver(run, task, settings, extra);
	return {
		json: { ...timedOutFields(taskId, task, settings.simplify), ...extra } as IDataObject,
	};
}
