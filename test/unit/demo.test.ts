import { readRequest } from '../demo/arguments';

const GATEWAY = { SORA_BASE_URL: 'https://gateway.example.com', SORA_API_KEY: 'demo-key' };

describe('the arguments of the demo', () => {
	it('buys nothing by default', () => {
		expect(readRequest([], GATEWAY)).toEqual({ help: false, format: 'tasks' });
		expect(readRequest(['--live', '--help'], {})).toMatchObject({ help: true });
	});

	it.each([
		['an unknown argument', ['--fast'], {}, '--fast'],
		['a folder that is missing', ['--out'], {}, '--out'],
		['an unknown format', ['--format', 'soap'], {}, '--format is one of tasks, openai, openrouter'],
		['live without anything', ['--live'], {}, 'set SORA_BASE_URL'],
		['live without a key', ['--live'], { ...GATEWAY, SORA_API_KEY: ' ' }, 'SORA_API_KEY'],
		['an address that is none', ['--live'], { ...GATEWAY, SORA_BASE_URL: 'gateway' }, 'no http'],
	])('refuses %s', (_what, args, environment, says) => {
		expect(() => readRequest(args, environment)).toThrow(says);
	});
});
