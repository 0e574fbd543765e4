/** The images of a video, wherever in the panel they are named, in the order in which the wire tells their roles apart. */
import { invalidInput } from '../../gateway/failures';
import { inRoleOrder, type ImageCounts, type ImageRole } from '../../gateway/models';
import type { NamedImage } from '../../media/images';
import type { AnyParameters } from '../fields';
import { textListOf, imagesOf } from '../parameters';
import { IMAGE_FIELDS, IMAGE_OPTIONS } from './modelFields';

const FIELDS = [...IMAGE_FIELDS, { name: 'options', options: IMAGE_OPTIONS }] as const;

const addressed = (addresses: string[], label: string): NamedImage[] =>
	addresses.map((address, index) => ({ label, address, number: index + 1 }));
const inFields = (names: string[], label: string, addressLabel = label): NamedImage[] =>
	names.map((field) => ({ label, field, addressLabel }));

const isAddress = (value: unknown) =>
	typeof value === 'string' && /^\s*(?:https?|data):/i.test(value);

/** In whichever of its two modes it is, an address is one: expressions give it where a field's name was expected. */
function locatedIn(parameters: AnyParameters, name: (typeof IMAGE_FIELDS)[number]['name']) {
	const p = parameters.with(FIELDS);
	const { mode, value } = p.located(name);
	const label = p.label(name);
	const [first] = Array.isArray(value) ? (value as unknown[]) : [value];
	return mode === 'url' || isAddress(first)
		? addressed(imagesOf(value, label), label)
		: inFields(textListOf(value, label), label);
}

function frameIn(parameters: AnyParameters, name: 'firstFrame' | 'lastFrame'): NamedImage[] {
	const found = locatedIn(parameters, name);
	if (found.length <= 1) return found;
	const label = parameters.with(FIELDS).label(name);
	throw invalidInput(`"${label}" is one image, but ${found.length} are given`);
}

export interface ImageInputs {
	inOrder: NamedImage[];
	counts: ImageCounts;
}

/** Judges how they are named; what they hold is looked at when they are read. */
export function imagesIn(parameters: AnyParameters): ImageInputs {
	const p = parameters.with(FIELDS);
	const urls = p.label('options.imageUrls');
	const byRole: Record<ImageRole | 'unassigned', NamedImage[]> = {
		firstFrame: frameIn(parameters, 'firstFrame'),
		lastFrame: frameIn(parameters, 'lastFrame'),
		unassigned: [
			...addressed(imagesOf(p.value('options.imageUrls'), urls), urls),
			...inFields(
				textListOf(p.value('options.imageFields'), p.label('options.imageFields')),
				p.label('options.imageFields'),
				urls,
			),
		],
		reference: locatedIn(parameters, 'referenceImages'),
	};
	const counts = Object.entries(byRole).map(([role, images]) => [role, images.length]);
	return { inOrder: inRoleOrder(byRole), counts: Object.fromEntries(counts) as ImageCounts };
}
