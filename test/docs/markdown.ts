const cell = (text: string) => text.replace(/\|/g, '\\|').replace(/\s+/g, ' ').trim();
const row = (...cells: string[]) => `| ${cells.map(cell).join(' | ')} |`;

/** @param rule for the columns after the first: `---:` if they contain numbers */
export const table = (head: string[], rows: string[][], rule = '---') =>
	[
		row(...head),
		row(...head.map((_, index) => (index ? rule : '---'))),
		...rows.map((cells) => row(...cells)),
	].join('\n');
