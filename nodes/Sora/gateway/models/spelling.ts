/** Reads ratios, durations and switches in the spellings that people, sheets and expressions use. Pure. */
import type { FieldKind, Value } from './row';

/** Without markup and quotes, with full-width letters, digits and colons in their ordinary form. */
const plain = (text: string) =>
	text
		.normalize('NFKC')
		.replace(/(?:<[^<>]*>|&nbsp;|\s)+/gi, ' ')
		.replace(/^[\s*_`]+|(?<![\s*_`])[\s*_`]+$/g, '')
		.replace(/^["'\p{Pi}](.*)["'\p{Pf}]$/u, '$1')
		.trim()
		.toLowerCase();

const plainOf = (value: unknown) =>
	typeof value === 'string' || typeof value === 'number' ? plain(String(value)) : undefined;

export const isBlank = (value: unknown) =>
	value === undefined || value === null || (typeof value === 'string' && !value.trim());

/** What the panel calls the choice of nothing. */
export const isDefault = (value: unknown) =>
	isBlank(value) || /^(?:model(?:\S?s)? )?default$/.test(plainOf(value) ?? '');

/** Sheets translate TRUE, and lists have ticks. */
const YES =
	/^(?:true|yes|y|on|1|t|enabled|checked|wahr|ja|vrai|oui|verdadero|s[iìí]|vero|verdadeiro|sim|是|真|はい|да|[✓✔☑✅]\ufe0f?)$/u;
const NO =
	/^(?:false|no|n|off|0|f|disabled|unchecked|falsch|nein|faux|non|falso|não|否|假|いいえ|нет|[✗✘☐❌]\ufe0f?)$/u;

export function readSwitch(value: unknown): boolean | undefined {
	if (typeof value === 'boolean') return value;
	const word = plainOf(value) ?? '';
	return YES.test(word) || (NO.test(word) ? false : undefined);
}

/** Greater numbers are milliseconds or a date, smaller ones a sheet's fraction of a day. */
const [SHORTEST, LONGEST] = [0.1, 3_600];
/** Three shots of 3.33 seconds are meant to be 10. */
const ROUNDING = 0.1 + 1e-9;
const SECONDS = /s(?:e[cgk](?:s|[ou]nd\p{L}*)?)?|с(?:ек\p{L}*)?|秒[钟鐘]?|초|"|''|′′/u;
const MINUTES = /m|min(?:ute|uto|uten)?s?|分[钟鐘]?|분|мин/;
const AMOUNT = '(\\d+(?:\\.\\d+|,(?:\\d|00))?)[ -]*';
/** A name in front, a remark in parentheses behind. */
const LENGTH = new RegExp(
	`^(?:[\\p{L}\\s]*[:=]\\s*|[~≈+]\\s*|pt)?(?:${AMOUNT}(?:${MINUTES.source})\\.?\\s*)?(?:${AMOUNT}(?:${SECONDS.source})?)?\\.?(?:\\s*\\([^()\\d]*\\))?$`,
	'u',
);
const CLOCK = /^(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)$/;

/** @returns seconds; `undefined` for anything that is not a video's length */
export function readSeconds(value: unknown): number | undefined {
	const text = plainOf(value) ?? '';
	const [, minutes = 0, count = 0] = LENGTH.exec(text) ?? [];
	const [, h = 0, m = minutes, s = count] = CLOCK.exec(text) ?? [];
	const amount = (digits: unknown) => Number(String(digits).replace(',', '.'));
	const seconds = amount(h) * 3_600 + amount(m) * 60 + amount(s);
	if (!(seconds >= SHORTEST && seconds <= LONGEST)) return undefined;
	const whole = Math.round(seconds);
	return whole > 0 && Math.abs(seconds - whole) <= ROUNDING ? whole : seconds;
}

/** Ratios that pixel sizes are matched to. */
const RATIOS = ['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3', '21:9', '9:21', '5:4', '4:5'];
const SHAPES: ReadonlyArray<[RegExp, string]> = [
	[/portrait|verti[ck]al|tall|hochformat|hochkant|retrato|[竖豎縦纵縱][屏版向長长]?/g, '9:16'],
	[
		/landscape|horizontal|wide ?screen|wide|querformat|paysage|paisaje|[横橫][屏版向長长]?/g,
		'16:9',
	],
	[/square|quadrat(?:isch)?|carré|cuadrad[oa]|正?方形?/g, '1:1'],
];
/** Sheets turn a ratio into a time: 9:16:00. */
const PAIR =
	/(?<!\d)(\d+(?:\.\d+)?)\s*(?:[:∶꞉/_\p{Pd}*x×]|by|to|zu|比)\s*(\d+(?:\.\d+)?)(?::00)?/gu;
const SAID_BESIDE =
	/aspect|ratio|format|orientation|mode|video|视频|pixels|px|\([^()\d]*\)|[\s()[\],.;:/_\p{Pd}]/gu;
/** Text that may accompany a ratio: "16:9 HD", "9:16 for TikTok, Reels & Shorts". */
const REMARK = /^(?!.*\b(?:not?|or)\b)[^\d]{0,40}$/u;

/** The orientation of a ratio; a word such as "adaptive" counts as square. */
export function orientationOf(ratio: string): 'Landscape' | 'Portrait' | 'Square' {
	const [width = 0, height = 0] = ratio.split(':').map(Number);
	return width > height ? 'Landscape' : width < height ? 'Portrait' : 'Square';
}

/** The named ratio closest to a size: 1280 × 720, 832 × 480, 1.78:1. @returns `undefined` if none is close */
export function ratioOf(width: number, height: number): string | undefined {
	if (!(width > 0 && height > 0)) return undefined;
	const isPixels = width >= 100 && height >= 100;
	const distances = RATIOS.map((ratio): [number, string] => {
		const [w = 0, h = 0] = ratio.split(':').map(Number);
		return [Math.abs(width / height - w / h), ratio];
	});
	const [distance, named] = distances.reduce((a, b) => (b[0] < a[0] ? b : a));
	if (distance < (isPixels ? 0.05 : 0.02)) return named;
	return isPixels ? undefined : `${width}:${height}`;
}

/** Width and height of a shape by its shorter side, in even numbers. @returns `undefined` for anything but pixels */
export function sizeOf(resolution: string, shape: string): [number, number] | undefined {
	const [, lines] = /^(\d{3,4})p$/.exec(resolution === '4k' ? '2160p' : resolution) ?? [];
	const [w = 0, h = 0] = shape.split(':').map(Number);
	if (!lines || !(w > 0 && h > 0)) return undefined;
	const even = (side: number) => 2 * Math.round((side * Number(lines)) / Math.min(w, h) / 2);
	return [even(w), even(h)];
}

/** @returns "16:9" or a word of the table, empty for the model's default; `undefined` for anything else */
function readRatio(value: unknown): string | undefined {
	if (typeof value !== 'string') return undefined;
	const text = plain(value);
	if (text === 'adaptive') return text;
	if (/^keep[ _]ratio(?: of image)?$/.test(text)) return 'keep_ratio';
	const ratios = [...text.matchAll(PAIR)].map(([, w, h]) => ratioOf(Number(w), Number(h)));
	const [ratio] = ratios;
	if (ratios.some((other) => other === undefined || other !== ratio)) return undefined;
	const rest = text.replace(PAIR, ' ');
	const named = SHAPES.filter(([words]) => rest.search(words) >= 0).map(([, shape]) => shape);
	const remark = SHAPES.reduce((left, [words]) => left.replace(words, ' '), rest);
	if (remark.replace(SAID_BESIDE, '') && !(ratio && REMARK.test(remark))) return undefined;
	const found = ratio ?? named[0];
	const isOneShape = named.every((shape) => orientationOf(shape) === orientationOf(found ?? shape));
	return isOneShape ? found : undefined;
}

/** "1080", "Full HD (1080p)", "4K UHD"; words that only some model knows stay. */
function readPixels(value: unknown): string | undefined {
	const text = plainOf(value);
	const [, lines, thousands] =
		/^(?!.*\b(?:not?|or)\b)(?:\D*[^\p{L}\d])?(?:(\d{3,4})\s*(?:p|i|px|pixels)?|(\d)\s*k)(?![\p{L}\d])\D*$/u.exec(
			text ?? '',
		) ?? [];
	if (thousands) return `${thousands}k`;
	if (/ultra[ -]?hd|\buhd|^2160/.test(lines ?? text ?? '')) return '4k';
	return lines ? `${lines}p` : text?.replace(/^full[ -]?hd$/, '1080p');
}

function readNumber(value: unknown): number | undefined {
	const number = Number(plainOf(value) ?? Number.NaN);
	return Number.isFinite(number) ? number : undefined;
}

type Read = (value: unknown) => Value | undefined;
/** What an error asks for, and the reader: the table's spelling, or `undefined` for what no model takes. */
export const KINDS: Record<FieldKind['kind'], [wanted: string, read: Read]> = {
	ratio: ['a ratio such as 16:9', readRatio],
	seconds: ['a number of seconds greater than 0', (value) => readSeconds(value)?.toString()],
	pixels: ['text such as 1080p', readPixels],
	flag: ['true or false', readSwitch],
	number: ['a number', readNumber],
	// A list or an object turned into text is never intended.
	text: [
		'text',
		(value) =>
			typeof value === 'object' || typeof value === 'boolean' ? undefined : String(value).trim(),
	],
};

/** Any value, formatted for a message. */
export function shown(value: unknown): string {
	if (Array.isArray(value)) return 'a list';
	if (typeof value === 'object' && value !== null) return 'an object';
	const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
	return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
