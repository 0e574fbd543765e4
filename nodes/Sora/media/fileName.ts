/** Names of files that can be stored, attached and posted anywhere. Pure. */

export interface Naming {
	/** As the user wants it; an ending is added, or put right. */
	wished?: string;
	title?: string;
	/** Which one of several it is. */
	number?: number;
}

/** File systems take 255 bytes; what stores a file may add to its name. */
const MOST_BYTES = 200;
/** Characters of a title: its first words. */
const MOST_OF_TITLE = 40;
const MOST_OF_TASK = 100;

/** Endings that a name may have got with another file in mind. */
const VIDEO_ENDING = /\.(?:mp4|m4v|mov|qt|webm|mkv|avi|mpe?g|3gp|ogv|wmv|flv|gif)$/i;
/** Devices of Windows, whatever follows behind the first dot. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/**
 * By the user's wish, else by the first words of the title and by the task, so that it can be read and found again.
 * @param extension of what the file is, without the dot
 */
export function videoFileName(
	{ wished = '', title = '', number = 1 }: Naming,
	taskId: string,
	extension: string,
): string {
	const task = usable(taskId.replace(/[^\w.-]+/g, '_').slice(-MOST_OF_TASK));
	const byTask = [slugOf(title), task].filter(Boolean).join('_');
	const name = usable(visible(wished).replace(VIDEO_ENDING, '')) || byTask || 'video';
	const ending = `${number > 1 ? `_${number}` : ''}.${extension}`;
	let bytesLeft = MOST_BYTES - ending.length;
	const kept = [...name.replace(RESERVED, '_$&')].filter(
		(character) => (bytesLeft -= Buffer.byteLength(character)) >= 0,
	);
	return kept.join('').replace(/[\s.-]+$/, '') + ending;
}

/** "A paper boat, drifting" → `a-paper-boat-drifting`; words of any script stay. Mentions and links say nothing. */
function slugOf(title: string): string {
	const words = visible(title)
		.replace(/@\{?[\w.-]+\}?|\bhttps?:\S+|['’]/gi, (said) => (said.length > 1 ? ' ' : ''))
		.toLowerCase()
		.match(/[\p{L}\p{N}\p{M}]+/gu);
	const characters = [...(words ?? []).join('-'), '-'];
	const end = characters.lastIndexOf('-', MOST_OF_TITLE);
	// Scripts without spaces have words of any length.
	return characters.slice(0, end < 0 ? MOST_OF_TITLE : end).join('');
}

/** Whatever cannot be seen may hide what stands behind it. */
const visible = (name: string): string =>
	name
		.slice(0, 1_000)
		.normalize('NFC')
		.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
		.replace(/[\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, '')
		.trim();

/** No folders, nothing that a file system or a command line could stumble over. */
const usable = (name: string): string =>
	name.replace(/(?:\s?[\\/<>:"|?*])+\s?/g, '-').replace(/^[\s.-]+|[\s.-]+$/g, '');
