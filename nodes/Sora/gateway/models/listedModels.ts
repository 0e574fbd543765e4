/**
 * Models as OpenRouter lists them (`GET /videos/models`), with what each takes and what it costs. Such a list is a table
 * of rows that is always up to date: a model that appears there today can be chosen today.
 */
import { isRecord, type JsonRecord } from '../answers/json';
import { flag, genericRow, text } from './families';
import { summaryOf, type ListEntry } from './list';
import type { Fields, ImageRole, ModelField, ModelRow, Sizes } from './row';
import { ratioOf } from './spelling';

const valuesIn = (value: unknown): string[] =>
	Array.isArray(value)
		? value.filter((one) => typeof one === 'string' || typeof one === 'number').map(String)
		: [];

/** The table has choices in lower case; they are sent as they were listed ("4K"). */
const asListed = (listed: readonly string[]): Partial<ModelField> => ({
	choices: listed.map((one) => one.toLowerCase()),
	refuses: 'others',
	spelled: Object.fromEntries(listed.map((one) => [one.toLowerCase(), one])),
});

/** Of a model that lists sizes in place of shapes and resolutions. */
function sizesIn(listed: readonly string[]): Sizes | undefined {
	const sizes: Record<string, Record<string, string>> = {};
	for (const size of listed) {
		const [width = 0, height = 0] = size.split('x').map(Number);
		if (!(width > 0 && height > 0)) continue;
		const shapes = (sizes[`${Math.min(width, height)}p`] ??= {});
		shapes[ratioOf(width, height) ?? `${width}:${height}`] = size;
	}
	return Object.keys(sizes).length > 0 ? sizes : undefined;
}

const ROLES: ReadonlyArray<[string, ImageRole]> = [
	['first_frame', 'firstFrame'],
	['last_frame', 'lastFrame'],
];

function fieldsIn(listed: JsonRecord, sizes: Sizes | undefined): Fields {
	const durations = valuesIn(listed.supported_durations);
	const resolutions = valuesIn(listed.supported_resolutions);
	const shapes = valuesIn(listed.supported_aspect_ratios);
	const [firstResolution] = Object.keys(sizes ?? {});
	const [firstShape] = Object.keys(sizes?.[firstResolution ?? ''] ?? {});
	return {
		aspectRatio: sizes
			? text('size', { default: firstShape })
			: text('aspect_ratio', shapes.length ? asListed(shapes) : {}),
		resolution: sizes
			? text('size', { default: firstResolution })
			: text('resolution', resolutions.length ? asListed(resolutions) : {}),
		duration: {
			wire: 'duration',
			type: 'integer',
			send: 'set',
			...(durations.length > 0 && { choices: durations, refuses: 'others' }),
		},
		...(listed.generate_audio === true && { audio: flag('generate_audio', { default: true }) }),
		...(listed.seed === true && { seed: { wire: 'seed', type: 'integer', send: 'set' } }),
	};
}

/** @returns `undefined` for what is no model */
export function listedRow(listed: unknown): ModelRow | undefined {
	if (!isRecord(listed) || typeof listed.id !== 'string') return undefined;
	const { id, name } = listed;
	const frames = valuesIn(listed.supported_frame_images);
	const hasShapes = valuesIn(listed.supported_aspect_ratios).length > 0;
	const sizes = hasShapes ? undefined : sizesIn(valuesIn(listed.supported_sizes));
	return {
		id,
		name: typeof name === 'string' ? name : id,
		family: 'listed',
		known: true,
		listed: true,
		fields: fieldsIn(listed, sizes),
		...(sizes && { sizes }),
		images: {
			min: 0,
			roles: [
				...ROLES.filter(([word]) => frames.includes(word)).map(([, role]) => role),
				// Not listed, and not refused by every model that lists no frame.
				'reference',
			],
			transport: 'inline',
		},
		rules: [],
	};
}

/** A model that is not in the list, or whose list could not be had: nothing that could be sent is refused. */
export function unlistedRow(id: string): ModelRow {
	const { fields, images } = listedRow({ id, generate_audio: true, seed: true }) as ModelRow;
	return { ...genericRow(id), fields, images };
}

/** "$0.40 a second". The names of prices differ by model; what is neither by the second nor by the video says nothing. */
function priceIn(listed: unknown): string | undefined {
	const prices = isRecord(listed) && isRecord(listed.pricing_skus) ? listed.pricing_skus : {};
	for (const [unit, words] of [
		['second', 'a second'],
		['video', 'a video'],
	] as const) {
		const amounts = Object.entries(prices)
			.filter(([sku, amount]) => sku.includes(unit) && Number(amount) > 0)
			.map(([, amount]) => Number(amount));
		if (amounts.length === 0) continue;
		const least = Math.min(...amounts);
		const shown = least < 0.01 ? String(least) : least.toFixed(2);
		return `${amounts.length > 1 ? 'from ' : ''}$${shown} ${words}`;
	}
	return undefined;
}

/** The list to choose from: each with what it takes and what it costs. */
export function listedEntries(listing: readonly unknown[]): ListEntry[] {
	return listing.flatMap((listed) => {
		const row = listedRow(listed);
		if (!row) return [];
		const description = [priceIn(listed), summaryOf(row)].filter(Boolean).join(', ');
		return [{ value: row.id, name: row.name, description }];
	});
}
