import type { FileKind } from './fileKind';

export interface NamedFile {
	name: string;
	mimeType: string;
}

const UNKNOWN_TYPES = new Set(['', 'application/octet-stream', 'binary/octet-stream']);
const LONGEST_STEM = 150;

/**
 * Under which name and type a file goes up. Gateways go by both, and both may lie: so ending and type are those of
 * the content, where that was recognised, and the file's own elsewhere.
 */
export function sentAs({ name, mimeType }: NamedFile, kind: FileKind | undefined): NamedFile {
	if (!kind) return { name: withinLength(name), mimeType };
	const { extension, otherExtensions = [], isGeneric } = kind;
	// An ending alone is no name.
	const own = name.lastIndexOf('.') > 0 ? endingOf(name) : '';
	const isTrue = isGeneric ? own !== '' : [extension, ...otherExtensions].includes(own);
	return {
		name: withinLength(isTrue ? name : `${stemOf(name)}.${extension}`),
		mimeType: typeOf(mimeType.trim().toLowerCase(), kind),
	};
}

/** Sound alone is in the same containers as video: what is declared says which. */
function typeOf(declared: string, { mimeType, isGeneric }: FileKind): string {
	if (isGeneric) return UNKNOWN_TYPES.has(declared) ? mimeType : declared;
	const isSameContainer =
		/^(?:audio|video)\//.test(declared) && declared.split('/')[1] === mimeType.split('/')[1];
	return isSameContainer ? declared : mimeType;
}

/** In lower case; `''` where the name has none. A number behind a dot is no ending, "v1.2" has none. */
export function endingOf(name: string): string {
	const dot = name.lastIndexOf('.');
	const ending = name.slice(dot + 1).toLowerCase();
	return dot >= 0 && /^[a-z0-9]{1,8}$/.test(ending) && /[a-z]/.test(ending) ? ending : '';
}

function stemOf(name: string): string {
	const ending = endingOf(name);
	return (ending ? name.slice(0, -ending.length - 1) : name) || 'file';
}

/** Long names break hosts. Cut between characters, not within one. */
function withinLength(name: string): string {
	const stem = stemOf(name);
	if (stem.length <= LONGEST_STEM) return name;
	const ending = endingOf(name);
	return (
		[...stem.slice(0, LONGEST_STEM * 2)].slice(0, LONGEST_STEM).join('') + (ending && `.${ending}`)
	);
}
