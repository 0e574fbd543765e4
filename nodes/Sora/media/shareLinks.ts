/** Replaces pages that show a picture with the picture itself. */
import { invalidInput } from '../gateway/failures';

/** Tried in this order on host, path and query. Without a replacement, the file's own address is unknown. */
const PAGES: ReadonlyArray<[page: RegExp, file?: string]> = [
	[
		/^drive\.google\.com\/(?:u\/\d+\/)?(?:file\/d\/|open\?(?:.*&)?id=)([\w-]+).*/,
		'drive.google.com/uc?export=download&id=$1',
	],
	[/^drive\.google\.com\/(?!uc|thumbnail)/],
	[/^((?:www\.)?dropbox\.com\/(?:s|scl\/fi)\/.*[?&])(?:dl|raw)=\d/, '$1raw=1'],
	[/^((?:www\.)?dropbox\.com\/(?:s|scl\/fi)\/[^?]+)\?/, '$1?raw=1&'],
	[/^((?:www\.)?dropbox\.com\/(?:s|scl\/fi)\/[^?]+)/, '$1?raw=1'],
	[/^(?:www\.)?dropbox\.com\//],
	[
		/^(?:www\.)?github\.com\/([^/]+\/[^/]+)\/(?:blob|raw)\/([^?]+).*/,
		'raw.githubusercontent.com/$1/$2',
	],
	[/^(gitlab\.com\/.+\/-)\/blob\/([^?]+).*/, '$1/raw/$2'],
	[/^(huggingface\.co\/.+)\/blob\/([^?]+).*/, '$1/resolve/$2'],
	[/^(?:photos\.app\.goo\.gl|photos\.google\.com|1drv\.ms|onedrive\.live\.com)\//],
	[/^(?:[\w-]+\.sharepoint\.com\/:\w:|(?:app\.)?box\.com\/s|\w+\.wikipedia\.org\/wiki)\//],
	[/^(?:commons\.wikimedia\.org\/wiki|unsplash\.com\/photos|(?:www\.)?canva\.com\/design)\//],
	[/^(?:imgur\.com|ibb\.co|prnt\.sc|pin\.it)\/(?!.*\.(?:png|jpe?g|webp|gif)$)/],
	[/^(?:www\.)?(?:flickr\.com\/photos|instagram\.com\/p|pinterest\.\w+\/pin)\//],
	[/^(?:share\.icloud\.com|www\.icloud\.com)\//],
];

/**
 * @param label its name in messages
 * @returns the file's address if the given one is a page that shows it, otherwise the given address
 * @throws {SoraFailure} invalid_input for a page whose file has an unknown address
 */
export function directLink(address: string, label: string): string {
	if (!URL.canParse(address)) return address;
	const { hostname, pathname, search } = new URL(address);
	const place = hostname + pathname + search;
	const [page, file] = PAGES.find(([pattern]) => pattern.test(place)) ?? [];
	if (!page) return address;
	if (file) return `https://${place.replace(page, file)}`;
	throw invalidInput(
		`${label} is a page of ${hostname} that shows a picture, not the picture itself`,
		'Give the address of the picture itself, or get the file with a node (Google Drive, Dropbox, Microsoft OneDrive) and name its input data field.',
	);
}
