/** How messages speak of what a model has. */

/** "10, 15 or 25" */
export const either = (words: readonly string[]) =>
	words.join(', ').replace(/, (?=[^,]*$)/, ' or ');

/** Durations as a message names them: "10, 15 or 25 seconds". */
export const secondsOnOffer = (durations: readonly string[]) => `${either(durations)} seconds`;
