/** What the panel of Generate says of the video itself: how it is described, how long it is, who is in it. */
import { invalidInput } from '../../gateway/failures';
import { totalSeconds, type Shot } from '../../prompt/storyboard';
import {
	HD_MODEL_IDS,
	modelRow,
	MODELS,
	secondsOnOffer,
	SORA_MODEL_IDS,
	type RenderKind,
} from '../../gateway/models';
import { fields, type AnyParameters, type Field } from '../fields';

/** Models that offer a duration; the option is hidden for the others. */
const modelsWith = (duration: string) =>
	MODELS.filter(({ durations }) => durations.includes(duration)).map(({ id }) => id);

const durationOption = (seconds: string, description?: string) => ({
	name: `${seconds} Seconds`,
	value: seconds,
	...(description && { description }),
	displayOptions: { show: { '/model': modelsWith(seconds) } },
});

/** Twice in the panel, since a storyboard has no Duration that could hide it. */
const hdField = (displayOptions: Field['displayOptions']) => ({
	displayName: 'HD',
	name: 'hd' as const,
	type: 'boolean' as const,
	default: false,
	description: 'Whether to render in high definition. It takes 8 to 20 minutes longer.',
	displayOptions,
});

/** "10 or 15 seconds for Sora 2; …" */
const SUMS = MODELS.map(({ name, durations }) => `${secondsOnOffer(durations)} for ${name}`).join(
	'; ',
);

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

export const RENDER_FIELDS = fields([
	{
		displayName: 'Aspect Ratio',
		name: 'aspectRatio',
		type: 'options',
		default: '16:9',
		description: 'Shape of the video',
		options: [
			{ name: '16:9 (Landscape)', value: '16:9' },
			{ name: '9:16 (Portrait)', value: '9:16' },
		],
	},
	{
		displayName: 'Duration',
		name: 'duration',
		type: 'options',
		default: '10',
		description: 'Length of the video. 25 seconds are offered by Sora 2 Pro only.',
		displayOptions: { show: { model: SORA_MODEL_IDS, promptType: ['text'] } },
		options: [
			durationOption('10'),
			durationOption('15'),
			durationOption('25', 'Takes up to 30 minutes to render'),
		],
	},
	hdField({ show: { promptType: ['text'], model: HD_MODEL_IDS }, hide: { duration: ['25'] } }),
	hdField({ show: { promptType: ['storyboard'], model: HD_MODEL_IDS } }),
]);

export const CHARACTER_CLIP_FIELDS = fields([
	{
		displayName: 'Character Clip',
		name: 'characterUrl',
		type: 'string',
		default: '',
		placeholder: 'e.g. https://example.com/my-cat.mp4',
		description:
			'Address of a clip whose character appears in this video only, without creating one first. Real people are refused.',
	},
	{
		displayName: 'Character Clip From Second',
		name: 'characterStartSecond',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 1,
		description: 'Second of the character clip from which the character is seen',
	},
	{
		displayName: 'Character Clip To Second',
		name: 'characterEndSecond',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 3,
		description:
			'Second of the character clip until which the character is seen: 1 to 3 seconds after its start',
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

export function renderKind(
	parameters: AnyParameters,
	model: string,
	shots: Shot[] | undefined,
): RenderKind {
	const p = parameters.with(RENDER_FIELDS);
	const storyboard = shots !== undefined && { storyboard: true };
	const row = modelRow(model);
	if (!row) return { model, ...storyboard };
	const duration = shots ? String(totalSeconds(shots)) : p.text('duration') || row.durations[0];
	if (!duration || !row.durations.includes(duration)) {
		const choices = secondsOnOffer(row.durations);
		throw invalidInput(
			shots
				? `the "${parameters.with(PROMPT_FIELDS).label('shots')}" add up to ${duration} seconds, but a video of ${row.name} has ${choices}`
				: `"${p.label('duration')}" must be ${choices} for ${row.name}, but is ${duration}`,
		);
	}
	const hd = p.flag('hd');
	const offersHd = row.hdDurations.includes(duration);
	if (hd && !offersHd) {
		throw invalidInput(
			row.hdDurations.length
				? `"${p.label('hd')}" has no effect at ${duration} seconds: turn it off, or choose ${secondsOnOffer(row.hdDurations)}`
				: `"${p.label('hd')}" is not offered by ${row.name}: turn it off, or choose ${HD_MODEL_IDS.join(' or ')}`,
		);
	}
	return { model, duration, ...(offersHd && { hd: hd ?? false }), ...storyboard };
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
