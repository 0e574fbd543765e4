/** The names of fields, taken apart into words: `resultVideoLink`, `result_video_link` and `resultvideolink` say the same. */

/** What stands at the end of a name that was written in one, `coverurl` say. */
const GLUED = /^(.+?)(urls?|uris?|links?|src|path)$/;

/** Longer names are no names. */
const LONGEST_NAME = 100;

/** The words of a name in small letters. */
export function wordsOf(name: string): string[] {
	return name
		.slice(0, LONGEST_NAME)
		.replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
		.replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
		.toLowerCase()
		.split(/[^\p{L}\p{N}]+/u)
		.flatMap((word) => {
			const [, stem = '', end = ''] = GLUED.exec(word) ?? [];
			return stem.length > 2 ? [stem, end] : [word];
		})
		.filter(Boolean);
}
