/** What the panel of Generate says of the video itself: how it is described, how long it is, who is in it. */
import type { JsonRecord } from '../../gateway/contract';
import { invalidInput } from '../../gateway/failures';
import { totalSeconds, type Shot } from '../../prompt/storyboard';
import {
	doubt,
	judge,
	refusal,
	rowOf,
	ROWS,
	secondsOnOffer,
	type ImageCounts,
	type ModelRow,
	type RenderKind,
	type Judgement,
} from '../../gateway/models';
import { fields, type AnyParameters } from '../fields';
import { CHARACTER_CLIP_FIELDS, givenIn, LABELS } from './modelFields';

const durationsOf = ({ fields: { duration } }: ModelRow) => duration?.choices ?? [];

/** "10 or 15 seconds for Sora 2; …" */
const SUMS = ROWS.filter(({ storyboard }) => storyboard)
	.map((row) => `${secondsOnOffer(durationsOf(row))} for ${row.name}`)
	.join('; ');

export const PROMPT_FIELDS = fields([
	{
		displayName: 'Prompt Type',
		name: 'promptType',
		type: 'options',
		default: 'text',
		description: 'How the video is described',
		options: [
			{
				name: 'Storyboard',
				value: 'storyboard',
				description: 'Several shots, each with its scene and its length',
			},
			{ name: 'Text', value: 'text', description: 'One text for the whole video' },
		],
	},
	{
		displayName: 'Prompt',
		name: 'prompt',
		type: 'string',
		typeOptions: { rows: 4 },
		required: true,
		default: '',
		placeholder: 'e.g. A paper boat drifts through a rainy street at dusk, slow camera, soft piano',
		description:
			'What the video shows. Mention a character as @username, with a space on both sides; missing spaces are added.',
		hint: 'Describe scene, movement, camera and sound. Mention characters as @username.',
		displayOptions: { show: { promptType: ['text'] } },
	},
	{
		displayName: `Together the shots must be as long as a video of the model: ${SUMS}.`,
		name: 'shotsNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { promptType: ['storyboard'] } },
	},
	{
		displayName: 'Shots',
		name: 'shots',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Shot', sortable: true },
		default: {
			shot: [
				{ durationSeconds: 5, scene: '' },
				{ durationSeconds: 5, scene: '' },
			],
		},
		placeholder: 'Add Shot',
		description: 'The shots of the video, in their order',
		displayOptions: { show: { promptType: ['storyboard'] } },
		options: [
			{
				displayName: 'Shot',
				name: 'shot',
				values: [
					{
						displayName: 'Duration (Seconds)',
						name: 'durationSeconds',
						type: 'number',
						typeOptions: { minValue: 0.1 },
						default: 5,
						description: 'Length of the shot. Fractions are allowed.',
					},
					{
						displayName: 'Scene',
						name: 'scene',
						type: 'string',
						typeOptions: { rows: 3 },
						default: '',
						placeholder: 'e.g. Close-up of a paper boat in the rain, soft piano',
						description:
							'What the shot shows. Mention a character as @username, with a space on both sides; missing spaces are added.',
					},
				],
			},
		],
	},
]);

/** @returns `undefined` where the prompt is a text */
export function shotsOf(parameters: AnyParameters): Shot[] | undefined {
	const p = parameters.with(PROMPT_FIELDS);
	if (p.choice('promptType') === 'text') return undefined;
	const rows = p.rows('shots.shot', 'shot');
	if (!rows.length) {
		throw invalidInput(`"${p.label('shots')}" is empty: a storyboard has at least one shot`);
	}
	return rows.map((row) => {
		const seconds = row.positiveNumber('durationSeconds');
		if (seconds === undefined) throw invalidInput(`"${row.label('durationSeconds')}" is empty`);
		return { seconds, scene: row.requiredText('scene') };
	});
}

/** Of a storyboard whose shots add up to the video. */
function secondsOfShots(parameters: AnyParameters, row: ModelRow, shots: Shot[]): string {
	const seconds = String(totalSeconds(shots));
	const durations = durationsOf(row);
	if (durations.includes(seconds)) return seconds;
	const label = parameters.with(PROMPT_FIELDS).label('shots');
	throw invalidInput(
		`the "${label}" add up to ${seconds} seconds, but a video of ${row.name} has ${secondsOnOffer(durations)}`,
	);
}

/** What the row of the model makes of the settings of an item. */
export interface ModelOrder {
	row: ModelRow;
	/** By their wire names. */
	fields: JsonRecord;
	values: Judgement['values'];
	kind: RenderKind;
	/** What is sent although nobody is known to have tried it, in words for the log. */
	doubts: string[];
}

/** @throws {SoraFailure} invalid_input for what the model is known to refuse, or has no field for */
export function modelOrder(
	parameters: AnyParameters,
	{
		model,
		shots,
		images,
		clip,
	}: {
		model: string;
		shots: Shot[] | undefined;
		images: ImageCounts;
		/** A character is borrowed from one. */
		clip: boolean;
	},
): ModelOrder {
	const row = rowOf(model);
	const given = { ...givenIn(parameters), characterClip: clip };
	if (shots && row.storyboard) given.duration = secondsOfShots(parameters, row, shots);
	const { body, values, refusals, doubts } = judge(row, given, images);
	const [refused] = refusals;
	if (refused) throw invalidInput(refusal(refused, LABELS));
	const duration = values.duration ?? row.fixedSeconds;
	const kind = {
		model,
		...(duration !== undefined && { duration: String(duration) }),
		...(values.hd !== undefined && { hd: values.hd === true }),
		...(shots && { storyboard: true }),
	};
	return { row, fields: body, values, kind, doubts: doubts.map((one) => doubt(one, LABELS)) };
}

export function characterClip(parameters: AnyParameters) {
	const p = parameters.with([{ name: 'options', options: CHARACTER_CLIP_FIELDS }]);
	const [url, from, to] = CHARACTER_CLIP_FIELDS.map(({ name }) => `options.${name}`) as [
		string,
		string,
		string,
	];
	if (!p.text(url)) {
		if (p.value(from) === undefined && p.value(to) === undefined) return {};
		throw invalidInput(`"${p.label(url)}" is empty, but seconds of a character clip are set`);
	}
	return { characterUrl: p.webUrl(url), characterRange: p.range(from, to, { isOptional: true }) };
}
