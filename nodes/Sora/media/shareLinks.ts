/** Pages that show a picture, given where the picture itself is wanted. */
import { invalidInput } from '../gateway/failures';

interface SharePage {
	/** Tried on the host, a slash and the path. */
	at: RegExp;
	/** The address of the file itself; without it, none is known for certain. */
	direct?: (url: URL, match: RegExpExecArray) => string | undefined;
}

const driveFile = (id: string | null | undefined) =>
	id ? `https://drive.google.com/uc?export=download&id=${encodeURIComponent(id)}` : undefined;

const PAGES: readonly SharePage[] = [
	{ at: /^drive\.google\.com\/file\/d\/([\w-]+)/, direct: (_, [, id]) => driveFile(id) },
	{
		at: /^drive\.google\.com\/(?:u\/\d+\/)?open/,
		direct: ({ searchParams }) => driveFile(searchParams.get('id')),
	},
	{ at: /^drive\.google\.com\/(?!uc|thumbnail)/ },
	{
		at: /^(?:www\.)?dropbox\.com\/(?:s\/|scl\/fi\/)/,
		direct(url) {
			url.searchParams.delete('dl');
			url.searchParams.set('raw', '1');
			return url.href;
		},
	},
	{ at: /^(?:www\.)?dropbox\.com\// },
	{
		at: /^(?:www\.)?github\.com\/([^/]+\/[^/]+)\/(?:blob|raw)\/(.+)$/,
		direct: (_, [, repository = '', file = '']) =>
			`https://raw.githubusercontent.com/${repository}/${file}`,
	},
	{
		at: /^(gitlab\.com\/.+\/-)\/blob\/(.+)$/,
		direct: (_, [, repository = '', file = '']) => `https://${repository}/raw/${file}`,
	},
	{
		at: /^(huggingface\.co\/.+)\/blob\/(.+)$/,
		direct: (_, [, repository = '', file = '']) => `https://${repository}/resolve/${file}`,
	},
	{ at: /^(?:photos\.app\.goo\.gl|photos\.google\.com|1drv\.ms|onedrive\.live\.com)\// },
	{ at: /^(?:[\w-]+\.sharepoint\.com\/:\w:|(?:app\.)?box\.com\/s|\w+\.wikipedia\.org\/wiki)\// },
	{ at: /^(?:commons\.wikimedia\.org\/wiki|unsplash\.com\/photos|(?:www\.)?canva\.com\/design)\// },
	{ at: /^(?:imgur\.com|ibb\.co|prnt\.sc|pin\.it)\/(?!.*\.(?:png|jpe?g|webp|gif)$)/ },
	{ at: /^(?:www\.)?(?:flickr\.com\/photos|instagram\.com\/p|pinterest\.\w+\/pin)\// },
	{ at: /^(?:share\.icloud\.com|www\.icloud\.com)\// },
];

/**
 * @param label how the message names it
 * @returns the file itself where the address is that of a page that shows it, else the address as it is
 * @throws {SoraFailure} invalid_input for a page of which the file's address is not known
 */
export function directLink(address: string, label: string): string {
	if (!URL.canParse(address)) return address;
	const url = new URL(address);
	const place = `${url.hostname}${url.pathname}`;
	for (const { at, direct } of PAGES) {
		const match = at.exec(place);
		if (!match) continue;
		const file = direct?.(url, match);
		if (file) return file;
		throw invalidInput(
			`${label} is a page of ${url.hostname} that shows a picture, not the picture itself`,
			'Give the address of the picture itself, or get the file with a node (Google Drive, Dropbox, Microsoft OneDrive) and name its input data field.',
		);
	}
	return address;
}
