/**
 * Image addresses as users list them: several values, each of which may be an expression's array, or one text
 * separated by commas or lines. Pure, and linear in what is given.
 */
import { invalidInput } from '../gateway/failures';
import { dataUriContent, isDataUri, parsedDataUri } from './dataUri';
import { fileKind, kindInBase64 } from './fileKind';
import { isImageKind } from './imageFormat';

/**
 * @param label the parameter's name in the panel
 * @param checkAddress throws for what is no web address
 * @returns web addresses and data URIs, as they were given
 * @throws {SoraFailure} invalid_input for the first entry that is neither
 */
export function imageList(
	value: unknown,
	label: string,
	checkAddress: (address: string, label: string) => void,
): string[] {
	const given: unknown[] = Array.isArray(value) ? value.flat() : [value];
	const entries = given.flatMap((entry) => split(textOf(entry, label)));
	for (const [index, entry] of entries.entries()) {
		if (isDataUri(entry)) checkDataUri(entry, `"${label}": data URI ${index + 1}`);
		else if (kindInBase64(entry)) throw bareBase64(`"${label}": image ${index + 1}`);
		else checkAddress(entry, label);
	}
	return entries;
}

function textOf(value: unknown, label: string): string {
	if (value === undefined || value === null) return '';
	if (typeof value === 'string') return value.trim();
	if (typeof value === 'number' || typeof value === 'boolean') return String(value);
	throw invalidInput(`"${label}" must be text`);
}

const START = /^(?:https?|data):/i;
const LONGEST_START = 6;

/** A data URI holds a comma itself, so only commas before the next address or data URI separate. */
function split(text: string): string[] {
	const parts: string[] = [];
	let from = 0;
	for (const { 0: separator, index } of text.matchAll(/[\s,]+/g)) {
		const end = index + separator.length;
		if (!START.test(text.slice(end, end + LONGEST_START))) continue;
		parts.push(text.slice(from, index));
		from = end;
	}
	parts.push(text.slice(from));
	return parts.map((part) => tidy(part)).filter(Boolean);
}

/** Commas may be left over at the end; a data URI may have been broken into lines. */
function tidy(part: string): string {
	let end = part.length;
	while (end > 0 && /[\s,]/.test(part[end - 1] ?? '')) end--;
	const kept = part.slice(0, end);
	if (!isDataUri(kept)) return kept;
	return kept.replace(parsedDataUri(kept)?.isBase64 ? /\s+/g : /[\t\r\n]+/g, '');
}

const SHOWN = 'data:image/png;base64,iVBORw0KGgo…';
const nothingSent = (advice: string) => `${advice} Nothing was sent to the gateway.`;

/** The content itself is judged where the image is read: here only what makes it unreadable. */
function checkDataUri(uri: string, label: string): void {
	const parsed = parsedDataUri(uri);
	if (!parsed?.body) {
		throw invalidInput(
			`${label} holds no image: it has no comma with the image behind it`,
			nothingSent(`Write it as ${SHOWN}`),
		);
	}
	if (parsed.isBase64) {
		if (dataUriContent(parsed)) return;
		throw invalidInput(
			`${label} says that it is base64, but has other characters in it`,
			nothingSent(`Write it as ${SHOWN}, without anything behind the image.`),
		);
	}
	if (kindInBase64(parsed.body)) {
		throw invalidInput(
			`${label} holds base64, but does not say so in front of its comma`,
			nothingSent(`Write it as ${SHOWN}`),
		);
	}
	const content = dataUriContent(parsed);
	const kind = content && fileKind(content);
	if (kind && !isImageKind(kind)) {
		throw invalidInput(
			`${label} is ${kind.name}, and the gateway takes JPEG, PNG and WebP`,
			nothingSent('Convert it first.'),
		);
	}
}

const bareBase64 = (label: string) =>
	invalidInput(
		`${label} is base64 without the beginning that says so`,
		nothingSent('Put data:image/jpeg;base64, in front of it, or give its web address.'),
	);
