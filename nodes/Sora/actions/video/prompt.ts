/** How the video is described: one text, or a storyboard from the panel or from data. */
import { isRecord, parseJson } from '../../gateway/contract';
import { invalidInput } from '../../gateway/failures';
import { modelsWith, readSeconds, ROWS, secondsOnOffer, type ModelRow } from '../../gateway/models';
import { leftoverIn } from '../../prompt/leftover';
import { normaliseMentions } from '../../prompt/mentions';
import { storyboardPrompt, type Shot } from '../../prompt/storyboard';
import { fields, textOf, type AnyParameters } from '../fields';
import { forModels } from './modelFields';

/** "10 or 15 seconds for Sora 2; …" */
const SUMS = ROWS.filter(({ storyboard }) => storyboard)
	.map((row) => `${secondsOnOffer(row.fields.duration?.choices ?? [])} for ${row.name}`)
	.join('; ');

export const PROMPT_FIELDS = fields([
	{
		displayName: 'Prompt Type',
		name: 'promptType',
		type: 'options',
		default: 'text',
		description: 'How the video is described',
		displayOptions: forModels(modelsWith('storyboard')),
		options: [
			{
				name: 'Storyboard',
				value: 'storyboard',
				description: 'Several shots, each with its scene and its length',
			},
			{
				name: 'Storyboard From Data',
				value: 'storyboardData',
				description: 'As many shots as a list in the input has',
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
			'What the video shows. Models with characters take mentions as @username, with a space on both sides; missing spaces are added.',
		hint: 'Describe scene, movement, camera and sound',
		displayOptions: { hide: { promptType: ['storyboard', 'storyboardData'] } },
	},
	{
		displayName: `Together the shots must be as long as a video of the model: ${SUMS}.`,
		name: 'shotsNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { promptType: ['storyboard', 'storyboardData'] } },
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
						description: 'What the shot shows. Mention a character as @username.',
					},
				],
			},
		],
	},
	{
		displayName: 'Shot List',
		name: 'shotList',
		type: 'json',
		default: '[\n  { "scene": "A paper boat in the rain", "seconds": 10 }\n]',
		description:
			'The shots as a list, each with a scene and its seconds. An expression may give the list.',
		displayOptions: { show: { promptType: ['storyboardData'] } },
	},
]);

const SCENE_NAMES = ['scene', 'prompt', 'description', 'text'];
const SECONDS_NAMES = ['seconds', 'durationSeconds', 'duration_seconds', 'duration', 'length'];

/** A prompt or a scene. @throws {SoraFailure} invalid_input for what can be none */
function usable(text: string, label: string): string {
	if (!text) throw invalidInput(`"${label}" is empty`);
	const leftover = leftoverIn(text);
	if (!leftover) return text;
	throw invalidInput(
		`"${label}" holds ${leftover}: ${JSON.stringify(text.slice(0, 80))}`,
		'Check the expression, or the cell that it reads. Nothing was bought.',
	);
}

function shotOf(values: Record<string, unknown>, nth: number, labels: [string, string]): Shot {
	const first = (names: string[]) =>
		names.map((name) => values[name]).find((value) => value != null);
	const [scene, length] = labels.map((label) => `${label}, shot ${nth}`) as [string, string];
	const given = first(SECONDS_NAMES);
	const seconds = readSeconds(given);
	const text = usable(textOf(first(SCENE_NAMES), scene), scene);
	if (seconds !== undefined) return { seconds, scene: text };
	throw invalidInput(
		`"${length}" must be a number of seconds greater than 0, but is ${textOf(given, length) || 'empty'}`,
	);
}

/** @returns `undefined` where the prompt is one text */
export function shotsIn(parameters: AnyParameters): Shot[] | undefined {
	const p = parameters.with(PROMPT_FIELDS);
	const type = p.choice('promptType');
	if (type === 'text') return undefined;
	const name = type === 'storyboard' ? 'shots' : 'shotList';
	const value = p.value(name);
	const parsed = typeof value === 'string' ? parseJson(value) : value;
	const list = isRecord(parsed) ? (parsed.shot ?? parsed.shots) : parsed;
	if (!Array.isArray(list) || !list.every(isRecord)) {
		const wanted = 'a list of shots such as [{ "scene": "A boat", "seconds": 10 }]';
		throw invalidInput(`"${p.label(name)}" must be ${wanted}`);
	}
	if (!list.length) {
		throw invalidInput(`"${p.label(name)}" is empty: a storyboard has at least one shot`);
	}
	const labels: [string, string] = [
		p.label('shots.shot.scene'),
		p.label('shots.shot.durationSeconds'),
	];
	return list.map((values, index) => shotOf(values, index + 1, labels));
}

/** Mentions are spaced for models that have characters; for others an @ is text like any other. */
export function promptFor(row: ModelRow, parameters: AnyParameters, shots?: Shot[]): string {
	const write = row.characterClip ? normaliseMentions : undefined;
	if (shots) return storyboardPrompt(shots, write);
	const p = parameters.with(PROMPT_FIELDS);
	const text = usable(p.text('prompt'), p.label('prompt'));
	return write ? write(text) : text;
}
