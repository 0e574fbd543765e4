// Cleans up behind a program that may be killed at any moment: its standard input says line by line what is there to
// clean up (+) and what no longer is (-), and its end says that the program is gone.
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

const groups = new Set();
const folders = new Set();

for await (const line of createInterface({ input: process.stdin })) {
	const [, change, kind, name] = /^([+-])(group|folder) (.+)$/.exec(line) ?? [];
	const list = kind === 'group' ? groups : folders;
	if (change === '+') list.add(name);
	if (change === '-') list.delete(name);
}
for (const group of groups) {
	try {
		process.kill(process.platform === 'win32' ? Number(group) : -group, 'SIGKILL');
	} catch {
		// It had ended.
	}
}
// A killed process still holds its files for a moment.
if (groups.size > 0) await setTimeout(500);
for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
