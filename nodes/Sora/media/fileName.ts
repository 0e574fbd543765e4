/** File names that can be stored, attached and posted anywhere. Pure. */

export interface Naming {
	/** Chosen by the user; its extension is added or corrected. */
	requested?: string;
	title?: string;
	/** Its number among several files. */
	number?: number;
}

/** File systems allow 255 bytes; the store may add to the name. */
const MAX_BYTES = 200;
/** Characters of the title to keep. */
const MAX_TITLE_LENGTH = 40;
const MAX_OF_TASK = 100;

/** Extensions that a chosen name may have by mistake. */
const VIDEO_ENDING = /\.(?:mp4|m4v|mov|qt|webm|mkv|avi|mpe?g|3gp|ogv|wmv|flv|gif)$/i;
/** Windows device names, whatever follows after the first dot. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/**
 * From the name chosen by the user, otherwise from the first words of the title and the task ID.
 * @param extension of the file's actual kind, without the dot
 */
export function videoFileName(
	{ requested = '', title = '', number = 1 }: Naming,
	taskId: string,
	extension: string,
): string {
	const task = usable(taskId.replace(/[^\w.-]+/g, '_').slice(-MAX_OF_TASK));
	const byTask = [slugOf(title), task].filter(Boolean).join('_');
	const name = usable(visible(requested).replace(VIDEO_ENDING, '')) || byTask || 'video';
	const ending = `${number > 1 ? `_${number}` : ''}.${extension}`;
	let bytesLeft = MAX_BYTES - ending.length;
	const kept = [...name.replace(RESERVED, '_$&')].filter(
		(character) => (bytesLeft -= Buffer.byteLength(character)) >= 0,
	);
	return kept.join('').replace(/[\s.-]+$/, '') + ending;
}

/** "A paper boat, drifting" → `a-paper-boat-drifting`; keeps words of any script, but no mentions or links. */
function slugOf(title: string): string {
	const words = visible(title)
		.replace(/@\{?[\w.-]+\}?|\bhttps?:\S+|['’]/gi, (said) => (said.length > 1 ? ' ' : ''))
		.toLowerCase()
		.match(/[\p{L}\p{N}\p{M}]+/gu);
	const characters = [...(words ?? []).join('-'), '-'];
	const end = characters.lastIndexOf('-', MAX_TITLE_LENGTH);
	// Scripts without spaces have words of any length.
	return characters.slice(0, end < 0 ? MAX_TITLE_LENGTH : end).join('');
}

/** Invisible characters may disguise what follows them. */
const visible = (name: string): string =>
	name
		.slice(0, 1_000)
		.normalize('NFC')
		.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
		.replace(/[\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, '')
		.trim();

/** Removes folders, and anything that a file system or a command line could trip over. */
const usable = (name: string): string =>
	name.replace(/(?:\s?[\\/<>:"|?*])+\s?/g, '-').replace(/^[\s.-]+|[\s.-]+$/g, '');
