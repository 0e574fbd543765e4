import { createCharacter } from '../../gateway/client';
import { characterItem, characterRequest } from '../../gateway/contract';
import { submitSafely } from '../../tasks/submission';
import { operation } from '../operation';
import {
	asBody,
	booleanOf,
	extraBodyOf,
	invalid,
	oneOf,
	optionsOf,
	requiredText,
	secondRange,
	textOf,
	valueOf,
	webUrlOf,
} from '../parameters';
import { extraBodyField } from '../sharedFields';
import { finishedTask } from '../video/delivery';

const SOURCES = ['url', 'task'] as const;
const LABELS = { url: 'Video URL', task: 'Task ID' } as const;

export const create = operation({
	option: {
		name: 'Create',
		value: 'create',
		description: 'Create a character from a short clip, to mention it in later prompts',
		action: 'Create a character',
	},

	fields: [
		{
			displayName:
				'A character is an animal, an object or an invented figure that is seen in a clip with sound. Mention it in later prompts, with a space on both sides: a stage with @username dancing. Clips that show real people are refused.',
			name: 'characterNotice',
			type: 'notice',
			default: '',
		},
		{
			displayName: 'Source',
			name: 'source',
			type: 'options',
			default: 'url',
			description: 'Where the clip with the character comes from',
			options: [
				{
					name: 'Finished Task',
					value: 'task',
					description: 'A video that was generated with the same account',
				},
				{
					name: 'Video URL',
					value: 'url',
					description: 'A video on the web that the gateway can fetch',
				},
			],
		},
		// Neither source is marked as required: n8n would ask for both where Source is an expression.
		{
			displayName: 'Video URL',
			name: 'url',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://example.com/my-cat.mp4',
			description:
				'Public address of the clip. It needs sound, should be at most about 15 seconds long, and must not show real people.',
			displayOptions: { show: { source: ['url'] } },
		},
		{
			displayName: 'Task ID',
			name: 'fromTask',
			type: 'string',
			default: '',
			placeholder: 'e.g. {{ $json.task_id }}',
			description:
				'ID of the task that generated the video, as Video > Generate gives it. The task must belong to the same account.',
			displayOptions: { show: { source: ['task'] } },
		},
		{
			displayName: 'Start Second',
			name: 'startSecond',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: 1,
			description: 'Second of the clip from which the character is seen. Fractions are allowed.',
		},
		{
			displayName: 'End Second',
			name: 'endSecond',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: 3,
			description:
				'Second of the clip until which the character is seen: 1 to 3 seconds after Start Second',
		},
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				extraBodyField,
				{
					displayName: 'Wait for Source Task',
					name: 'waitForSourceTask',
					type: 'boolean',
					default: true,
					description:
						'Whether to wait until the task has finished, if it is still running, before the character is created from it',
					displayOptions: { show: { '/source': ['task'] } },
				},
			],
		},
	],

	prepare({ context }, itemIndex) {
		const options = optionsOf(context, itemIndex);
		const source = oneOf(valueOf(context, 'source', itemIndex), SOURCES, 'Source');
		const given = {
			url: textOf(valueOf(context, 'url', itemIndex), LABELS.url),
			task: textOf(valueOf(context, 'fromTask', itemIndex), LABELS.task),
		};
		const other = source === 'url' ? 'task' : 'url';
		requiredText(given[source], LABELS[source]);
		if (given[other]) {
			throw invalid(
				`"${LABELS.url}" and "${LABELS.task}" are both filled, but a character comes from exactly one of them`,
			);
		}
		if (given.url) webUrlOf(given.url, LABELS.url);
		const body = asBody(() =>
			characterRequest({
				url: given.url || undefined,
				fromTask: given.task || undefined,
				range: secondRange(
					valueOf(context, 'startSecond', itemIndex),
					valueOf(context, 'endSecond', itemIndex),
					{ start: 'Start Second', end: 'End Second' },
				),
				extra: extraBodyOf(options.extraBody),
			}),
		);
		const waits = booleanOf(options.waitForSourceTask, 'Wait for Source Task') ?? true;
		return { body, sourceTask: waits ? given.task : '' };
	},

	async perform(run, { body, sourceTask }, itemIndex) {
		if (sourceTask) {
			await finishedTask(run, {
				taskId: sourceTask,
				since: run.clock.now(),
				lookAtOnce: true,
				gatewayProven: false,
			});
		}
		const created = await run.submissions(
			async () =>
				await submitSafely(async () => await createCharacter(run.gateway, body), {
					clock: run.clock,
					signal: run.signal,
					onRepeat: (why, waitMs) =>
						run.log(`Sora character not submitted yet: ${why.headline}`, { itemIndex, waitMs }),
				}),
		);
		return { json: characterItem(created) };
	},
});
