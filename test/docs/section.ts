/** A generated part of a page that people write: between `<!-- name: … -->` and its end. */
const end = (name: string) => `<!-- end of ${name} -->`;

/** The page with the section's current text. @throws if the page has no such section */
export function withSection(page: string, name: string, text: string): string {
	const from = page.indexOf('-->', page.indexOf(`<!-- ${name}: `)) + '-->'.length;
	const to = page.indexOf(end(name));
	if (!page.includes(`<!-- ${name}: `) || to < from) {
		throw new Error(`the page has no section "${name}"`);
	}
	return `${page.slice(0, from)}\n\n${text}\n\n${page.slice(to)}`;
}
