/** Tables in Markdown, as the pages of docs/ have them. */
const cell = (text: string) => text.replace(/\|/g, '\\|').replace(/\s+/g, ' ').trim();
const row = (...cells: string[]) => `| ${cells.map(cell).join(' | ')} |`;

export const table = (head: string[], rows: string[][]) =>
	[row(...head), row(...head.map(() => '---')), ...rows.map((cells) => row(...cells))].join('\n');
