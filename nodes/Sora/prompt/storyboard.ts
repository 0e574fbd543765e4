/**
 * A storyboard is a way to write the prompt: the gateway reads shots out of its lines ("Shot 1:", then
 * "duration: 5sec" and "Scene: …"), as the API's documentation shows. Pure.
 */
import { normaliseMentions } from './mentions';

export interface Shot {
	/** Fractions allowed. */
	seconds: number;
	scene: string;
}

/** 3.3 + 3.3 + 3.4 is not quite 10 in binary fractions. */
const DECIMALS = 6;

export const totalSeconds = (shots: readonly Shot[]) =>
	Number(shots.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(DECIMALS));

/** A scene is one line, whatever is taken for the end of one: a further line might read like the next shot. */
const asLine = (scene: string) =>
	normaliseMentions(
		scene
			.split(/[\p{Cc}\p{Zl}\p{Zp}]+/u)
			.map((part) => part.trim())
			.filter(Boolean)
			.join(' '),
	);

export const storyboardPrompt = (shots: readonly Shot[]) =>
	shots
		.map(
			({ seconds, scene }, index) =>
				`Shot ${index + 1}:\nduration: ${seconds}sec\nScene: ${asLine(scene)}`,
		)
		.join('\n\n');
