/**
 * Models as OpenRouter lists them (`GET /videos/models`), with what each takes and costs: a model that appears there
 * today can be chosen today.
 */
import { isRecord } from '../answers/json';
import { listEntry, type ListEntry } from './list';
import {
	fieldsOf,
	genericRow,
	IMAGE_ROLES,
	only,
	type ModelField,
	type ModelRow,
	type Sizes,
} from './row';
import { ratioOf } from './spelling';

const valuesIn = (value: unknown): string[] =>
	Array.isArray(value)
		? value.filter((one) => typeof one === 'string' || typeof one === 'number').map(String)
		: [];

/** Choices are in lower case, but sent as listed ("4K"). */
function onlyListed(value: unknown): Partial<ModelField> {
	const spellings = valuesIn(value).map((one) => [one.toLowerCase(), one]);
	const spelled = Object.fromEntries(spellings) as Record<string, string>;
	return { ...(spellings.length > 0 && only(...Object.keys(spelled))), spelled };
}

/** For a model that lists sizes instead of aspect ratios and resolutions. */
function sizesIn(value: unknown): Sizes | undefined {
	const sizes: Record<string, Record<string, string>> = {};
	for (const size of valuesIn(value)) {
		const [width = 0, height = 0] = size.split('x').map(Number);
		if (!(width > 0 && height > 0)) continue;
		const lines = Math.min(width, height);
		const shapes = (sizes[lines === 2160 ? '4k' : `${lines}p`] ??= {});
		shapes[ratioOf(width, height) ?? `${width}:${height}`] = size;
	}
	return Object.keys(sizes).length > 0 ? sizes : undefined;
}

export function listedRow(listed: unknown): ModelRow | undefined {
	if (!isRecord(listed) || typeof listed.id !== 'string') return undefined;
	const { id, name } = listed;
	const frames = valuesIn(listed.supported_frame_images);
	const shapes = onlyListed(listed.supported_aspect_ratios);
	const sizes = shapes.choices ? undefined : sizesIn(listed.supported_sizes);
	const durations = valuesIn(listed.supported_durations);
	const [resolution, shapesOfSize = {}] = Object.entries(sizes ?? {})[0] ?? [];
	return {
		...genericRow(id),
		name: typeof name === 'string' ? name : id,
		known: true,
		fields: fieldsOf({
			aspectRatio: sizes
				? { wire: 'size', default: Object.keys(shapesOfSize)[0] }
				: { ...shapes, default: undefined },
			resolution: sizes
				? { wire: 'size', default: resolution }
				: onlyListed(listed.supported_resolutions),
			duration: durations.length > 0 ? only(...durations) : {},
			// A model without sound is asked for none in vain, but not wrongly.
			audio: { wire: 'generate_audio' },
			seed: listed.seed === false ? null : {},
		}),
		sizes,
		// References are not listed, and some models without listed frames accept them.
		images: {
			min: 0,
			roles: IMAGE_ROLES.filter(
				(role) => !/Frame/.test(role) || frames.includes(role.replace('F', '_f')),
			),
		},
	};
}

/** A model that is not in the list, or whose list could not be fetched. */
export const unlistedRow = (id: string): ModelRow => ({
	...(listedRow({ id }) as ModelRow),
	known: undefined,
});

/** "$0.40 a second". Price names differ by model; only prices per second or per video are understood. */
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
