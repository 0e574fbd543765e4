import { MP4, type FileKind } from './fileKind';

interface NamedFile {
	name: string;
	mimeType: string;
}

/** Of a file of which nothing is known. */
export const UNKNOWN_TYPE = 'application/octet-stream';
const UNKNOWN_TYPES = new Set(['', UNKNOWN_TYPE, 'binary/octet-stream']);
const LONGEST_STEM = 150;

/**
 * The name and type under which a file is sent. Gateways go by both, and both may lie: so ending and type are those of
 * the content, where that was recognised, and the file's own elsewhere.
 */
export function sentAs({ name, mimeType }: NamedFile, found: FileKind | undefined): NamedFile {
	if (!found) return { name: withinLength(name), mimeType };
	// An ending alone is no name.
	const own = name.lastIndexOf('.') > 0 ? endingOf(name) : '';
	// A 3GP is an MP4 by another brand, which some encoders choose for any video.
	const isMp4 = found.mimeType === 'video/3gpp' && MP4.extensions.includes(own);
	const kind = isMp4 ? MP4 : found;
	const isTrue = kind.isGeneric ? own !== '' : kind.extensions.includes(own);
	return {
		name: withinLength(isTrue ? name : `${stemOf(name)}.${kind.extensions[0]}`),
		mimeType: typeOf(mimeType.trim().toLowerCase(), kind),
	};
}

/** Whether a container of videos holds sound alone, the declared type may know. */
function typeOf(declared: string, { mimeType, soundType, isGeneric }: FileKind): string {
	if (isGeneric) return UNKNOWN_TYPES.has(declared) ? mimeType : declared;
	return soundType && declared.startsWith('audio/') ? soundType : mimeType;
}

/** In lower case; `''` where the name has none. A number behind a dot is no ending, "v1.2" has none. */
export function endingOf(name: string): string {
	const dot = name.lastIndexOf('.');
	const ending = name.slice(dot + 1).toLowerCase();
	return dot >= 0 && /^[a-z0-9]{1,8}$/.test(ending) && /[a-z]/.test(ending) ? ending : '';
}

/** "photo." is called photo. */
function stemOf(name: string): string {
	const ending = endingOf(name);
	let end = ending ? name.length - ending.length - 1 : name.length;
	while (end > 0 && '. '.includes(name.charAt(end - 1))) end--;
	return name.slice(0, end) || 'file';
}

/** Long names break hosts. Cut between characters, not within one. */
function withinLength(name: string): string {
	const stem = stemOf(name);
	if (stem.length <= LONGEST_STEM) return name;
	const ending = endingOf(name);
	const short = [...stem.slice(0, LONGEST_STEM * 2)].slice(0, LONGEST_STEM).join('');
	return short + (ending && `.${ending}`);
}
