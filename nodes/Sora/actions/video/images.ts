/** The images of a video: one list for all models, in the order by which the wire distinguishes their roles. */
import { invalidInput } from '../../gateway/failures';
import { inRoleOrder, type ImageCounts, type ImageRole } from '../../gateway/models';
import { imageList } from '../../media/imageList';
import type { NamedImage } from '../../media/images';
import { webUrlOf, type Parameters } from '../parameters';

/** Attachments from other nodes are records. */
const isAddress = (value: unknown) =>
	typeof value === 'string'
		? /^\s*(?:https?|data):/i.test(value)
		: typeof value === 'object' && value !== null;

/** The images of an entry; an expression may give an address instead of a field's name. */
function namedIn(row: Parameters, hasFile: (field: string) => boolean): NamedImage[] {
	const isUrl = row.choice('source') === 'url';
	const name = isUrl ? 'url' : 'binaryPropertyName';
	const label = row.label(name);
	const value = row.value(name) ?? row.preset(name);
	const [first] = Array.isArray(value) ? (value as unknown[]) : [value];
	const canSkip = row.flag('skipIfEmpty');
	const fields = () => (row.value(name) === undefined ? [String(value)] : row.texts(name));
	const found: NamedImage[] =
		isUrl || isAddress(first)
			? imageList(value, label, webUrlOf).map((address, index) => ({
					label,
					address,
					number: index + 1,
				}))
			: fields()
					.filter((field) => !canSkip || hasFile(field))
					.map((field) => ({ label, field }));
	if (found.length || canSkip) return found;
	throw invalidInput(
		`"${label}" is empty`,
		`Fill it in, remove the image, or turn on "${row.label('skipIfEmpty')}".`,
	);
}

/**
 * Checks how images are given; their content is checked when they are read.
 * @param hasFile whether the item has a file in an input data field
 */
export function imagesIn(p: Parameters, hasFile: (field: string) => boolean) {
	const byRole: Partial<Record<ImageRole | 'unassigned', NamedImage[]>> = {};
	for (const row of p.rows('images')) {
		const role = row.choice<ImageRole | 'inOrder'>('role');
		const key = role === 'inOrder' ? 'unassigned' : role;
		byRole[key] = [...(byRole[key] ?? []), ...namedIn(row, hasFile)];
	}
	const counts = Object.entries(byRole).map(([role, images]) => [role, images.length]);
	return { inOrder: inRoleOrder(byRole), counts: Object.fromEntries(counts) as ImageCounts };
}
