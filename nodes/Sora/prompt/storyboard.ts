/**
 * A storyboard is a way to write the prompt: the gateway reads shots from its lines ("Shot 1:", then "duration: 5sec"
 * and "Scene: …"), as the API's documentation shows. Pure.
 */

export interface Shot {
	/** Fractions allowed. */
	seconds: number;
	scene: string;
}

/** 3.3 + 3.3 + 3.4 is not exactly 10 in binary fractions. */
const DECIMALS = 6;

export const totalSeconds = (shots: readonly Shot[]) =>
	Number(shots.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(DECIMALS));

/** A scene must be one line: a further line might read like the next shot. */
const asLine = (scene: string) =>
	scene
		.split(/[\p{Cc}\p{Zl}\p{Zp}]+/u)
		.map((part) => part.trim())
		.filter(Boolean)
		.join(' ');

/** @param write normalises a scene, for example its mentions */
export const storyboardPrompt = (
	shots: readonly Shot[],
	write: (scene: string) => string = (scene) => scene,
) =>
	shots
		.map(
			({ seconds, scene }, index) =>
				`Shot ${index + 1}:\nduration: ${seconds}sec\nScene: ${write(asLine(scene))}`,
		)
		.join('\n\n');
