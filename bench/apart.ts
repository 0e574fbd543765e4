/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/no-dangerous-functions, no-console -- measures in processes on a developer's machine, never inside n8n */
/** Measurements that each need a process of their own: a bench starts itself anew, with the case as its argument. */
import { spawn } from 'node:child_process';

/**
 * Measures one case in a new process.
 * @param program the bench's own file
 * @param flags of that Node
 */
export async function measuredApart<Figures>(
	program: string,
	given: unknown,
	{ node = process.execPath, flags = [] }: { node?: string; flags?: string[] } = {},
): Promise<Figures> {
	const argument = JSON.stringify({ given });
	const child = spawn(node, [...flags, '--import', 'tsx', program, argument], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	let said = '';
	child.stdout.on('data', (chunk) => (said += String(chunk)));
	const code = await new Promise((resolve) => child.once('close', resolve));
	if (code !== 0) throw new Error(`Not measured: ${argument}`);
	return JSON.parse(said) as Figures;
}

/** In the new process: measures what was given, and ends it. @returns false where nothing was given */
export function measuresAsTold<Given>(measure: (given: Given) => Promise<unknown>): boolean {
	const [argument] = process.argv.slice(2);
	if (!argument?.startsWith('{')) return false;
	measure((JSON.parse(argument) as { given: Given }).given).then(
		(figures) => process.stdout.write(JSON.stringify(figures), () => process.exit(0)),
		(error: unknown) => {
			console.error(error);
			process.exit(1);
		},
	);
	return true;
}
