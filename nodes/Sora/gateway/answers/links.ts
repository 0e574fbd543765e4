/** Finds the finished video by field names and by the shape of links. */
import type { JsonRecord } from './json';
import { textOf, type Field, type Part } from './view';

interface LinkContext {
	/** The gateway's base URL; without it, relative links are ignored. */
	baseUrl?: string;
	/** An address that ends with it is the task's, not the video's. */
	taskId?: string;
	/** The body of the order: what was sent is not what was made. */
	sent?: JsonRecord;
	/** Its reason of failure is a reason, not a link. */
	hasFailed?: boolean;
}

/** new-api puts the link of a finished task here, of all places. */
const LINK_OF_SUCCESS = 'fail reason';
/** The documented places, in the task or in its data. */
const DOCUMENTED = /^(?:outputs?|video urls?)$/;

const VIDEO_ENDING = /\.(?:mp4|m4v|mov|webm|mkv|avi|gif|ts|flv|wmv|mpe?g|3gp|ogv)$/i;
const OTHER_ENDING =
	/\.(?:png|jpe?g|jfif|webp|bmp|svg|ico|heic|avif|tiff?|mp3|wav|m4a|aac|ogg|flac|json|txt|srt|vtt|ass|xml|csv|pdf|zip|glb)$/i;
const PLAYLIST_ENDING = /\.(?:m3u8|mpd)$/i;
const LONGEST_LINK = 16_384;

/** Words that exclude a field with everything in it. */
const OF_SOMETHING_ELSE =
	/\b(?:cover|icons?|logo|banners?|badge|profile|inputs?|source|origin|originals?|orig|refs?|masks?|audios?|music|voices?|sounds?|bgm|captions?|parents?|templates?|hooks?|users?|author|owner|prompts?|params?|parameters?|requests?|logs?|character|cameo|pics?|imgs?|history|previous|errors?|models?|sprites?)\b|thumb|poster|pre ?view|frame|image|picture|photo|avatar|web ?hook|call ?back|notif|subtitle|lyric|screen ?shot|snap ?shot|reference/;
/** Words that exclude only the field itself: addresses to poll, share, cancel or read about. */
const NOT_A_FILE =
	/\b(?:status|state|poll|polling|get|cancel|delete|self|web|share|sharing|page|perma|permalink|home|homepage|website|site|console|dashboard|api|endpoint|query|fetch|response|details?|reason|base|draft|docs?|help|terms|policy|license|pricing|payment|invoice|upload|edit|editor|project|workflow)\b/;
/** `image_to_video`, `img2video`: what was made from an image is a video. */
const MADE_INTO_VIDEO = /(?:images?|imgs?|text|txt|frames?) ?(?:to|2) ?video/g;

const OF_VIDEO = /video|movie|mp4|film|clip/;
const RESULT =
	'outputs?|results?|generated|generations?|creations?|works?|artifacts?|assets?|samples?|media|files?|downloads?|play|playback|contents?|final|deliver(?:y|ed|able)|renders?|rendered';
const OF_RESULT = new RegExp(`\\b(?:${RESULT})\\b`);
/** A name that ends with the video or the result itself: `output`, `finalVideo`. */
const IS_ITSELF = new RegExp(`(?:${OF_VIDEO.source})\\w*$|\\b(?:${RESULT})$`);
const SAYS_LINK = /\b(?:urls?|uris?|links?|src|href)\b/;
/** A name that only says that it is an address. */
const JUST_A_LINK =
	/^(?:(?:urls?|uris?|links?|src|href|address|resources?|location|object|storage|path|remote|direct|public|signed|unsigned|temp|hd|cdn|oss|s3)(?: |$))+$/;
const OF_WATERMARK = /(?:\b(?:no|non|without|un|removed?|free) ?)?water ?mark(?:ed|free)? ?/;
const WITHOUT_WATERMARK = /\b(?:no|non|without|un|removed|free|clean)\b|\b(?:un|no)water|markfree/;
const SMALLER = /\b(?:sd|low|small|compressed|lite|mobile|240p?|360p?|480p?|540p?)\b/;
const OTHER_KIND =
	/^(?:(?:image|audio|text|thumbnail|cover|subtitle|json)s?$|(?:image|audio|text)\/|application\/json)/i;

