import type { IDataObject } from 'n8n-workflow';

import { offered, pollCharacter } from '../../gateway/client';
import { characterRequest, type SecondRange } from '../../gateway/contract';
import { taskFailure } from '../../gateway/failedAnswer';
import {
	FAILURES,
	invalidInput,
	SoraFailure,
	WAS_IT_CHARGED,
	type FailureFacts,
} from '../../gateway/failures';
import { PATIENCE } from '../../gateway/timeouts';
import { retry } from '../../flow/retry';
import { checkClip } from '../../media/clip';
import { outgoing, type OutgoingFile } from '../../media/inputFile';
import { requireReachable } from '../../media/privateAddresses';
import { operation } from '../operation';
import { CHARACTER, planPurchases, purchase, type PaidRequest } from '../purchase';
import type { Run } from '../run';
import { finishedTask } from '../video/delivery';
import { toSoraFailure } from '../nodeErrors';
import { characterItem } from '../output';
import { whenTestingCharacter } from '../testing';
import { SAMPLE_TASK_ID } from '../video/sample';
import { fields, type AnyParameters, type ItemParameters } from '../fields';
import { fileToUpload, inputFileField } from '../inputFileField';

import { asBody, extraBodyField, extraBodyIn } from '../extraBody';

const FIELDS = fields([
	{
		displayName:
			'A character is an animal, an object or an invented figure that is seen in a clip with sound; clips that show real people are refused. Mention it in later prompts, with a space on both sides: a stage with @username dancing. Your gateway may charge for it, also when you execute this step in the editor.',
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
	whenTestingCharacter,
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
]);

async function prepareCharacter(run: Run, p: ItemParameters<typeof FIELDS>): Promise<PaidRequest> {
	offered(run.gateway, 'characters');
	const source = p.choice('source');
	refuseOtherSources(p, SOURCE_FIELDS[source]);
	const range = p.range('startSecond', 'endSecond');
	const extra = extraBodyIn(p);
	const testing = {
		whenTesting: run.presses.chosen(p),
		sample: async () => ({ json: { ...characterItem(SAMPLE_CHARACTER), sample: true } }),
	};
	const bodyFrom = (clip: { url?: string; fromTask?: string }) =>
		asBody(() => characterRequest({ ...clip, range, extra }));

	if (source === 'file') {
		const adviceIfLarger = `Cut it to the seconds that show the character, or put it on the web and set ${p.label('source')} to "${p.label('url')}".`;
		const file = await run.reads(async () => await clipIn(run, p, range, adviceIfLarger));
		return {
			...testing,
			identity: bodyFrom({ url: file.digest }),
			body: async () => bodyFrom(await run.uploads.upload(file)),
		};
	}
	if (source === 'url') {
		const body = bodyFrom({ url: p.webUrl('url') });
		requireReachable(body, run.gateway);
		return { ...testing, identity: body, body: async () => body };
	}
	const taskId = p.taskId('fromTask');
	if (taskId === SAMPLE_TASK_ID && testing.whenTesting !== 'sample') {
		throw invalidInput(
			`"${p.label('fromTask')}" is "${SAMPLE_TASK_ID}": no character can come from a sample clip`,
			`Set "${p.label('whenTesting')}" here to the sample too, or generate a real video.`,
		);
	}
	const body = bodyFrom({ fromTask: taskId });
	const waits = p.flag('options.waitForSourceTask') ?? p.preset('options.waitForSourceTask');
	return {
		...testing,
		identity: body,
		body: async () => body,
		...(waits === true && { ready: async () => await finishedSource(run, taskId) }),
	};
}

async function createCharacter(
	run: Run,
	request: Awaited<ReturnType<typeof prepareCharacter>>,
	itemIndex: number,
) {
	return await purchase(run, itemIndex, request, async ({ character = {} }) => ({
		json: (await withName(run, character as CreatedCharacter)) as IDataObject,
	}));
}

type CreatedCharacter = ReturnType<typeof characterItem>;

/** Some gateways answer before they have made it: then it is asked for, and never created twice. */
async function withName(run: Run, created: CreatedCharacter): Promise<CreatedCharacter> {
	if (created.username && !created.note) return created;
	const { id, task_id: taskId = '' } = created;
	const known = taskId ? `its task is ${taskId}` : `its ID is ${id}`;
	const missing = (facts: FailureFacts) =>
		new SoraFailure('character_missing', { ...facts, detail: known });
	const asked = async () => {
		const { character, failed } = await run.requests(
			async () => await pollCharacter(run.gateway, { id, taskId }),
		);
		if (failed) {
			const failure = taskFailure(failed);
			if (failure.category !== 'render_failed') throw failure;
			throw missing({ ...failure.facts, advice: `Try another clip. ${WAS_IT_CHARGED}` });
		}
		if (!character?.username || character.phase === 'running') {
			throw missing({ repeatable: 'free' });
		}
		return {
			...characterItem({ ...character, id: character.id || id }),
			...(taskId && { task_id: taskId }),
		};
	};
	const { clock, signal } = run;
	return await retry(asked, {
		attempts: Number.POSITIVE_INFINITY,
		withinMs: PATIENCE.character,
		repeats: 'free',
		clock,
		signal,
		whenStopped: { detail: known, advice: FAILURES.character_missing.advice },
	}).catch((error: unknown) => {
		const { category, facts } = toSoraFailure(error);
		if (facts.task || category === 'cancelled') throw error as Error;
		if (created.username) return created;
		throw missing({ words: facts.words });
	});
}

export const create = operation({
	option: {
		name: 'Create',
		value: 'create',
		description: 'Create a character from a short clip, to mention it in later prompts',
		action: 'Create a character',
	},

	fields: FIELDS,
	prepare: prepareCharacter,
	plan: async (run, prepared) =>
		await planPurchases(
			run,
			CHARACTER,
			prepared.map(({ itemIndex, value: request }) => ({ itemIndex, request })),
		),
	perform: createCharacter,
});

const SAMPLE_CHARACTER = {
	id: 'sample',
	username: 'sample.character',
	permalink: null,
	profilePictureUrl: null,
};

/** Where the panel asks for each source. */
const SOURCE_FIELDS = { url: 'url', task: 'fromTask', file: 'binaryPropertyName' } as const;

function refuseOtherSources(
	p: Pick<ItemParameters, 'label' | 'text'>,
	chosen: (typeof SOURCE_FIELDS)[keyof typeof SOURCE_FIELDS],
) {
	const filled = ['url', 'fromTask'].find((other) => other !== chosen && p.text(other));
	if (filled) {
		throw invalidInput(
			`"${p.label(chosen)}" is the source, but "${p.label(filled)}" is filled too: a character comes from exactly one of them`,
		);
	}
}

/** The clip in the item's input data field, judged as far as its bytes tell. */
async function clipIn(
	run: Run,
	parameters: AnyParameters,
	range: SecondRange,
	adviceIfLarger: string,
): Promise<OutgoingFile> {
	const file = fileToUpload(run, parameters, adviceIfLarger);
	// A clip with a picture is no sound, whatever the workflow says.
	return await outgoing({ ...file, mimeType: '' }, async (content, kind) => {
		await checkClip(content, kind, range, file.label);
	});
}

async function finishedSource(run: Run, taskId: string) {
	await finishedTask(run, {
		taskId,
		since: run.clock.now(),
		pollAtOnce: true,
		gatewayProven: false,
	});
}
