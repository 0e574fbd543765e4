/** The images of a video: one list for all models, in the order in which the wire distinguishes their roles. */
import { invalidInput } from '../../gateway/failures';
import {
	inRoleOrder,
	modelsWithRoles,
	ROWS,
	type ImageCounts,
	type ImageRole,
} from '../../gateway/models';
import { imageList } from '../../media/imageList';
import type { NamedImage } from '../../media/images';
import { fields, textListOf, webUrlOf, type AnyParameters, type Row } from '../fields';
import { forModels, LABELS } from './modelFields';

/** How the prompt may refer to one, where a model knows that. */
const MENTIONS = ROWS.flatMap(({ name, images: { mention } }) =>
	mention ? [` With ${name}, ${mention} in the prompt means the first of them.`] : [],
).join('');

const DESCRIPTION = `JPEG, PNG or WebP images that the video starts from or shows. Images with real people are refused.${MENTIONS}`;

/** In the order in which they are filled in. */
const IMAGE_VALUES = fields([
	{
		displayName: 'Role',
		name: 'role',
		type: 'options',
		default: 'inOrder',
		description: 'What the image is in the video',
		displayOptions: forModels(modelsWithRoles(), '/model'),
		options: [
			{ name: LABELS.firstFrame, value: 'firstFrame' },
			{
				name: 'In Order',
				value: 'inOrder',
				description:
					'The first image is the first frame and the second one the last; for models of references, each is one',
			},
			{ name: LABELS.lastFrame, value: 'lastFrame' },
			{ name: LABELS.reference, value: 'reference' },
		],
	},
	{
		displayName: 'Source',
		name: 'source',
		type: 'options',
		default: 'field',
		description: 'Where the image comes from',
		options: [
			{ name: 'Input Data Field', value: 'field' },
			{ name: 'URL', value: 'url' },
		],
	},
	{
		displayName: 'Input Data Field Name',
		name: 'binaryPropertyName',
		type: 'string',
		default: 'data',
		placeholder: 'e.g. data',
		description:
			'Name of the field that holds the image, as the Binary tab of the node before this one shows it. Several are separated by commas.',
		displayOptions: { show: { source: ['field'] } },
	},
	{
		displayName: 'URL',
		name: 'url',
		type: 'string',
		default: '',
		placeholder: 'e.g. https://example.com/product.jpg',
		description: 'Web address or data URI of the image. An expression may give a list of them.',
		displayOptions: { show: { source: ['url'] } },
	},
	{
		displayName: 'Skip If Empty',
		name: 'skipIfEmpty',
		type: 'boolean',
		default: false,
		description:
			'Whether to go on without the image where this item has none, such as a form field that was left empty',
	},
]);

export const IMAGE_FIELDS = fields([
	{
		displayName: LABELS.images,
		name: 'images',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Image', sortable: true },
		default: {},
		placeholder: 'Add Image',
		description: DESCRIPTION,
		options: [
			{
				displayName: 'Image',
				name: 'image',
				values: IMAGE_VALUES,
			},
		],
	},
]);

/** Attachments of other nodes are records. */
const isAddress = (value: unknown) =>
	typeof value === 'string'
		? /^\s*(?:https?|data):/i.test(value)
		: typeof value === 'object' && value !== null;

/** What an entry names; an expression may give an address where the name of a field was expected. */
function namedIn(row: Row, hasFile: (field: string) => boolean): NamedImage[] {
	const isUrl = row.choice('source') === 'url';
	const name = isUrl ? 'url' : 'binaryPropertyName';
	const label = row.label(name);
	const value = row.value(name) ?? row.preset(name);
	const [first] = Array.isArray(value) ? (value as unknown[]) : [value];
	const canSkip = row.flag('skipIfEmpty') ?? false;
	const found: NamedImage[] =
		isUrl || isAddress(first)
			? imageList(value, label, webUrlOf).map((address, index) => ({
					label,
					address,
					number: index + 1,
				}))
			: textListOf(value, label)
					.filter((field) => !canSkip || hasFile(field))
					.map((field) => ({ label, field }));
	if (found.length || canSkip) return found;
	throw invalidInput(
		`"${label}" is empty`,
		`Fill it, remove the image, or turn on "${row.label('skipIfEmpty')}".`,
	);
}

export interface ImageInputs {
	inOrder: NamedImage[];
	counts: ImageCounts;
}

/**
 * Checks how images are named; their content is checked when they are read.
 * @param hasFile whether the item has a file in an input data field
 */
export function imagesIn(
	parameters: AnyParameters,
	hasFile: (field: string) => boolean,
): ImageInputs {
	const byRole: Partial<Record<ImageRole | 'unassigned', NamedImage[]>> = {};
	for (const row of parameters.with(IMAGE_FIELDS).rows('images.image', 'image')) {
		const role = row.choice('role');
		const key = role === 'inOrder' ? 'unassigned' : (role as ImageRole);
		byRole[key] = [...(byRole[key] ?? []), ...namedIn(row, hasFile)];
	}
	const counts = Object.entries(byRole).map(([role, images]) => [role, images.length]);
	return { inOrder: inRoleOrder(byRole), counts: Object.fromEntries(counts) as ImageCounts };
}
