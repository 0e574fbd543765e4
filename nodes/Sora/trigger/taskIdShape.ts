/** What is no word but chance: it has a digit, or is as long as no word, or is hexadecimal. */
const RANDOM = /\p{N}|.{13}|^[a-f]{6,}$/iu;
/** Beyond this much of an ID nothing new is learned of its kind. */
const TELLING_CHARACTERS = 80;

/**
 * What IDs of one kind share: the words that they begin with, their separators, and how long their random parts are.
 * `video_1b9d…` and `task_01K…` differ, two videos of one gateway are not.
 */
export function taskIdShape(taskId: string): string {
	let isRandom = false;
	return taskId.slice(0, TELLING_CHARACTERS).replace(/[\p{L}\p{N}]+/gu, (part) => {
		// What follows a random part may be a word by chance, as "beef" does in a UUID.
		isRandom ||= RANDOM.test(part);
		return isRandom ? `#${part.length}` : part.toLowerCase();
	});
}
