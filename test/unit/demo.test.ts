import { readRequest, UsageError } from '../demo/arguments';
import { plainLine, readLogLine, Steps } from '../demo/progress';
import { fileSize, secondsBetween, table } from '../demo/table';

const GATEWAY = { SORA_BASE_URL: 'https://gateway.example.com', SORA_API_KEY: 'demo-key' };

describe('the arguments of the demo', () => {
	it('stays on this machine unless told otherwise, and says which variables it leaves unused', () => {
		expect(readRequest([], {})).toEqual({ help: false, format: 'tasks', unused: [] });
		expect(readRequest([], { ...GATEWAY, SORA_API_KEY: ' ' })).toEqual({
			help: false,
			format: 'tasks',
			unused: ['SORA_BASE_URL'],
		});
	});

	it.each(['tasks', 'openai', 'openrouter'])('takes the API format %s', (format) => {
		expect(readRequest(['--format', format], {})).toMatchObject({ format });
	});

	it('takes the gateway from the environment, without blanks around it', () => {
		const { live, unused } = readRequest(['--live'], { ...GATEWAY, SORA_API_KEY: 'demo-key\n' });
		expect(live).toEqual({ baseUrl: 'https://gateway.example.com', apiKey: 'demo-key' });
		expect(unused).toEqual([]);
	});

	it.each([
		['an unknown argument', ['--fast'], {}, '--fast'],
		['a folder that is missing', ['--out'], {}, '--out needs a folder'],
		['an unknown format', ['--format', 'soap'], {}, '--format is one of tasks, openai, openrouter'],
		['live without anything', ['--live'], {}, 'Not set: SORA_BASE_URL and SORA_API_KEY'],
		['an address that is none', ['--live'], { ...GATEWAY, SORA_BASE_URL: 'gateway' }, 'no http'],
	])('refuses %s', (_what, args, environment, says) => {
		expect(() => readRequest(args, environment)).toThrow(UsageError);
		expect(() => readRequest(args, environment)).toThrow(says);
	});

	it('helps without needing anything', () => {
		expect(readRequest(['--live', '--help'], {})).toMatchObject({ help: true });
	});
});

describe("the node's log", () => {
	it('tells acceptances and remarks apart, and is not n8n’s own', () => {
		expect(readLogLine('Sora task t1 accepted', { taskId: 't1', itemIndex: 0 })).toEqual({
			kind: 'accepted',
			taskId: 't1',
		});
		expect(readLogLine('Sora video not submitted yet: no route', { itemIndex: 0 })).toEqual({
			kind: 'remark',
			text: 'Sora video not submitted yet: no route',
		});
		expect(readLogLine('Workflow execution started', { workflowId: '1' })).toBeUndefined();
	});
});

it('a step says each change in one line', () => {
	const at = new Date(2026, 0, 2, 3, 4, 5);
	const lines: string[] = [];
	const steps = new Steps((step) => lines.push(plainLine(step, at)));
	const step = steps.begin('task', 'Text to video', 'submitting');
	steps.hear({ kind: 'accepted', taskId: 't1' });
	steps.finish({ status: 'SUCCESS' });
	expect(lines).toEqual(['03:04:05 task t1 accepted', '03:04:05 task t1 SUCCESS']);
	expect(step.isOver).toBe(true);
});

describe('the table', () => {
	it('aligns its columns, numbers on the right', () => {
		const rows = [
			['Text to video', '2', 'a.mp4'],
			['Cameo', '12', '-'],
		];
		expect(table(['Task', 'Polls', 'File'], rows, ['Polls'])).toEqual([
			'Task           Polls  File',
			'-------------  -----  -----',
			'Text to video      2  a.mp4',
			'Cameo             12  -',
		]);
	});

	it.each([
		[512, '512 B'],
		[31_277, '31 kB'],
		[1_500, '1.5 kB'],
		[999_499, '999 kB'],
		[999_500, '1.0 MB'],
		[48_000_000, '48 MB'],
	])('says %d bytes as %s', (bytes, says) => {
		expect(fileSize(bytes)).toBe(says);
	});

	it('says the seconds between two moments, where they are known', () => {
		expect(secondsBetween('2026-01-01T00:00:00.000Z', '2026-01-01T00:04:00.400Z')).toBe('240 s');
		expect(secondsBetween(null, '2026-01-01T00:04:00.000Z')).toBe('-');
		expect(secondsBetween('2026-01-01T00:04:00.000Z', undefined)).toBe('-');
	});
});
