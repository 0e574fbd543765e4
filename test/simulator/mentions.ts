/** What became of the mentions in a prompt. */
export interface Mentions {
	/** Usernames of characters that appear in the video. */
	bound: string[];
	/** Mentions that stay plain text, each with the reason. */
	unbound: Array<{ text: string; why: 'braces' | 'spaces' | 'not a username' }>;
	/** Usernames that no character has: the request is refused. */
	denied: string[];
}

const AT_SIGN = /@(?:\{[^{}]*\}|[\p{L}\p{N}][\p{L}\p{N}._-]*)/gu;
const USERNAME = /^[a-z0-9]+\.[a-z0-9]+$/;
/** In a prompt a mention may also touch these characters, without the gateway finding it. */
const USERNAME_INSIDE = /^[a-z0-9]+\.[a-z0-9]+/;

/** Finds the mentions as the gateway does: `@username` with a space, or the prompt's end, on both sides. */
export function readMentions(prompt: string, exists: (username: string) => boolean): Mentions {
	const mentions: Mentions = { bound: [], unbound: [], denied: [] };
	for (const match of prompt.matchAll(AT_SIGN)) {
		const [text] = match;
		const before = prompt[match.index - 1] ?? ' ';
		const after = prompt[match.index + text.length] ?? ' ';
		const name = text.slice(1);
		if (name.startsWith('{')) {
			mentions.unbound.push({ text, why: 'braces' });
		} else if (/\S/.test(before) || /\S/.test(after)) {
			mentions.unbound.push({ text, why: 'spaces' });
		} else if (exists(name)) {
			mentions.bound.push(name);
		} else if (USERNAME.test(name)) {
			mentions.denied.push(name);
		} else {
			const inside = USERNAME_INSIDE.exec(name)?.[0];
			mentions.unbound.push({
				text,
				why: inside !== undefined && exists(inside) ? 'spaces' : 'not a username',
			});
		}
	}
	return mentions;
}
