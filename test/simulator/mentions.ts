/** The result of the mentions in a prompt. */
export interface Mentions {
	/** Usernames of characters that appear in the video. */
	bound: string[];
	/** Usernames without a character: the request is refused. */
	denied: string[];
}

const MENTION = /(?<!\S)@([\p{L}\p{N}][\p{L}\p{N}._-]*)(?!\S)/gu;
const USERNAME = /^[a-z0-9]+\.[a-z0-9]+$/;

/** Finds mentions as the gateway does: `@username` with a space, or the prompt's end, on both sides. */
export function readMentions(prompt: string, exists: (username: string) => boolean): Mentions {
	const names = [...prompt.matchAll(MENTION)].map(([, name = '']) => name);
	return {
		bound: names.filter(exists),
		denied: names.filter((name) => !exists(name) && USERNAME.test(name)),
	};
}
