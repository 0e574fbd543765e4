/**
 * Models as OpenRouter lists them (`GET /videos/models`), with what each takes and what it costs: a model that appears
 * there today can be chosen today.
 */
import { isRecord } from '../answers/json';
import { flag, genericRow, only, text, whole } from './families';
import { listEntry, type ListEntry } from './list';
import type { ImageRole, ModelField, ModelRow, Sizes } from './row';
import { ratioOf } from './spelling';

const valuesIn = (value: unknown): string[] =>
	Array.isArray(value)
		? value.filter((one) => typeof one === 'string' || typeof one === 'number').map(String)
		: [];

/** Choices are in lower case; they are sent as they were listed ("4K"). */
const onlyListed = (listed: readonly string[]): Partial<ModelField> => ({
	...(listed.length > 0 && only(...listed.map((one) => one.toLowerCase()))),
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

const firstKey = (table: object = {}) => Object.keys(table)[0];

export function listedRow(listed: unknown): ModelRow | undefined {
	if (!isRecord(listed) || typeof listed.id !== 'string') return undefined;
	const { id, name } = listed;
	const frames = valuesIn(listed.supported_frame_images);
	const shapes = valuesIn(listed.supported_aspect_ratios);
	const sizes = shapes.length > 0 ? undefined : sizesIn(valuesIn(listed.supported_sizes));
	const durations = valuesIn(listed.supported_durations);
	const resolution = firstKey(sizes);
	const roles: Array<ImageRole | false> = [
		frames.includes('first_frame') && 'firstFrame',
		frames.includes('last_frame') && 'lastFrame',
		// Not listed, and not refused by every model that lists no frame.
		'reference',
	];
	return {
		...genericRow(id),
		name: typeof name === 'string' ? name : id,
		family: 'listed',
		known: true,
		tolerant: undefined,
		fields: {
			aspectRatio: sizes
				? text('size', { default: firstKey(sizes[resolution ?? '']) })
				: text('aspect_ratio', onlyListed(shapes)),
			resolution: sizes
				? text('size', { default: resolution })
				: text('resolution', onlyListed(valuesIn(listed.supported_resolutions))),
			duration: whole('duration', durations.length > 0 ? only(...durations) : {}),
			...(listed.generate_audio === true && { audio: flag('generate_audio', { default: true }) }),
			...(listed.seed === true && { seed: whole('seed') }),
		},
		...(sizes && { sizes }),
		images: { min: 0, roles: roles.filter((role) => role !== false), transport: 'inline' },
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
	for (const unit of ['second', 'video']) {
		const amounts = Object.entries(prices)
			.filter(([sku, amount]) => sku.includes(unit) && Number(amount) > 0)
			.map(([, amount]) => Number(amount));
		if (amounts.length === 0) continue;
		const least = Math.min(...amounts);
		const shown = least < 0.01 ? String(least) : least.toFixed(2);
		return `${amounts.length > 1 ? 'from ' : ''}$${shown} a ${unit}`;
	}
	return undefined;
}

export const listedEntries = (listing: readonly unknown[]): ListEntry[] =>
	listing.flatMap((listed) => {
		const row = listedRow(listed);
		if (!row) return [];
		const entry = listEntry(row);
		const description = [priceIn(listed), entry.description].filter(Boolean).join(', ');
		return [{ ...entry, description }];
	});
