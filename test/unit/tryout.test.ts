import { examples, examplesInOrder } from '../e2e/examples';
import { newOwner } from '../e2e/n8nApi';

it('the password of a new owner is unpredictable, and valid for n8n', () => {
	const predictable = jest.spyOn(Math, 'random').mockReturnValue(0.5);
	const passwords = Array.from({ length: 20 }, () => newOwner().password);
	predictable.mockRestore();
	expect(new Set(passwords).size).toBe(20);
	for (const password of passwords) expect(password).toMatch(/^(?=.*[A-Z])(?=.*\d).{20,64}$/);
});

describe('the example workflows', () => {
	it('start with the easiest, and end with the one that needs a chat model', () => {
		const files = examplesInOrder().map(({ file }) => file);
		expect(files[0]).toBe('text-to-video.json');
		expect(files.at(-1)).toBe('agent-tool.json');
		expect([...files].sort()).toEqual(examples().map(({ file }) => file));
	});
});