/** An address without a protocol: a host has a dot, and no folder has one in front of a file. */
const HOST_AND_PATH = /^(?:[a-z\d-]{1,63}\.){1,6}[a-z]{2,24}\/[^\s]+$/i;
const RELATIVE =
	/^(?:\/[^/]|\.{1,2}\/|[\w.~%-]+\/[\w.~%:@/-]*(?:content|download|\.\w{2,4})(?:[?#]|$))/;

/** An absolute address; `undefined` if the value is none. Relative ones belong to the gateway. */
export function absolute(value: string, baseUrl?: string): string | undefined {
	let url = value;
	if (/^\/\/[^/\s.]+\.[^/\s]*\//.test(value)) {
		url = `${baseUrl?.startsWith('http:') ? 'http' : 'https'}:${value}`;
	} else if (HOST_AND_PATH.test(value)) {
		url = `https://${value}`;
	} else if (!/^https?:\/\//i.test(value)) {
		if (!RELATIVE.test(value) || baseUrl === undefined) return undefined;
		// A gateway behind a path prefix may or may not know that prefix.
		const base = new URL(`${baseUrl}/`);
		const isBelowBase = value.startsWith('/') && !value.startsWith(base.pathname);
		const target = isBelowBase ? `.${value}` : value;
		url = URL.canParse(target, base.href) ? new URL(target, base).href : '';
	}
	return url.length <= LONGEST_LINK && URL.canParse(url) ? url : undefined;
}

const withoutQuery = (url: string) => url.split(/[?#]/, 1)[0] ?? '';

/** The address for polling the task, which is not its video. */
function isAddressOfTask(url: string, { baseUrl, taskId }: LinkContext): boolean {
	const { pathname, origin } = new URL(url);
	const last = pathname.split('/').pop() ?? '';
	const mayBe = taskId && [taskId, encodeURIComponent(taskId)].includes(last);
	if (!mayBe) return false;
	return (
		(baseUrl !== undefined && new URL(baseUrl).origin === origin) ||
		/\/(?:generations|tasks?|predictions|jobs|status|requests|operations)\//i.test(pathname)
	);
}

const PROSE = /[\s<>，。、；：！？（）【】《》「」]/;
/** In prose, Markdown and HTML: ends where the link does there, before the sentence's own punctuation. */
const IN_PROSE =
	/https?:\/\/[^\s"'<>()[\]{}\\，。、；：！？（）【】《》「」]*[^\s"'<>()[\]{}\\，。、；：！？（）【】《》「」.,;:!?*_`]/gi;

/** The videos that a text mentions: only links with a video's extension are trusted there. */
const linksInProse = (text: string): string[] =>
	[...text.matchAll(IN_PROSE)]
		.map(([url]) => url.replaceAll('&amp;', '&'))
		.filter((url) => VIDEO_ENDING.test(withoutQuery(url)));

/** The links in a text of a field with these words: usually the text itself. */
function linksOf(value: string, words: string, context: LinkContext): string[] {
	const text = value.trim();
	const isProse = PROSE.test(text);
	const isAddress = /^https?:/i.test(text) && !isProse;
	const inProse = isAddress ? [] : linksInProse(text);
	if (inProse.length > 0) return inProse;
	if (isProse && !VIDEO_ENDING.test(withoutQuery(text))) return [];
	const mayBeRelative = SAYS_LINK.test(words) || IS_ITSELF.test(words);
	const url =
		mayBeRelative || /^(?:https?:)?\/\//i.test(text) ? absolute(text, context.baseUrl) : undefined;
	if (url === undefined || OTHER_ENDING.test(withoutQuery(url))) return [];
	return !OF_VIDEO.test(words) && isAddressOfTask(url, context) ? [] : [url];
}

/** How unlikely a link is the video, by the names on the way to it; `undefined` if it cannot be. */
function candidate(path: string[], url: string, owner = '') {
	const leaf = path.at(-1) ?? '';
	const near = path.slice(-3).join(' ');
	const file = withoutQuery(url);
	const hasEnding = VIDEO_ENDING.test(file);
	const isOfVideo = OF_VIDEO.test(near);
	const isOfResult = OF_RESULT.test(near);
	// `url.main` is as much an address as `main_url`.
	const saysLink = SAYS_LINK.test(path.slice(-2).join(' '));
	const isTelling =
		OF_VIDEO.test(leaf) || ((isOfVideo || isOfResult) && (saysLink || IS_ITSELF.test(leaf)));
	const isSuccess = leaf === LINK_OF_SUCCESS;
	const isJustALink = JUST_A_LINK.test(leaf.replace(OF_WATERMARK, ''));
	if (!hasEnding && !isTelling && !isJustALink && !isSuccess) return undefined;
	const isDocumented = path.length <= 2 && DOCUMENTED.test(leaf);
	const isClean = WITHOUT_WATERMARK.test(leaf);
	const rank =
		(/water ?mark/.test(leaf) ? (isClean ? -500 : 10_000) : isClean ? -5 : 0) +
		(PLAYLIST_ENDING.test(file) ? 1_000 : 0) +
		(isDocumented ? (/out/.test(leaf) ? -300 : -200) : 0) +
		(isSuccess ? -150 : hasEnding ? 0 : 100) +
		(isOfVideo ? 0 : isOfResult ? 20 : 40) +
		(SMALLER.test(leaf) ? 15 : 0) +
		(/\.gif$/i.test(file) ? 10 : 0) +
		path.length;
	// Links of one list share a place; `video_1` and `video_2` are one list, `480p` and `1080p` are not.
	const place = path.join('.').replace(/(\D|^)\d{1,2}(?![\dp])/g, '$1#');
	return { url, place, rank, isWeak: !hasEnding && !isOfVideo && !isOfResult && owner !== 'video' };
}

/** Whatever was made is in it, a video too: `generated_images`. */
const OF_ALL_KINDS = /^(?:generated|outputs?|results?) images?$/;

const isForeign = ({ words }: Field, leaf: string) =>
	OF_SOMETHING_ELSE.test(words.replace(MADE_INTO_VIDEO, 'video')) &&
	!(OF_VIDEO.test(leaf) && OF_ALL_KINDS.test(words));

/** It is next to the word for another kind of file. */
const isOfOtherKind = ({ part }: Field) =>
	part.fields.some(
		({ words, value }) =>
			/^(?:type|kind|(?:content|mime) type)$/.test(words) && OTHER_KIND.test(textOf(value)),
	);

/** The links in a task's fields, and in everything nested in it. */
const candidatesIn = (task: Part, context: LinkContext) =>
	task.all
		.flatMap(({ fields }) => fields)
		.flatMap((field) => {
			const { words, value, part } = field;
			const texts = [value].flat().filter((item) => typeof item === 'string' && item.includes('/'));
			const isFile = words === LINK_OF_SUCCESS ? !context.hasFailed : !NOT_A_FILE.test(words);
			const way = [...part.path.slice(task.path.length), field];
			const isOther = () =>
				way.some((step) => isForeign(step, words)) || way.slice(1).some(isOfOtherKind);
			if (texts.length === 0 || !isFile || isOther()) return [];
			const path = way.map(({ words: name }) => name);
			return texts
				.flatMap((text) => linksOf(text as string, words, context))
				.flatMap((url) => candidate(path, url, task.field?.words) ?? []);
		});

/**
 * The links of a task's videos: the most likely link, and all links of the lists that hold it. Weak if only the word
 * for an address speaks for it: alone that makes no task finished.
 */
export function linksOfTask(task: Part, context: LinkContext) {
	let sent: string | undefined;
	const isMade = ({ url }: { url: string }) =>
		!(sent ??= JSON.stringify(context.sent ?? '')).includes(JSON.stringify(url));
	const own = candidatesIn(task, context).filter(isMade);
	const outer = own.length > 0 ? [] : candidatesIn(task.around.at(-1) ?? task, context);
	const found = [...own, ...outer.filter(isMade)];
	found.sort((a, b) => a.rank - b.rank);
	const likeliest = found.filter(({ url }) => url === found[0]?.url);
	const lists = new Set(likeliest.map(({ place }) => place));
	const urls = found.filter(({ place }) => lists.has(place)).map(({ url }) => url);
	return { urls: [...new Set(urls)], isWeak: found[0]?.isWeak ?? false };
}
