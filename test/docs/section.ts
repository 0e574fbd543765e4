/** Generated parts of pages that people write: between `<!-- name: … -->` and its end, in lines of their own or within one. */
const end = (name: string) => `<!-- end of ${name} -->`;

/** The page with the section's current text. @throws if the page has no such section */
export function withSection(page: string, name: string, text: string): string {
	const from = page.indexOf('-->', page.indexOf(`<!-- ${name}: `)) + '-->'.length;
	const to = page.indexOf(end(name));
	if (!page.includes(`<!-- ${name}: `) || to < from) {
		throw new Error(`the page has no section "${name}"`);
	}
	const blank = page.slice(from).startsWith('\n') ? '\n\n' : '';
	return [page.slice(0, from), text, page.slice(to)].join(blank);
}
