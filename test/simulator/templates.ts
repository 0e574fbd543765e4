/** An answer as JSON in which `{name}`, or `{name|otherwise}`, stands for a fact. */
export type Template = unknown;

const PLACE = /\{(\w+)(?:\|([^}]*))?\}/g;
const WHOLE = new RegExp(`^${PLACE.source}$`);

/**
 * Fills facts into a template. A field with a missing fact is left out, and so is an object or a list that becomes
 * empty. `{ $json: … }` becomes JSON in a string.
 */
export function filled(template: Template, facts: Readonly<Record<string, unknown>>): unknown {
	const valueOf = (name = '', otherwise?: string) =>
		facts[name] ?? (otherwise === 'null' ? null : otherwise);
	if (typeof template === 'string') {
		const [whole, name, otherwise] = WHOLE.exec(template) ?? [];
		if (whole !== undefined) return valueOf(name, otherwise);
		const places = [...template.matchAll(PLACE)];
		if (places.some(([, each, instead]) => valueOf(each, instead) === undefined)) return undefined;
		return template.replace(PLACE, (_, each: string, instead?: string) =>
			String(valueOf(each, instead)),
		);
	}
	if (typeof template !== 'object' || template === null) return template;
	if ('$json' in template) return JSON.stringify(filled(template.$json, facts));
	const entries = Object.entries(template)
		.map(([name, value]) => [name, filled(value, facts)] as const)
		.filter(([, value]) => value !== undefined);
	if (entries.length === 0 && Object.keys(template).length > 0) return undefined;
	return Array.isArray(template) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}
