import type { IDataObject } from 'n8n-workflow';

import { ADVICE_ON_UNCERTAIN_CHARACTER, createCharacter } from '../../gateway/client';
import { characterItem, characterRequest, type SecondRange } from '../../gateway/contract';
import { invalidInput } from '../../gateway/failures';
import { checkedClip } from '../../media/clip';
import type { OutgoingFile } from '../../media/inputFile';
import { outgoingFile } from '../../media/outgoingFile';
import { digestOf } from '../../tasks/ledger';
import { fileToUpload, INPUT_FILE_LABEL, inputFileField } from '../inputFileField';
import { operation } from '../operation';
import {
	asBody,
	booleanOf,
	extraBodyOf,
	oneOf,
	optionsOf,
	requiredText,
	secondRange,
	textOf,
	valueOf,
	webUrlOf,
} from '../parameters';
import type { Run } from '../run';
import { extraBodyField } from '../sharedFields';
import { boughtBefore, submitOnce } from '../submitOnce';
import { finishedTask } from '../video/delivery';

const SOURCES = ['url', 'task', 'file'] as const;
const LABELS = { url: 'Video URL', task: 'Task ID', file: INPUT_FILE_LABEL } as const;

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
					name: 'Generated Video',
					value: 'task',
					description: 'A video generated before with the same account, by its task ID',
				},
				{
					name: 'Input File',
					value: 'file',
					description: 'A video file that comes in with the item; it is uploaded first',
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
		inputFileField({ show: { source: ['file'] } }),
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

	// `identity` is what a request is told apart by, and stays the same when a file is uploaded anew.
	async prepare(run, itemIndex) {
		const { context } = run;
		const options = optionsOf(context, itemIndex);
		const source = oneOf(valueOf(context, 'source', itemIndex), SOURCES, 'Source');
		const given = {
			url: textOf(valueOf(context, 'url', itemIndex), LABELS.url),
			task: textOf(valueOf(context, 'fromTask', itemIndex), LABELS.task),
		};
		refuseOtherSources(source, given);
		const range = secondRange(
			valueOf(context, 'startSecond', itemIndex),
			valueOf(context, 'endSecond', itemIndex),
			{ start: 'Start Second', end: 'End Second' },
		);
		const extra = extraBodyOf(options.extraBody);
		const bodyFrom = (clip: { url?: string; fromTask?: string }) =>
			asBody(() => characterRequest({ ...clip, range, extra }));

		if (source === 'file') {
			const file = await run.reads(async () => await clipIn(run, itemIndex, range));
			return {
				identity: bodyFrom({ url: file.digest }),
				body: async () => bodyFrom(await run.uploads.upload(file)),
			};
		}
		if (source === 'url') {
			const body = bodyFrom({ url: webUrlOf(given.url, LABELS.url) });
			return { identity: body, body: async () => body };
		}
		const body = bodyFrom({ fromTask: requiredText(given.task, LABELS.task) });
		const waits = booleanOf(options.waitForSourceTask, 'Wait for Source Task') ?? true;
		return {
			identity: body,
			async body() {
				if (waits) await finishedSource(run, given.task);
				return body;
			},
		};
	},

	async perform(run, { identity, body }, itemIndex) {
		const digest = digestOf(run.gateway.address, identity);
		const known = boughtBefore(run, itemIndex, digest, ADVICE_ON_UNCERTAIN_CHARACTER)?.character;
		if (known) {
			run.log(`Sora character ${String(known.id)} was created before`, { itemIndex });
			return { json: known as IDataObject };
		}
		const sent = await body();
		const character = await run.submissions(
			async () =>
				await submitOnce(run, itemIndex, {
					what: 'character',
					digest,
					request: async () => characterItem(await createCharacter(run.gateway, sent)),
					keep: (made) => ({ character: made }),
				}),
		);
		return { json: character };
	},
});

function refuseOtherSources(
	source: (typeof SOURCES)[number],
	given: { url: string; task: string },
) {
	const filled = (['url', 'task'] as const).filter((other) => other !== source && given[other]);
	if (filled[0]) {
		throw invalidInput(
			`"${LABELS[source]}" is the source, but "${LABELS[filled[0]]}" is filled too: a character comes from exactly one of them`,
		);
	}
}

/** The clip in the item's input data field, judged as far as its bytes tell. */
async function clipIn(run: Run, itemIndex: number, range: SecondRange): Promise<OutgoingFile> {
	const file = await fileToUpload(
		run,
		itemIndex,
		`Cut it to the seconds that show the character, or put it on the web and set Source to "${LABELS.url}". Nothing was sent to the gateway.`,
	);
	const content = await file.content();
	const { kind, mimeType } = await checkedClip(content, range, file.label);
	return await outgoingFile({ ...file, mimeType }, content, kind);
}

async function finishedSource(run: Run, taskId: string) {
	await finishedTask(run, {
		taskId,
		since: run.clock.now(),
		lookAtOnce: true,
		gatewayProven: false,
	});
}
