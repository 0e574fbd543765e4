/** A part of a page that is written by the node, in a page that people write. */
const begin = (name: string) =>
	`<!-- ${name}: written by \`npm run docs\` from the node itself. Changes made here are lost. -->`;
const end = (name: string) => `<!-- end of ${name} -->`;

/** The page with the section's text as it is now. @throws where the page has no such section */
export function withSection(page: string, name: string, text: string): string {
	const from = page.indexOf(begin(name));
	const to = page.indexOf(end(name));
	if (from < 0 || to < from) throw new Error(`the page has no section "${name}"`);
	return `${page.slice(0, from)}${begin(name)}\n\n${text}\n\n${page.slice(to)}`;
}
