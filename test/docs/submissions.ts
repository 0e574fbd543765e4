/** The node's verdict on each answer to the paid request, status by status. */
import { failureIn } from '../../nodes/Sora/gateway/failedAnswer';
import { table } from './markdown';

const STATUSES = [200, ...Array.from({ length: 300 }, (_, index) => 300 + index)];

const URL_ASKED = 'https://gateway.example/v2/videos/generations';
const says = (message: string) => ({ error: { message } });

const answers = {
	'JSON that says what the gateway objects to': says('额度不足'),
	'JSON that says nothing we know': says('something else'),
	'A page, plain text, or nothing': undefined,
	'Any of these, in words of time ("timeout", "deadline")': says('context deadline exceeded'),
};

function verdictOn(status: number, json: unknown): string {
	const answer = { status, headers: {}, text: '', json };
	return failureIn(answer, (words) => words, URL_ASKED).isRefusal ? 'refused' : '**uncertain**';
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

export function submissionsTable(): string {
	const groups = new Map<string, number[]>();
	for (const status of STATUSES) {
		const verdicts = Object.values(answers).map((json) => verdictOn(status, json));
		const key = JSON.stringify(verdicts);
		groups.set(key, [...(groups.get(key) ?? []), status]);
	}
	const rows = [...groups].map(([verdicts, statuses]) => [
		ranges(statuses),
		...(JSON.parse(verdicts) as string[]),
	]);
	return table(['HTTP status', ...Object.keys(answers)], rows);
}
