/** What the panel of Generate says of the video itself: how it is described, how long it is, who is in it. */
import type { JsonRecord } from '../../gateway/contract';
import { invalidInput } from '../../gateway/failures';
import { HD_MODEL_IDS, modelRow, secondsOnOffer, type RenderKind } from '../../gateway/models';
import { totalSeconds, type Shot } from '../../prompt/storyboard';
import {
	booleanOf,
	oneOf,
	positiveNumberOf,
	requiredText,
	secondRange,
	textOf,
	valueOf,
	webUrlOf,
} from '../parameters';
import type { Run } from '../run';

/** @returns `undefined` where the prompt is a text */
export function shotsOf({ context }: Run, itemIndex: number): Shot[] | undefined {
	const type = oneOf(
		valueOf(context, 'promptType', itemIndex) ?? 'text',
		['text', 'storyboard'],
		'Prompt Type',
	);
	if (type === 'text') return undefined;
	const { shot = [] } = (valueOf(context, 'shots', itemIndex) ?? {}) as { shot?: JsonRecord[] };
	if (!shot.length) throw invalidInput('"Shots" is empty: a storyboard has at least one shot');
	return shot.map(({ durationSeconds, scene }, index) => {
		const label = (field: string) => `${field}, shot ${index + 1}`;
		const seconds = positiveNumberOf(durationSeconds, label('Duration (Seconds)'));
		if (seconds === undefined) throw invalidInput(`"${label('Duration (Seconds)')}" is empty`);
		return { seconds, scene: requiredText(scene, label('Scene')) };
	});
}

export function renderKind(
	{ context }: Run,
	model: string,
	shots: Shot[] | undefined,
	itemIndex: number,
): RenderKind {
	const storyboard = shots !== undefined && { storyboard: true };
	const row = modelRow(model);
	if (!row) return { model, ...storyboard };
	const duration = shots
		? String(totalSeconds(shots))
		: textOf(valueOf(context, 'duration', itemIndex), 'Duration') || row.durations[0];
	if (!duration || !row.durations.includes(duration)) {
		const choices = secondsOnOffer(row.durations);
		throw invalidInput(
			shots
				? `the "Shots" add up to ${duration} seconds, but a video of ${row.name} has ${choices}`
				: `"Duration" must be ${choices} for ${row.name}, but is ${duration}`,
		);
	}
	const hd = booleanOf(valueOf(context, 'hd', itemIndex), 'HD');
	const offersHd = row.hdDurations.includes(duration);
	if (hd && !offersHd) {
		throw invalidInput(
			row.hdDurations.length
				? `"HD" has no effect at ${duration} seconds: turn it off, or choose ${secondsOnOffer(row.hdDurations)}`
				: `"HD" is not offered by ${row.name}: turn it off, or choose ${HD_MODEL_IDS.join(' or ')}`,
		);
	}
	return { model, duration, ...(offersHd && { hd: hd ?? false }), ...storyboard };
}

export function characterClip(options: JsonRecord) {
	if (!textOf(options.characterUrl, 'Character Clip')) {
		if (options.characterStartSecond === undefined && options.characterEndSecond === undefined) {
			return {};
		}
		throw invalidInput('"Character Clip" is empty, but seconds of a character clip are set');
	}
	return {
		characterUrl: webUrlOf(options.characterUrl, 'Character Clip'),
		characterRange: secondRange(
			options.characterStartSecond ?? 1,
			options.characterEndSecond ?? 3,
			{ start: 'Character Clip From Second', end: 'Character Clip To Second' },
		),
	};
}
