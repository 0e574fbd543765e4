/** What each answer to the paid request means, asked of the node itself, status by status. */
import { recognise, verdictOn, type Verdict } from '../../nodes/Sora/gateway/failedAnswer';
import { table } from './markdown';

const STATUSES = [200, ...Array.from({ length: 300 }, (_, index) => 300 + index)];

const answers = {
	'JSON that says what the gateway objects to': { explicit: true, words: '额度不足' },
	'JSON that says nothing we know': { explicit: true, words: 'something else' },
	'A page, plain text, or nothing': { explicit: false, words: '' },
	'Any of these, in words of time ("timeout", "deadline")': {
		explicit: true,
		words: 'context deadline exceeded',
	},
};

function verdictOf(status: number, { explicit, words }: (typeof answers)[keyof typeof answers]) {
	const complaint = explicit ? { code: '', message: words } : undefined;
	const { category, by } =
		status >= 300 && status < 400
			? ({ category: 'redirected', by: 'status' } as const)
			: recognise(complaint, status >= 400 ? status : undefined, words);
	return verdictOn({ statuses: [status], explicit, words, category, recognisedBy: by });
}

/** `408, 409, 418-420` */
function ranges(numbers: number[]): string {
	const runs: Array<[first: number, last: number]> = [];
	for (const number of numbers) {
		const run = runs.at(-1);
		if (run && run[1] === number - 1) run[1] = number;
		else runs.push([number, number]);
	}
	return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
}

const WORDS: Record<Verdict, string> = { refused: 'refused', uncertain: '**uncertain**' };

export function submissionsTable(): string {
	const groups = new Map<string, number[]>();
	for (const status of STATUSES) {
		const verdicts = Object.values(answers).map((answer) => WORDS[verdictOf(status, answer)]);
		const key = JSON.stringify(verdicts);
		groups.set(key, [...(groups.get(key) ?? []), status]);
	}
	const rows = [...groups].map(([verdicts, statuses]) => [
		ranges(statuses),
		...(JSON.parse(verdicts) as string[]),
	]);
	return table(['HTTP status', ...Object.keys(answers)], rows);
}
